import { describe, expect, it } from 'vitest';
import { SubnetSpace } from './subnet-space.ts';

const BASE = 4096;
const aSpace = (size = 256): SubnetSpace => new SubnetSpace({ base: BASE, size });

describe('a subnet', () => {
  it('keeps the first four addresses and the last for AWS, and the blocks around them with it', () => {
    const space = aSpace();
    expect(space.freeAddresses).toBe(251);
    expect(space.freeBlocks).toBe(14);
    expect(space.takeAddresses(1)).toEqual([BASE + 4]);
    expect(space.takeExactly([BASE + 255])).toBe(false);
  });

  it('hands out the lowest free addresses, all or nothing', () => {
    const space = aSpace();
    expect(space.takeAddresses(3)).toEqual([BASE + 4, BASE + 5, BASE + 6]);
    expect(space.takeAddresses(249)).toBeUndefined();
    expect(space.freeAddresses).toBe(248);
    expect(space.takeAddresses(248)).toHaveLength(248);
    expect(space.takeAddresses(1)).toBeUndefined();
    expect(space.takeAddresses(0)).toEqual([]);
    space.giveAddress(BASE + 9);
    expect(space.takeAddresses(1)).toEqual([BASE + 9]);
  });

  it('hands out the next after none', () => {
    const space = aSpace();
    expect([space.takeAddresses(0), space.takeAddresses(1)]).toEqual([[], [BASE + 4]]);
  });

  it('hands out a freed address again at once', () => {
    const space = aSpace();
    space.takeAddresses(10);
    space.giveAddress(BASE + 7);
    expect(space.takeAddresses(2)).toEqual([BASE + 7, BASE + 14]);
  });

  it('refuses to take back what was not taken', () => {
    expect(() => aSpace().giveAddress(BASE + 9)).toThrow('was not taken');
  });

  it('may start its search for single addresses anywhere', () => {
    const space = new SubnetSpace({ base: BASE, size: 256 }, () => 250);
    expect(space.takeAddresses(6)).toEqual([250, 251, 252, 253, 254, 4].map((offset) => BASE + offset));
  });
});

describe('a /28', () => {
  it('is aligned and has all sixteen addresses', () => {
    const space = aSpace();
    expect(space.takeBlocks(2)).toEqual([BASE + 16, BASE + 32]);
    expect(space.freeAddresses).toBe(251 - 32);
    expect(space.takeAddresses(13)?.at(-1)).toBe(BASE + 48);
  });

  it('is not to be had in a fragmented subnet, however many addresses are free', () => {
    const space = aSpace();
    for (let block = 1; block < 15; block++) space.takeExactly([BASE + 16 * block + 7]);
    expect(space.freeAddresses).toBe(251 - 14);
    expect(space.freeBlocks).toBe(0);
    expect(space.takeBlocks(1)).toBeUndefined();
    space.giveAddress(BASE + 16 * 9 + 7);
    expect(space.freeBlocks).toBe(1);
    expect(space.takeBlocks(2)).toBeUndefined();
    expect(space.takeBlocks(1)).toEqual([BASE + 144]);
  });

  it('goes back whole', () => {
    const space = aSpace();
    const [first = 0] = space.takeBlocks(1) ?? [];
    space.giveBlock(first);
    expect(space.freeAddresses).toBe(251);
    expect(space.takeBlocks(14)).toHaveLength(14);
  });
});

