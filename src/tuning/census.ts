/** Which nodes of the cluster count, and what they hold now. */
import type { NodeShape } from '../ipamd/instance-limits.ts';
import { nodeSkipReason, shapeKeyOf, shapeOf } from './demand/node-shape.ts';
import type { ClusterSnapshot, NodeSkipReason, NodeView } from './snapshot.ts';

export type Census = {
  readonly total: number;
  readonly tuned: readonly NodeView[];
  readonly skipped: Readonly<Partial<Record<NodeSkipReason, number>>>;
  /** The shapes of the tuned nodes, by key. */
  readonly shapes: Readonly<Record<string, NodeShape>>;
  /** Types of skipped nodes whose limits nobody knows, sorted, at most 20. */
  readonly unknownInstanceTypes: readonly string[];
  readonly assignedAddresses: number;
  /** Undefined while the interfaces cannot be read. */
  readonly attachedAddresses: number | undefined;
};

const MOST_UNKNOWN_TYPES = 20;

export function censusOf(snapshot: ClusterSnapshot, nodeSelector: Readonly<Record<string, string>>): Census {
  const withAwsNode = nodesWithAwsNode(snapshot);
  const judged = snapshot.nodes.map((node) => ({ node, skip: nodeSkipReason(node, nodeSelector, withAwsNode) }));
  const tuned = judged.filter(({ skip }) => skip === undefined).map(({ node }) => node);
  const unknown = judged.filter(({ skip }) => skip === 'UnknownInstanceType').map(({ node }) => node.instanceType);
  return {
    total: snapshot.nodes.length,
    tuned,
    skipped: countsOf(judged.flatMap(({ skip }) => (skip === undefined ? [] : [skip]))),
    shapes: shapesOf(tuned),
    unknownInstanceTypes: [...new Set(unknown)].toSorted().slice(0, MOST_UNKNOWN_TYPES),
    assignedAddresses: tuned.reduce((sum, { name }) => sum + (snapshot.podsByNode.get(name) ?? 0), 0),
    attachedAddresses: attachedOf(tuned, snapshot),
  };
}

/** While pods of the DaemonSet are being replaced a node without one is not a node without the CNI. */
function nodesWithAwsNode({ nodes, daemonSet, awsNodePods }: ClusterSnapshot): ReadonlySet<string> {
  const settled =
    daemonSet !== undefined &&
    daemonSet.observedGeneration >= daemonSet.generation &&
    awsNodePods.length >= daemonSet.desired;
  return new Set(settled ? awsNodePods.map(({ nodeName }) => nodeName) : nodes.map(({ name }) => name));
}

function countsOf(reasons: readonly NodeSkipReason[]): Census['skipped'] {
  const counts: Partial<Record<NodeSkipReason, number>> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

function shapesOf(nodes: readonly NodeView[]): Census['shapes'] {
  const shapes: Record<string, NodeShape> = {};
  for (const node of nodes) {
    const key = shapeKeyOf(node);
    const shape = shapes[key] ?? shapeOf(node);
    if (shape !== undefined) shapes[key] = shape;
  }
  return shapes;
}

function attachedOf(nodes: readonly NodeView[], { account }: ClusterSnapshot): number | undefined {
  const interfaces = account?.nodes;
  if (interfaces === undefined) return undefined;
  return nodes.reduce((sum, { instanceId }) => sum + (interfaces.get(instanceId)?.heldAddresses ?? 0), 0);
}
