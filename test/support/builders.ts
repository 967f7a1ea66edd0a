/** Builders: every field has a sensible value, a test names only what it is about. */
import { DEFAULT_SPEC } from '../../src/api/cnituning.ts';
import type { TuningSpec } from '../../src/api/tuning-spec.ts';
import type {
  AccountView,
  ClusterSnapshot,
  DaemonSetView,
  EnvEntryView,
  NodeInterfacesView,
  NodeView,
  SubnetView,
} from '../../src/tuning/snapshot.ts';

/** 2026-03-02T00:00:00Z, a Monday. */
export const MONDAY_MS = Date.UTC(2026, 2, 2);
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export function aNode(name: string, more: Partial<NodeView> = {}): NodeView {
  return {
    name,
    uid: `uid-${name}`,
    instanceId: `i-${name}`,
    instanceType: 'm5.large',
    zone: 'eu-central-1a',
    region: 'eu-central-1',
    maxPods: 29,
    createdAtMs: MONDAY_MS - DAY_MS,
    ready: true,
    unschedulable: false,
    labels: {},
    platformSkip: undefined,
    ...more,
  };
}

export function aSpec(more: Partial<TuningSpec> = {}): TuningSpec {
  return { ...DEFAULT_SPEC, ...more };
}

/** `spec.changes` as it is by default, but for what a test is about. */
export function someChanges(more: Partial<TuningSpec['changes']> = {}): TuningSpec['changes'] {
  return { ...DEFAULT_SPEC.changes, ...more };
}

/** As many changes in a row as a story has. */
export const AT_ONCE = someChanges({ minimumIntervalMs: 0, maxPerDay: 10 });

export function anEnvEntry(
  name: string,
  value: string,
  manager = 'eks',
  operation: 'Apply' | 'Update' = 'Apply',
): EnvEntryView {
  return { name, value, hasValueFrom: false, valueOwners: [{ manager, operation }] };
}

export function aDaemonSet(more: Partial<DaemonSetView> = {}): DaemonSetView {
  return {
    ref: DEFAULT_SPEC.daemonSetRef,
    uid: 'uid-aws-node',
    resourceVersion: '100',
    generation: 1,
    observedGeneration: 1,
    updateStrategy: 'RollingUpdate',
    desired: 0,
    updated: 0,
    ready: 0,
    available: 0,
    containerFound: true,
    env: [
      anEnvEntry('ENABLE_PREFIX_DELEGATION', 'false'),
      anEnvEntry('ENABLE_IPv4', 'true'),
      anEnvEntry('WARM_ENI_TARGET', '1'),
      anEnvEntry('WARM_PREFIX_TARGET', '1'),
    ],
    annotations: {},
    ...more,
  };
}

export function aSubnet(id: string, more: Partial<SubnetView> = {}): SubnetView {
  return {
    id,
    vpcId: 'vpc-1',
    zone: 'eu-central-1a',
    cidr: '10.0.0.0/22',
    sizeAddresses: 1_019,
    freeAddresses: 800,
    freePrefixes: 40,
    heldByClusterAddresses: 120,
    heldByOthersAddresses: 99,
    ...more,
  };
}

export function anAccount(more: Partial<AccountView> = {}): AccountView {
  return {
    takenAtMs: MONDAY_MS,
    subnets: [aSubnet('subnet-a')],
    nodes: new Map(),
    throttledCallsByAction: {},
    gaps: [],
    ...more,
  };
}

/** What EC2 tells of these nodes: two interfaces each, with twenty addresses in one subnet. */
export function interfacesOf(nodes: readonly NodeView[]): ReadonlyMap<string, NodeInterfacesView> {
  return new Map(
    nodes.map(({ instanceId }) => [instanceId, { instanceId, subnetIds: ['subnet-a'], enis: 2, heldAddresses: 20 }]),
  );
}

/** Every watch in step, and the newest aws-node ready on every node. */
export function aSnapshot(more: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  const { nodes = [] } = more;
  return {
    takenAtMs: MONDAY_MS,
    synced: true,
    staleSinceMs: undefined,
    nodes,
    podsByNode: new Map(),
    addressFailures: [],
    daemonSet: aDaemonSet(),
    awsNodePods: nodes.map(({ name }) => ({ nodeName: name, ready: true, updated: true })),
    account: anAccount(),
    ...more,
  };
}
