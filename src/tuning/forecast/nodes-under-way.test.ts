import { expect, it } from 'vitest';
import { aNode, aSubnet, anAccount, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../../test/support/builders.ts';
import { fromEnv, MANIFEST_ENV } from '../../ipamd/warm-settings.ts';
import type { ClusterSnapshot, NodeInterfacesView, NodeView } from '../snapshot.ts';
import { pendingBySubnet } from './nodes-under-way.ts';
import { SteadyPools } from './steady-pools.ts';

const { settings } = fromEnv(MANIFEST_ENV);
const [YOUNG, OLD] = [{ createdAtMs: MONDAY_MS - MINUTE_MS }, { createdAtMs: MONDAY_MS - HOUR_MS }];

const holds = (node: string, subnetId: string, heldAddresses: number): readonly [string, NodeInterfacesView] => [
  `i-${node}`,
  { instanceId: `i-${node}`, subnetIds: [subnetId], enis: 2, heldAddresses },
];

function aSnapshot(
  nodes: readonly NodeView[],
  pods: Readonly<Record<string, number>>,
  ...held: readonly ReturnType<typeof holds>[]
): ClusterSnapshot {
  return {
    takenAtMs: MONDAY_MS,
    synced: true,
    staleSinceMs: undefined,
    nodes,
    podsByNode: new Map(Object.entries(pods)),
    addressFailures: [],
    daemonSet: undefined,
    awsNodePods: [],
    account: anAccount({ subnets: [aSubnet('subnet-a'), aSubnet('subnet-b')], nodes: new Map(held) }),
  };
}

const pending = (snapshot: ClusterSnapshot) =>
  Object.fromEntries(pendingBySubnet(snapshot, settings, new SteadyPools()));

it('counts a node that EC2 does not show yet with what one of its kind holds, where its neighbours are', () => {
  const nodes = [aNode('old', OLD), aNode('new', YOUNG)];
  // Twelve pods on an m5.large need two interfaces, and WARM_ENI_TARGET=1 keeps a third: 30 addresses.
  expect(pending(aSnapshot(nodes, { old: 12 }, holds('old', 'subnet-a', 30)))).toEqual({ 'subnet-a': 30 });
});

it('counts of a node that is filling its pool only what is missing', () => {
  const nodes = [aNode('old', OLD), aNode('new', YOUNG)];
  const held = [holds('old', 'subnet-a', 30), holds('new', 'subnet-b', 10)] as const;
  expect(pending(aSnapshot(nodes, { old: 12 }, ...held))).toEqual({ 'subnet-b': 20 });
});

it('counts the pods that are bound already where they are more than usual', () => {
  // One pod: two interfaces, 20 addresses; twelve: 30.
  const nodes = [aNode('old', OLD), aNode('new', YOUNG)];
  const snapshot = (bound: number) => aSnapshot(nodes, { old: 1, new: bound }, holds('old', 'subnet-a', 20));
  expect(pending(snapshot(0))).toEqual({ 'subnet-a': 20 });
  expect(pending(snapshot(12))).toEqual({ 'subnet-a': 30 });
});

it('counts no node that has had time, whatever it holds, none that holds enough, and none without the CNI', () => {
  const nodes = [
    aNode('old', OLD),
    aNode('full', YOUNG),
    aNode('auto', { ...YOUNG, platformSkip: 'AutoMode' }),
    aNode('strange', { ...YOUNG, instanceType: 'zz9.plural' }),
  ];
  const held = [holds('old', 'subnet-a', 1), holds('full', 'subnet-a', 30)] as const;
  expect(pending(aSnapshot(nodes, { old: 12 }, ...held))).toEqual({ 'subnet-a': 0 });
});

it('is empty while EC2 cannot be read', () => {
  const snapshot = aSnapshot([aNode('new', YOUNG)], {});
  expect(pending({ ...snapshot, account: undefined })).toEqual({});
  expect(pending({ ...snapshot, account: anAccount({ nodes: undefined }) })).toEqual({});
});
