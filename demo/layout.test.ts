import { describe, expect, it } from 'vitest';
import { FEWEST_NODES, MOST_NODES, heldWithOneWarmENI, layoutOf } from './layout.ts';

const counts = [FEWEST_NODES, 12, 48, 100, MOST_NODES];

describe('layoutOf', () => {
  it.each(counts)('places %i nodes of two types in three subnets of different size', (nodes) => {
    const layout = layoutOf(nodes);
    const all = layout.flatMap((subnet) => subnet.nodes);
    expect(all).toHaveLength(nodes);
    expect(new Set(all).size).toBe(2);
    expect(new Set(layout.map(({ sizeAddresses }) => sizeAddresses)).size).toBe(3);
    for (const subnet of layout) expect(subnet.nodes.length).toBeGreaterThan(0);
  });

  it.each(counts)('leaves each subnet of %i nodes some room, but less than a tenth', (nodes) => {
    for (const { sizeAddresses, othersAddresses, nodes: here } of layoutOf(nodes)) {
      const held = here.reduce((sum, type) => sum + heldWithOneWarmENI(type), 0);
      const free = sizeAddresses - othersAddresses - held;
      expect(othersAddresses).toBeGreaterThanOrEqual(0);
      expect(free).toBeGreaterThan(0);
      expect(free / sizeAddresses).toBeLessThan(0.1);
    }
  });
});
