/** The planning questions, answered by filling subnets with nodes. */
import type { SubnetReserve } from '../api/tuning-spec.ts';
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { Question } from './capacity-question.ts';
import { shapeOf, sizeOf } from './capacity-question.ts';
import type { Answer, Section, Table } from './output.ts';
import type { Progress } from './progress.ts';
import type { SteadyPool } from '../tuning/forecast/steady-pool.ts';
import { percent } from '../tuning/recommend/wording.ts';
import { steadyPool } from '../tuning/forecast/steady-pool.ts';
import type { Fit } from '../tuning/forecast/subnet-fit.ts';
import { nodesThatFit, smallestSubnet, usableAddresses } from '../tuning/forecast/subnet-fit.ts';

type Fleet = {
  readonly instanceType: string;
  readonly nodes: number;
  readonly podsPerNode: number;
  readonly pool: SteadyPool;
  /** By subnet, in the order asked. */
  readonly subnets: readonly (Fit & {
    readonly name: string;
    readonly freeAddresses: number;
    readonly wantedNodes: number;
  })[];
  readonly holds: boolean;
};

export type CapacityAnswer = { readonly answer: Answer; readonly holds: boolean };

export function capacityAnswer(question: Question, progress: Progress): CapacityAnswer {
  const { shape, podsPerNode, nodes, instead } = question;
  const asked = fleetOf(question, shape, { nodes, podsPerNode });
  const others = instead.map((type, at) => {
    progress.at(at + 1, instead.length + 2);
    return replacement(question, type);
  });
  progress.at(instead.length + 1, instead.length + 2);
  const clusters = clustersIn(question, asked);
  progress.end();
  // Nothing that is said of such nodes would be true: they cannot be.
  if (asked.pool.waitingPods > 0) {
    const sections = [paragraph(verdict(question, asked)), nextStep(asked)];
    return { answer: { value: { fleet: asked, clusters, instead: others }, sections }, holds: false };
  }
  const sections = [
    paragraph(verdict(question, asked)),
    poolTable([asked, ...others]),
    subnetTable(asked),
    paragraph(clustersText(question, clusters)),
    ...(others.length === 0 ? [] : [insteadTable(question, others)]),
  ];
  return { answer: { value: { fleet: asked, clusters, instead: others }, sections }, holds: asked.holds };
}

function paragraph(text: string): Section {
  return { kind: 'Paragraph', text };
}

type Wanted = { readonly nodes: number; readonly podsPerNode: number };

function fleetOf(question: Question, shape: NodeShape, { nodes, podsPerNode }: Wanted): Fleet {
  const { settings, subnets, reserve } = question;
  const pool = steadyPool(shape, settings, podsPerNode);
  const filled = subnets.map((subnet, at) => {
    const wantedNodes = Math.floor(nodes / subnets.length) + (at < nodes % subnets.length ? 1 : 0);
    const freeAddresses = subnet.free?.addresses ?? usableAddresses(subnet.prefixLength);
    const fit = nodesThatFit(pool, { ...subnet, reserve }, 100_000);
    return { name: subnet.name, freeAddresses, wantedNodes, ...fit };
  });
  const fits = filled.every(({ scatteredNodes, wantedNodes }) => scatteredNodes >= wantedNodes);
  const holds = fits && pool.waitingPods === 0;
  return { instanceType: shape.instanceType, nodes, podsPerNode, pool, subnets: filled, holds };
}

/** The same pods on another type: as many more or fewer per node as it is larger, and never more than it can take. */
function replacement(question: Question, instanceType: string): Fleet {
  const { shape, nodes, podsPerNode, settings } = question;
  const other = shapeOf(instanceType, settings);
  const [size, otherSize] = [sizeOf(shape.instanceType), sizeOf(instanceType)];
  const ratio = size === undefined || otherSize === undefined ? 1 : otherSize / size;
  const wanted = Math.max(1, Math.min(Math.floor(podsPerNode * ratio), other.maxPods));
  const pods = Math.max(1, wanted - steadyPool(other, settings, wanted).waitingPods);
  return fleetOf(question, other, { nodes: Math.max(1, Math.ceil((nodes * podsPerNode) / pods)), podsPerNode: pods });
}

type Clusters = {
  /** Prefix length of the smallest subnet that holds one zone's nodes; undefined when not even a /16 does. */
  readonly smallestSubnet: number | undefined;
  readonly withOwnSubnets: number;
  readonly withSharedSubnets: number;
};

function clustersIn({ vpcPrefixLength, reserve, subnets }: Question, { pool, nodes }: Fleet): Clusters {
  const zones = subnets.length;
  const smallest = smallestSubnet(pool, Math.ceil(nodes / zones), reserve);
  const pieces = smallest === undefined || smallest < vpcPrefixLength ? 0 : 2 ** (smallest - vpcPrefixLength);
  const whole = nodesThatFit(pool, { prefixLength: vpcPrefixLength, reserve }, 100_000).scatteredNodes;
  return {
    smallestSubnet: smallest,
    withOwnSubnets: Math.floor(pieces / zones),
    withSharedSubnets: Math.floor(whole / nodes),
  };
}