describe('a reservation', () => {
  it('of type prefix gives blocks before the rest of the subnet, and no single address', () => {
    const space = aSpace();
    space.reserve({ base: BASE + 64, size: 32 }, 'prefix');
    expect(space.freeAddresses).toBe(251 - 32);
    expect(space.takeBlocks(3)).toEqual([BASE + 64, BASE + 80, BASE + 16]);
    const singles = space.takeAddresses(251 - 32 - 16) ?? [];
    expect(singles.some((address) => address >= BASE + 64 && address < BASE + 96)).toBe(false);
  });

  it('gives no single address while it is free', () => {
    const space = aSpace();
    space.reserve({ base: BASE + 8, size: 4 }, 'prefix');
    space.reserve({ base: BASE + 16, size: 4 }, 'explicit');
    const offsets = (space.takeAddresses(10) ?? []).map((address) => address - BASE);
    expect(offsets).toEqual([4, 5, 6, 7, 12, 13, 14, 15, 20, 21]);
  });

  it('laid over another takes no address twice', () => {
    const space = aSpace();
    space.reserve({ base: BASE + 64, size: 16 }, 'prefix');
    space.reserve({ base: BASE + 64, size: 32 }, 'explicit');
    expect(space.freeAddresses).toBe(251 - 32);
  });

  it('that is explicit gives only what is asked for by name', () => {
    const space = aSpace();
    space.reserve({ base: BASE + 16, size: 16 }, 'explicit');
    expect(space.freeBlocks).toBe(13);
    expect(space.takeBlocks(1)).toEqual([BASE + 32]);
    expect(space.takeExactly([BASE + 20])).toBe(true);
    expect(space.freeAddresses).toBe(251 - 16 - 16);
    space.giveAddress(BASE + 20);
    expect(space.freeAddresses).toBe(251 - 16 - 16);
  });

  it('may lie over addresses in use: its block is then no whole one', () => {
    const space = aSpace();
    space.takeExactly([BASE + 70]);
    space.reserve({ base: BASE + 64, size: 32 }, 'prefix');
    expect(space.freeAddresses).toBe(251 - 32);
    expect(space.takeBlocks(1)).toEqual([BASE + 80]);
  });
});

describe('taking by name', () => {
  it('is all or nothing, and each address once', () => {
    const space = aSpace();
    expect(space.takeExactly([BASE + 10, BASE + 3])).toBe(false);
    expect(space.takeExactly([BASE + 10, BASE + 10])).toBe(false);
    expect(space.takeExactly([BASE + 256])).toBe(false);
    expect(space.freeAddresses).toBe(251);
    expect(space.takeExactly([BASE + 10, BASE + 11])).toBe(true);
    expect(space.freeAddresses).toBe(249);
  });
});

describe('free blocks', () => {
  it('are found again below the lowest one known, once they are given back', () => {
    const space = aSpace();
    expect(space.takeBlocks(3)).toEqual([BASE + 16, BASE + 32, BASE + 48]);
    expect(space.takeBlocks(1)).toEqual([BASE + 64]);
    space.giveBlock(BASE + 32);
    expect(space.takeBlocks(2)).toEqual([BASE + 32, BASE + 80]);
  });

  it('of no kind are taken when none is asked for', () => {
    const space = aSpace();
    space.reserve({ base: BASE + 64, size: 16 }, 'prefix');
    expect(space.takeBlocks(0)).toEqual([]);
    expect([space.freeBlocks, space.freeAddresses]).toEqual([14, 251 - 16]);
  });

  it('count each address once, however often it comes and goes', () => {
    const space = aSpace();
    for (let again = 0; again < 3; again++) {
      space.takeExactly([BASE + 20]);
      expect(space.freeBlocks).toBe(13);
      space.giveAddress(BASE + 20);
      expect(space.freeBlocks).toBe(14);
    }
  });

  it('are none in a subnet smaller than one, whose last address is the fourteenth', () => {
    const space = aSpace(16);
    expect([space.freeAddresses, space.freeBlocks]).toEqual([11, 0]);
    expect(space.takeAddresses(11)?.at(-1)).toBe(BASE + 14);
  });
});

describe('a search that starts anywhere', () => {
  it('finds addresses given back below its start, and starts at the lowest free one when told 0', () => {
    let start = 100;
    const space = new SubnetSpace({ base: BASE, size: 256 }, () => start);
    expect(space.takeAddresses(2)).toEqual([BASE + 100, BASE + 101]);
    start = 0;
    expect(space.takeAddresses(1)).toEqual([BASE + 4]);
    expect(space.takeAddresses(96)?.at(-1)).toBe(BASE + 102);
    start = -7;
    expect(space.takeAddresses(1)).toEqual([BASE + 103]);
    space.giveAddress(BASE + 9);
    expect(space.takeAddresses(1)).toEqual([BASE + 9]);
  });

  it('is asked for a start below the size of the subnet', () => {
    const asked: number[] = [];
    const pick = (size: number) => {
      asked.push(size);
      return size - 2;
    };
    expect(new SubnetSpace({ base: BASE, size: 64 }, pick).takeAddresses(1)).toEqual([BASE + 62]);
    expect(asked).toEqual([64]);
  });
});
