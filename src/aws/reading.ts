/** One reading of the account: each part by itself, so that what fails leaves a gap and not a hole. */
import type { AccountGap, AccountView, SubnetView } from '../tuning/snapshot.ts';
import { readThrottledCalls } from './api-usage.ts';
import { type AddressBlocks, rangeOf } from './address-blocks.ts';
import type { AwsClients } from './clients.ts';
import { AccountTrouble, unavailableGap } from './errors.ts';
import { type ClusterIdentity, findVpc, InterfaceFold, type InterfaceTotals, readInterfaces } from './interfaces.ts';
import {
  type BareSubnet,
  blocksOf,
  readExplicitReservations,
  readSubnets,
  withHolding,
  withoutHolding,
} from './subnets.ts';

/** What one reading learns for the next ones. */
export type ReadingMemory = {
  readonly vpcId: string | undefined;
  /** Subnets in which the cluster was last seen to hold addresses. */
  readonly subnetIds: readonly string[];
  readonly reservations: Reservations | undefined;
};

type Reservations = { readonly readAtMs: number; readonly bySubnet: ReadonlyMap<string, Part<readonly string[]>> };

export const NO_MEMORY: ReadingMemory = { vpcId: undefined, subnetIds: [], reservations: undefined };

export type ReadingRequest = {
  readonly clients: AwsClients;
  readonly region: string;
  readonly cluster: ClusterIdentity;
  readonly memory: ReadingMemory;
  readonly nowMs: number;
};

export type Reading = { readonly view: AccountView; readonly memory: ReadingMemory };

type Part<Value> =
  | { readonly value: Value; readonly gap?: never }
  | { readonly value?: never; readonly gap: AccountGap };

/** How many instances are asked for at once when looking for the VPC, and how often. */
const PROBE_INSTANCES = 20;
const PROBES = 3;
const RESERVATIONS_FRESH_MS = 10 * 60_000;

export async function readAccount(request: ReadingRequest): Promise<Reading> {
  const { clients, cluster, memory, nowMs } = request;
  const vpc = await part(() => vpcOf(request));
  const throttled = blocksEverything(vpc) ? undefined : await part(() => readThrottledCalls(clients, nowMs));
  const subnets = await part(() => subnetsToRead(request, vpc));
  const blocks = blocksOf(subnets.value ?? []);
  const fold = new InterfaceFold(cluster, blocks);
  const totals = vpc.gap === undefined ? await part(() => readInterfaces(clients, vpc.value, fold)) : vpc;
  const relevant = relevantSubnets(subnets.value, totalsOf(totals), memory);
  const reservations = await reservationsOf(request, totals.gap === undefined ? relevant : []);
  const gaps = [vpc, subnets, totals, throttled, ...reservations.bySubnet.values()].flatMap((each) => each?.gap ?? []);
  return {
    view: {
      takenAtMs: nowMs,
      subnets: subnets.gap === undefined ? viewsOf(relevant, totalsOf(totals), blocks, reservations) : undefined,
      nodes: totalsOf(totals)?.nodes,
      throttledCallsByAction: throttled?.value,
      gaps: withoutRepeats(gaps),
    },
    memory: {
      vpcId: totalsOf(totals)?.nodes.size === 0 ? undefined : vpc.value,
      subnetIds: totals.gap === undefined ? relevant.map(({ id }) => id) : memory.subnetIds,
      reservations,
    },
  };
}

async function part<Value>(read: () => Promise<Value>): Promise<Part<Value>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof AccountTrouble) return { gap: error.gap };
    throw error;
  }
}

/** Without credentials nothing else can work either, and each try may cost seconds. */
function blocksEverything(vpc: Part<string>): boolean {
  return vpc.gap?.reason === 'NoCredentials' || vpc.gap?.reason === 'NoRegion';
}

