/** Which nodes of which shape take their addresses from which subnet, and what an address costs there. */
import type { Census } from '../census.ts';
import { shapeKeyOf } from '../demand/node-shape.ts';
import type { PriceByShape } from '../score.ts';
import { freeShareOf, scarcityPrice } from '../score.ts';
import type { AccountView, SubnetView } from '../snapshot.ts';

/** A node with interfaces in two subnets counts half in each. */
export type SubnetNodes = {
  readonly subnet: SubnetView;
  readonly nodesByShape: Readonly<Record<string, number>>;
};

/** Empty while EC2 cannot be read: then no subnet is judged and every address costs 1. */
export function nodesBySubnet(census: Census, account: AccountView | undefined): readonly SubnetNodes[] {
  const { subnets, nodes } = account ?? {};
  if (subnets === undefined || nodes === undefined) return [];
  const counts = new Map(subnets.map(({ id }) => [id, new Map<string, number>()]));
  for (const node of census.tuned) {
    const key = shapeKeyOf(node);
    const ids = (nodes.get(node.instanceId)?.subnetIds ?? []).filter((id) => counts.has(id));
    for (const id of ids) {
      const inSubnet = counts.get(id);
      inSubnet?.set(key, (inSubnet.get(key) ?? 0) + 1 / ids.length);
    }
  }
  return subnets.map((subnet) => ({ subnet, nodesByShape: Object.fromEntries(counts.get(subnet.id) ?? []) }));
}

/** Mean price over the nodes of each shape. */
export function pricesOf(subnets: readonly SubnetNodes[]): PriceByShape {
  const sums = new Map<string, { nodes: number; price: number }>();
  for (const { subnet, nodesByShape } of subnets) {
    const price = scarcityPrice(freeShareOf(subnet));
    for (const [key, nodes] of Object.entries(nodesByShape)) {
      const sum = sums.get(key) ?? { nodes: 0, price: 0 };
      sums.set(key, { nodes: sum.nodes + nodes, price: sum.price + nodes * price });
    }
  }
  return Object.fromEntries([...sums].map(([key, { nodes, price }]) => [key, price / nodes]));
}
