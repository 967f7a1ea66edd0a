import { describe, expect, it } from 'vitest';
import { FEWEST_NODES, MOST_NODES, heldWithOneWarmENI, layoutOf } from './layout.ts';

const counts = [FEWEST_NODES, 12, 48, 100, MOST_NODES];

describe('layoutOf', () => {
  it.each(counts)('places %i nodes of two types in three subnets of different size', (nodes) => {
    const { subnets } = layoutOf(nodes);
    expect(subnets.flatMap((subnet) => subnet.nodes)).toHaveLength(nodes);
    expect(new Set(subnets.map(({ sizeAddresses }) => sizeAddresses)).size).toBeGreaterThan(1);
    for (const subnet of subnets) {
      expect(new Set(subnet.nodes.map(({ instanceType }) => instanceType)).size).toBe(2);
    }
  });

  it.each(counts)('leaves each subnet of %i nodes some room, but less than a tenth', (nodes) => {
    for (const { sizeAddresses, othersAddresses, nodes: here } of layoutOf(nodes).subnets) {
      const held = here.reduce((sum, { instanceType }) => sum + heldWithOneWarmENI(instanceType), 0);
      const free = sizeAddresses - othersAddresses - held;
      expect(free).toBeGreaterThan(0);
      expect(free / sizeAddresses).toBeLessThan(0.1);
    }
  });
});
