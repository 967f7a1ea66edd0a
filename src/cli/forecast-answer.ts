/** When the subnets run out, and how many more nodes they hold, now and under the advice. */
import type { PassRecord } from '../reconcile/pass-record.ts';
import { withValues } from '../tuning/counting-settings.ts';
import { shapeKeyOf } from '../tuning/demand/node-shape.ts';
import type { SubnetForecast } from '../tuning/forecast.ts';
import { usualPods } from '../tuning/forecast/nodes-under-way.ts';
import type { Room } from '../tuning/forecast/room.ts';
import { usualShape, roomFor } from '../tuning/forecast/room.ts';
import { SteadyPools } from '../tuning/forecast/steady-pools.ts';
import type { ClusterSnapshot, SubnetView } from '../tuning/snapshot.ts';
import { shapeOf } from './capacity-question.ts';
import { CannotAnswer } from './command.ts';
import type { DryPass } from './dry-pass.ts';
import type { Answer, Section, Table } from './output.ts';
import type { Kind, Rooms } from './forecast-words.ts';
import { firstOutText, nodesIn, roomText, verdictText } from './forecast-words.ts';
import { runsOutText } from './runs-out.ts';

export type Wanted = {
  /** Empty: the most common one. */
  readonly instanceType: string;
  /** Undefined: as many as are usual on it. */
  readonly podsPerNode: number | undefined;
  /** Undefined: no yes or no is asked for. */
  readonly nodes: number | undefined;
};

export type ForecastAnswer = { readonly answer: Answer; readonly holds: boolean };

/** Throws CannotAnswer without subnets or DaemonSet, WrongInput for a type that nobody knows. */
export function forecastAnswer({ record }: DryPass, wanted: Wanted): ForecastAnswer {
  const { snapshot, forecast } = record;
  const subnets = snapshot?.account?.subnets;
  if (snapshot === undefined || subnets === undefined || record.live === undefined) throw cannot(record);
  const kind = kindOf(snapshot, wanted, record.live.settings);
  const rooms = roomsFor(record, { snapshot, live: record.live.settings, ...kind });
  const rows = rowsOf(subnets, forecast, rooms);
  const holds = wanted.nodes === undefined || isHeld(rooms.live, wanted.nodes);
  const node = { instanceType: kind.shape.instanceType, podsPerNode: kind.podsPerNode };
  return {
    holds,
    answer: {
      value: {
        tuning: record.object.name,
        takenAt: new Date(snapshot.takenAtMs).toISOString(),
        node: { ...node, held: rooms.live.pool.heldAddresses, heldAdvised: rooms.advised?.pool.heldAddresses },
        subnets: rows.map(({ runsOut: _runsOut, ...row }) => row),
        room: { nodes: nodesIn(rooms.live), advised: rooms.advised === undefined ? undefined : nodesIn(rooms.advised) },
        ...(wanted.nodes === undefined ? {} : { asked: { nodes: wanted.nodes, holds } }),
      },
      sections: [
        ...(wanted.nodes === undefined ? [] : [paragraph(verdictText(record, kind, { nodes: wanted.nodes, holds }))]),
        paragraph(firstOutText(subnets, forecast)),
        subnetTable(rows),
        paragraph(roomText(record, kind, rooms)),
      ],
    },
  };
}

function cannot({ snapshot, live, object }: PassRecord): CannotAnswer {
  const gaps = snapshot?.account?.gaps.map(({ message }) => message).join(' ') ?? '';
  return new CannotAnswer(
    live === undefined
      ? `The DaemonSet of ${object.name} is not there, so nobody knows what a node takes.`
      : gaps || 'EC2 was not read, so the subnets are not known; without --no-aws it is.',
  );
}

function kindOf(
  snapshot: ClusterSnapshot,
  { instanceType, podsPerNode }: Wanted,
  settings: Parameters<typeof shapeOf>[1],
): Kind {
  const nodes = snapshot.nodes.filter((node) => instanceType === '' || node.instanceType === instanceType);
  const shape = usualShape(nodes) ?? shapeOf(instanceType || 'm5.large', settings);
  const usual =
    snapshot.account === undefined ? undefined : usualPods(snapshot, snapshot.account).get(shapeKeyOf(shape));
  return { shape, podsPerNode: podsPerNode ?? usual ?? 10 };
}

function roomsFor(
  { recommendation, object }: PassRecord,
  asked: Kind & { readonly snapshot: ClusterSnapshot; readonly live: Parameters<typeof shapeOf>[1] },
): Rooms {
  const pools = new SteadyPools();
  const common = { ...asked, reserve: object.spec.objectives.subnetReserve };
  const live = roomFor({ ...common, settings: asked.live }, pools);
  const advised = recommendation?.kind === 'Advice' ? withValues(asked.live, recommendation.values) : asked.live;
  const isSame = JSON.stringify(advised) === JSON.stringify(asked.live);
  return { live, advised: isSame ? undefined : roomFor({ ...common, settings: advised }, pools) };
}

type Row = ReturnType<typeof rowsOf>[number];

function rowsOf(subnets: readonly SubnetView[], forecast: readonly SubnetForecast[] | undefined, rooms: Rooms) {
  return subnets.map(({ id, zone, freeAddresses: free, freePrefixes }, at) => {
    const found = forecast?.find(({ subnetId }) => subnetId === id);
    return {
      subnet: id,
      zone,
      free,
      freePrefixes,
      reserve: found?.reserveAddresses,
      growthPerDay: found?.growthPerDay,
      outlook: found?.outlook,
      earliestTime: timeOf(found?.earliestMs),
      exhaustionTime: timeOf(found?.likelyMs),
      latestTime: timeOf(found?.latestMs),
      roomNodes: rooms.live.subnets[at]?.nodes,
      roomNodesAdvised: rooms.advised?.subnets[at]?.nodes,
      runsOut: runsOutText(found),
    };
  });
}

function timeOf(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}

/** Each subnet its share, the first ones one more where it does not come out even. */
function isHeld({ subnets }: Room, nodes: number): boolean {
  const share = (at: number): number => Math.floor(nodes / subnets.length) + (at < nodes % subnets.length ? 1 : 0);
  const roomiest = subnets.map((room) => room.nodes).toSorted((a, b) => b - a);
  return roomiest.every((room, at) => room >= share(at));
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}

function subnetTable(rows: readonly Row[]): Table {
  return {
    kind: 'Table',
    title: '',
    columns: [
      { key: 'subnet', title: 'SUBNET' },
      { key: 'zone', title: 'ZONE', wideOnly: true },
      { key: 'free', title: 'FREE' },
      { key: 'freePrefixes', title: 'FREE /28', wideOnly: true },
      { key: 'reserve', title: 'RESERVE', wideOnly: true },
      { key: 'growthPerDay', title: 'PER DAY' },
      { key: 'runsOut', title: 'RUNS OUT (UTC)' },
      { key: 'roomNodes', title: 'ROOM' },
      { key: 'roomNodesAdvised', title: 'ADVISED' },
    ],
    rows,
  };
}
