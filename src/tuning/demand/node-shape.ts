/** Which nodes count, and what of a node its pool depends on. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import { limitsOf } from '../../ipamd/instance-limits.ts';
import type { NodeSkipReason, NodeView } from '../snapshot.ts';

type Labels = Readonly<Record<string, string>>;

/** `m5.large/29`: nodes with the same key have pools that behave alike under the same settings. */
export function shapeKeyOf(node: Pick<NodeView, 'instanceType' | 'maxPods'>): string {
  return `${node.instanceType}/${node.maxPods}`;
}

export function partsOfShapeKey(shapeKey: string): Pick<NodeView, 'instanceType' | 'maxPods'> {
  const slash = shapeKey.lastIndexOf('/');
  return { instanceType: shapeKey.slice(0, slash), maxPods: Number(shapeKey.slice(slash + 1)) };
}

/** Undefined when the instance type's limits are not known. */
export function shapeOf(node: Pick<NodeView, 'instanceType' | 'maxPods'>): NodeShape | undefined {
  const limits = limitsOf(node.instanceType);
  return limits === undefined ? undefined : { ...limits, maxPods: node.maxPods };
}

export function matchesSelector(labels: Labels, selector: Labels): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Why a node's demand is not remembered and judged; undefined when it is. The first reason that applies. */
export function nodeSkipReason(
  node: NodeView,
  selector: Labels,
  nodesWithAwsNode: ReadonlySet<string>,
): NodeSkipReason | undefined {
  if (node.platformSkip !== undefined) return node.platformSkip;
  if (!matchesSelector(node.labels, selector)) return 'NotSelected';
  if (limitsOf(node.instanceType) === undefined) return 'UnknownInstanceType';
  return nodesWithAwsNode.has(node.name) ? undefined : 'NoAwsNode';
}