async function vpcOf({ clients, cluster, memory, region }: ReadingRequest): Promise<string> {
  if (memory.vpcId !== undefined) return memory.vpcId;
  const ids = [...cluster.instanceIds].filter((id) => id !== '').sort();
  if (ids.length === 0) {
    const message = "No node's spec.providerID names an EC2 instance, so the cluster's subnets cannot be found.";
    throw new AccountTrouble(unavailableGap(undefined, message));
  }
  for (let probe = 0; probe < PROBES && probe * PROBE_INSTANCES < ids.length; probe += 1) {
    const asked = ids.slice(probe * PROBE_INSTANCES, (probe + 1) * PROBE_INSTANCES);
    const vpcId = await findVpc(clients, asked);
    if (vpcId !== undefined) return vpcId;
  }
  const message = `EC2 in ${region} knows no interface of this cluster's instances (${ids[0] ?? ''}, …): check the region and the account of the credentials.`;
  throw new AccountTrouble(unavailableGap('ec2:DescribeNetworkInterfaces', message));
}

/** All of the VPC; with the VPC unknown those of last time, else those tagged for the cluster. */
async function subnetsToRead(
  { clients, cluster, memory }: ReadingRequest,
  vpc: Part<string>,
): Promise<readonly BareSubnet[]> {
  if (vpc.gap === undefined) return readSubnets(clients, { name: 'vpc-id', values: [vpc.value] });
  if (blocksEverything(vpc)) throw new AccountTrouble(vpc.gap);
  if (memory.subnetIds.length > 0) return readSubnets(clients, { name: 'subnet-id', values: memory.subnetIds });
  if (cluster.name === undefined) throw new AccountTrouble(vpc.gap);
  const tagged = await readSubnets(clients, { name: 'tag-key', values: [`kubernetes.io/cluster/${cluster.name}`] });
  if (tagged.length === 0) throw new AccountTrouble(vpc.gap);
  return tagged;
}

/** Those in which the cluster holds addresses; by memory where that could not be read. */
function relevantSubnets(
  all: readonly BareSubnet[] | undefined,
  totals: InterfaceTotals | undefined,
  memory: ReadingMemory,
): readonly BareSubnet[] {
  if (all === undefined) return [];
  if (totals !== undefined) return all.filter(({ id }) => (totals.subnets.get(id)?.byClusterAddresses ?? 0) > 0);
  return memory.subnetIds.length === 0 ? all : all.filter(({ id }) => memory.subnetIds.includes(id));
}

async function reservationsOf(
  { clients, memory, nowMs }: ReadingRequest,
  subnets: readonly BareSubnet[],
): Promise<Reservations> {
  const known = memory.reservations;
  if (
    known !== undefined &&
    nowMs - known.readAtMs < RESERVATIONS_FRESH_MS &&
    subnets.every(({ id }) => known.bySubnet.has(id))
  ) {
    return known;
  }
  const bySubnet = new Map<string, Part<readonly string[]>>();
  for (const { id } of subnets) {
    const read = await part(() => readExplicitReservations(clients, id));
    bySubnet.set(id, read);
    // The next subnet would get the same answer.
    if (read.gap !== undefined) {
      for (const other of subnets) bySubnet.set(other.id, bySubnet.get(other.id) ?? read);
      break;
    }
  }
  return { readAtMs: nowMs, bySubnet };
}

function viewsOf(
  subnets: readonly BareSubnet[],
  totals: InterfaceTotals | undefined,
  blocks: ReadonlyMap<string, AddressBlocks>,
  reservations: Reservations,
): readonly SubnetView[] {
  return subnets.map((subnet) => {
    if (totals === undefined) return withoutHolding(subnet);
    const free = blocks.get(subnet.id);
    for (const cidr of reservations.bySubnet.get(subnet.id)?.value ?? []) {
      const range = rangeOf(cidr);
      if (range !== undefined) free?.touch(range);
    }
    return withHolding(subnet, totals.subnets.get(subnet.id), free);
  });
}

function totalsOf(read: Part<InterfaceTotals> | Part<string>): InterfaceTotals | undefined {
  return typeof read.value === 'object' ? read.value : undefined;
}

function withoutRepeats(gaps: readonly AccountGap[]): readonly AccountGap[] {
  return gaps.filter((gap, index) => gaps.findIndex((other) => other.message === gap.message) === index);
}
