/**
 * What nodes that have just come will take within minutes: EC2's reading shows little or nothing of them yet. They are
 * counted with what the model says a node of their kind holds once it has its pods.
 */
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import { shapeKeyOf, shapeOf } from '../demand/node-shape.ts';
import type { AccountView, ClusterSnapshot, NodeView } from '../snapshot.ts';
import type { SteadyPools } from './steady-pools.ts';

/** Nodes take their first pods and fill their pools within so long. */
const UNDER_WAY_MS = 300_000;

/** By subnet id. Empty while EC2 cannot be read. */
export function pendingBySubnet(
  snapshot: ClusterSnapshot,
  settings: CniSettings,
  pools: SteadyPools,
): ReadonlyMap<string, number> {
  const { account } = snapshot;
  const pending = new Map<string, number>();
  if (account?.nodes === undefined || account.subnets === undefined) return pending;
  const underWay = snapshot.nodes.filter((node) => isUnderWay(node, account));
  const usual = underWay.length === 0 ? new Map<string, number>() : usualPods(snapshot, account);
  for (const node of underWay) {
    const shape = node.platformSkip === undefined ? shapeOf(node) : undefined;
    if (shape === undefined) continue;
    const pods = Math.max(snapshot.podsByNode.get(node.name) ?? 0, usual.get(shapeKeyOf(node)) ?? 0);
    const missing = pools.heldBy(shape, settings, pods) - (account.nodes.get(node.instanceId)?.heldAddresses ?? 0);
    const subnetIds = subnetsOf(node, snapshot, account);
    for (const id of subnetIds) pending.set(id, (pending.get(id) ?? 0) + Math.max(0, missing) / subnetIds.length);
  }
  return pending;
}

function isUnderWay(node: NodeView, account: AccountView): boolean {
  return node.createdAtMs > account.takenAtMs - UNDER_WAY_MS;
}

/** Pods on the middle one of the settled nodes of each shape. */
export function usualPods(snapshot: ClusterSnapshot, account: AccountView): ReadonlyMap<string, number> {
  const settled = snapshot.nodes.filter((node) => !isUnderWay(node, account));
  const byShape = Map.groupBy(settled, shapeKeyOf);
  return new Map(
    [...byShape].map(([key, nodes]) => {
      const pods = nodes.map(({ name }) => snapshot.podsByNode.get(name) ?? 0).toSorted((a, b) => a - b);
      return [key, pods[Math.floor(pods.length / 2)] ?? 0];
    }),
  );
}

/** Where its interfaces are; as long as none is seen, where those of the other nodes of its zone are. */
function subnetsOf(node: NodeView, snapshot: ClusterSnapshot, account: AccountView): readonly string[] {
  const own = account.nodes?.get(node.instanceId)?.subnetIds ?? [];
  if (own.length > 0) return own;
  const neighbours = snapshot.nodes.filter(({ zone }) => zone === node.zone);
  const theirs = new Set(neighbours.flatMap(({ instanceId }) => account.nodes?.get(instanceId)?.subnetIds ?? []));
  if (theirs.size > 0) return [...theirs];
  return (account.subnets ?? []).filter(({ zone }) => zone === node.zone).map(({ id }) => id);
}