function verdict({ reserve }: Question, { instanceType, nodes, podsPerNode, pool, subnets, holds }: Fleet): string {
  const fleet = `${nodes} ${instanceType} with ${podsPerNode} pods each, spread evenly`;
  if (pool.waitingPods > 0) {
    return `No: with these settings ${instanceType} has addresses for ${podsPerNode - pool.waitingPods} of ${podsPerNode} pods on each node; the others would never get one.`;
  }
  const room = subnets.reduce((sum, { scatteredNodes }) => sum + scatteredNodes, 0);
  const keep = `keeping ${reserveText(reserve)} of each subnet free`;
  const each = `Each node takes ${pool.heldAddresses} addresses, ${pool.idleAddresses} of them idle.`;
  if (holds) return `Yes: the subnets hold ${fleet}, ${keep}; they have room for ${room} such nodes. ${each}`;
  const uneven = room >= nodes ? ', were they spread by the room that each subnet has' : '';
  return `No: the subnets do not hold ${fleet}, ${keep}; they have room for ${room} such nodes${uneven}. ${each}`;
}

/** The same pods on as many nodes as they need. */
function nextStep({ podsPerNode, nodes, pool }: Fleet): Section {
  const served = Math.max(1, podsPerNode - pool.waitingPods);
  const more = Math.ceil((nodes * podsPerNode) / served);
  const prefixes = pool.prefixes > 0 ? '' : 'with `--mode prefix`, ';
  return paragraph(
    `Ask again with \`--pods ${served} --nodes ${more}\`, which is as many pods in all; ${prefixes}or with a larger \`--instance-type\`.`,
  );
}

export function reserveText(reserve: SubnetReserve): string {
  return reserve.kind === 'Share' ? percent(reserve.share) : `${reserve.addresses} addresses`;
}

function clustersText({ vpcPrefixLength, subnets }: Question, clusters: Clusters): string {
  const { smallestSubnet: smallest, withOwnSubnets, withSharedSubnets } = clusters;
  const shared = `In subnets shared by all, a /${vpcPrefixLength} holds ${withSharedSubnets}.`;
  if (smallest === undefined) return `Not even a /16 holds one zone's nodes of such a cluster. ${shared}`;
  return `Such a cluster needs ${subnets.length} subnets of /${smallest}; a /${vpcPrefixLength} holds ${withOwnSubnets} such clusters with subnets of their own. ${shared}`;
}

function poolTable(fleets: readonly Fleet[]): Table {
  return {
    kind: 'Table',
    title: 'One node, settled',
    columns: [
      { key: 'type', title: 'TYPE' },
      { key: 'pods', title: 'PODS' },
      { key: 'held', title: 'HELD' },
      { key: 'idle', title: 'IDLE' },
      { key: 'enis', title: 'ENIS' },
      { key: 'prefixes', title: 'PREFIXES' },
      { key: 'waiting', title: 'NEVER SERVED' },
    ],
    rows: fleets.map(({ instanceType, podsPerNode, pool }) => ({
      type: instanceType,
      pods: podsPerNode,
      held: pool.heldAddresses,
      idle: pool.idleAddresses,
      enis: pool.enis,
      prefixes: pool.prefixes,
      waiting: pool.waitingPods,
    })),
  };
}

function subnetTable({ subnets }: Fleet): Table {
  return {
    kind: 'Table',
    title: 'Subnets',
    columns: [
      { key: 'subnet', title: 'SUBNET' },
      { key: 'free', title: 'FREE ADDRESSES' },
      { key: 'wanted', title: 'NODES' },
      { key: 'scattered', title: 'FIT' },
      { key: 'packed', title: 'FIT PACKED' },
    ],
    rows: subnets.map(({ name, freeAddresses, wantedNodes, nodes, scatteredNodes }) => ({
      subnet: name,
      free: freeAddresses,
      wanted: wantedNodes,
      scattered: scatteredNodes,
      packed: nodes,
    })),
  };
}

function insteadTable({ shape, nodes, podsPerNode }: Question, others: readonly Fleet[]): Table {
  return {
    kind: 'Table',
    title: `The same ${nodes * podsPerNode} pods, if ${shape.instanceType} is not to be had`,
    columns: [
      { key: 'type', title: 'TYPE' },
      { key: 'nodes', title: 'NODES' },
      { key: 'pods', title: 'PODS PER NODE' },
      { key: 'held', title: 'ADDRESSES IN ALL' },
      { key: 'holds', title: 'SUBNETS HOLD' },
    ],
    rows: others.map((fleet) => ({
      type: fleet.instanceType,
      nodes: fleet.nodes,
      pods: fleet.podsPerNode,
      held: fleet.nodes * fleet.pool.heldAddresses,
      holds: fleet.holds ? 'yes' : 'no',
    })),
  };
}
