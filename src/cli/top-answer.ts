/** Who holds the addresses, from one snapshot. */
import type { ClusterSnapshot } from '../tuning/snapshot.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Answer, Cell, Table } from './output.ts';
import { publishedForecast } from './published-forecast.ts';
import { runsOutText } from './runs-out.ts';

type Row = Readonly<Record<string, Cell>>;

export function topAnswer(state: ClusterState, kind: 'subnets' | 'nodes' | 'types'): Answer {
  const { daemonSets, takenAtMs } = state;
  const snapshot = daemonSets[0]?.snapshot;
  const rows = snapshot === undefined ? [] : rowsOf(snapshot, kind, forecastIn(state));
  const gaps = snapshot?.account?.gaps ?? [];
  return {
    value: { takenAt: new Date(takenAtMs).toISOString(), [kind]: rows, gaps },
    sections: [
      { kind: 'Table', title: '', columns: COLUMNS[kind], rows },
      ...gaps.map(({ message }) => ({ kind: 'Paragraph', text: message }) as const),
    ],
  };
}

const COLUMNS: Readonly<Record<'subnets' | 'nodes' | 'types', Table['columns']>> = {
  subnets: [
    { key: 'subnet', title: 'SUBNET' },
    { key: 'zone', title: 'ZONE' },
    { key: 'cidr', title: 'CIDR', wideOnly: true },
    { key: 'size', title: 'SIZE' },
    { key: 'free', title: 'FREE' },
    { key: 'freePrefixes', title: 'FREE /28' },
    { key: 'held', title: 'HELD' },
    { key: 'others', title: 'BY OTHERS' },
    { key: 'runsOut', title: 'RUNS OUT (UTC)', wideOnly: true },
  ],
  nodes: [
    { key: 'node', title: 'NODE' },
    { key: 'type', title: 'TYPE' },
    { key: 'enis', title: 'ENIS' },
    { key: 'held', title: 'HELD' },
    { key: 'used', title: 'USED' },
    { key: 'idle', title: 'IDLE' },
    { key: 'zone', title: 'ZONE', wideOnly: true },
    { key: 'maxPods', title: 'MAX PODS', wideOnly: true },
  ],
  types: [
    { key: 'type', title: 'TYPE' },
    { key: 'nodes', title: 'NODES' },
    { key: 'held', title: 'HELD' },
    { key: 'used', title: 'USED' },
    { key: 'idle', title: 'IDLE' },
  ],
};

type Forecast = ReturnType<typeof publishedForecast>;

/** As the oldest CniTuning that tells of its subnets has it. */
function forecastIn({ tunings }: ClusterState): Forecast {
  return tunings.map(publishedForecast).find((forecast) => forecast !== undefined && forecast.length > 0);
}

function rowsOf(snapshot: ClusterSnapshot, kind: 'subnets' | 'nodes' | 'types', forecast: Forecast): readonly Row[] {
  switch (kind) {
    case 'subnets':
      return subnetRows(snapshot, forecast);
    case 'nodes':
      return nodesOf(snapshot);
    case 'types':
      return typeRows(nodesOf(snapshot));
  }
}

function subnetRows({ account }: ClusterSnapshot, forecast: Forecast): readonly Row[] {
  const scarcestFirst = (account?.subnets ?? []).toSorted(
    (a, b) => a.freeAddresses / a.sizeAddresses - b.freeAddresses / b.sizeAddresses || (a.id < b.id ? -1 : 1),
  );
  return scarcestFirst.map((subnet) => ({
    subnet: subnet.id,
    zone: subnet.zone,
    cidr: subnet.cidr,
    size: subnet.sizeAddresses,
    free: subnet.freeAddresses,
    freePrefixes: subnet.freePrefixes,
    held: subnet.heldByClusterAddresses,
    others: subnet.heldByOthersAddresses,
    runsOut: runsOutText(forecast?.find(({ subnetId }) => subnetId === subnet.id)),
  }));
}

type NodeRow = {
  readonly node: string;
  readonly type: string;
  readonly zone: string;
  readonly maxPods: number;
  readonly enis: number | undefined;
  readonly held: number | undefined;
  readonly used: number;
  readonly idle: number | undefined;
};

function nodesOf({ nodes, podsByNode, account }: ClusterSnapshot): readonly NodeRow[] {
  const rows = nodes.map(({ name, instanceType, instanceId, zone, maxPods }): NodeRow => {
    const interfaces = account?.nodes?.get(instanceId);
    const held = interfaces?.heldAddresses;
    const used = podsByNode.get(name) ?? 0;
    const idle = held === undefined ? undefined : held - used;
    return { node: name, type: instanceType, zone, maxPods, enis: interfaces?.enis, held, used, idle };
  });
  return rows.toSorted((a, b) => (b.idle ?? 0) - (a.idle ?? 0) || b.used - a.used || (a.node < b.node ? -1 : 1));
}

/** A sum of what is known; undefined when nothing is. */
function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

function typeRows(nodes: readonly NodeRow[]): readonly Row[] {
  const byType = Map.groupBy(nodes, ({ type }) => type);
  const rows = [...byType].map(([type, all]) => ({
    type,
    nodes: all.length,
    held: sum(all.map(({ held }) => held)),
    used: sum(all.map(({ used }) => used)),
    idle: sum(all.map(({ idle }) => idle)),
  }));
  return rows.toSorted((a, b) => (b.held ?? 0) - (a.held ?? 0) || b.nodes - a.nodes || (a.type < b.type ? -1 : 1));
}
