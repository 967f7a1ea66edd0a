/**
 * The addresses of one subnet: which are free, taken, kept by AWS or reserved. Single addresses and aligned /28
 * blocks, all or nothing. Freed addresses can be handed out again at once. Any number of nodes may share one.
 */

export const BLOCK_SIZE = 16;
/** The first four addresses and the last one of every subnet belong to AWS. */
const RESERVED_FRONT = 4;

/** `size` addresses from `base` on; a subnet's base is a multiple of its size. */
export type AddressRange = { readonly base: number; readonly size: number };

/** `explicit`: never handed out by itself. `prefix`: only /28 blocks come out of it, and before any other. */
export type ReservationKind = 'explicit' | 'prefix';

const OPEN = 0;
const EXPLICIT = 1;
const PREFIX = 2;

/** Where the search for a free single address begins, as an offset below `size`; 0 = the lowest free one. */
export type Pick = (size: number) => number;

export class SubnetSpace<Range extends AddressRange = AddressRange> {
  readonly cidr: Range;
  readonly #used: Uint8Array;
  readonly #reserved: Uint8Array;
  /** Taken addresses by /28 block; 0 = the whole block can be had. */
  readonly #takenByBlock: Uint8Array;
  readonly #pick: Pick;
  #free: number;
  /** No free address below, and no block free of taken addresses below. */
  #lowestFree = RESERVED_FRONT;
  #lowestFreeBlock = 0;
  #hasReservations = false;

  constructor(cidr: Range, pick: Pick = () => 0) {
    this.cidr = cidr;
    this.#pick = pick;
    this.#used = new Uint8Array(cidr.size);
    this.#reserved = new Uint8Array(cidr.size);
    this.#takenByBlock = new Uint8Array(Math.ceil(cidr.size / BLOCK_SIZE));
    this.#free = cidr.size;
    for (const offset of [0, 1, 2, 3, cidr.size - 1]) this.#mark(offset);
  }

  /** What AvailableIpAddressCount says: neither taken, nor AWS's, nor inside a CIDR reservation. */
  get freeAddresses(): number {
    return this.#free;
  }

  /** Aligned /28 blocks a prefix request could get, reservations of type prefix included. */
  get freeBlocks(): number {
    let blocks = 0;
    for (let block = 0; block < this.#takenByBlock.length; block += 1) if (this.#isFreeBlock(block)) blocks += 1;
    return blocks;
  }

  /** The `count` next free single addresses, or undefined and nothing taken. */
  takeAddresses(count: number): readonly number[] | undefined {
    if (count > this.#free) return undefined;
    const taken: number[] = [];
    const { size } = this.cidr;
    const start = Math.max(this.#pick(size), 0) || this.#lowestFree;
    for (let step = 0; step < size && taken.length < count; step += 1) {
      const offset = (start + step) % size;
      if (this.#used[offset] === 1 || this.#reserved[offset] !== OPEN) continue;
      this.#mark(offset);
      taken.push(this.cidr.base + offset);
    }
    if (start === this.#lowestFree && taken.length > 0) this.#lowestFree = (taken.at(-1) ?? 0) - this.cidr.base + 1;
    return taken;
  }

  /** The first addresses of `count` free aligned /28 blocks, or undefined and nothing taken. */
  takeBlocks(count: number): readonly number[] | undefined {
    const free = this.#hasReservations ? [...this.#findBlocks(PREFIX, count)] : [];
    free.push(...this.#findBlocks(OPEN, count - free.length));
    if (free.length < count) return undefined;
    return free.map((block) => {
      for (let offset = 0; offset < BLOCK_SIZE; offset += 1) this.#mark(block * BLOCK_SIZE + offset);
      return this.cidr.base + block * BLOCK_SIZE;
    });
  }

  /** Takes exactly these addresses (explicit reservations allow it), or false and nothing taken. */
  takeExactly(addresses: readonly number[]): boolean {
    const offsets = addresses.map((address) => address - this.cidr.base);
    if (new Set(offsets).size !== offsets.length || offsets.some((offset) => this.#used[offset] !== 0)) return false;
    for (const offset of offsets) this.#mark(offset);
    return true;
  }

  giveAddress(address: number): void {
    const offset = address - this.cidr.base;
    if (this.#used[offset] !== 1) throw new Error(`address offset ${offset} was not taken`);
    this.#used[offset] = 0;
    const block = Math.floor(offset / BLOCK_SIZE);
    this.#takenByBlock[block] = (this.#takenByBlock[block] ?? 1) - 1;
    if (this.#reserved[offset] === OPEN) this.#free += 1;
    this.#lowestFree = Math.min(this.#lowestFree, offset);
    this.#lowestFreeBlock = Math.min(this.#lowestFreeBlock, block);
  }

  giveBlock(first: number): void {
    for (let offset = 0; offset < BLOCK_SIZE; offset += 1) this.giveAddress(first + offset);
  }

  /** May be laid over addresses in use, as in EC2. */
  reserve(cidr: AddressRange, kind: ReservationKind): void {
    this.#hasReservations = true;
    for (let address = cidr.base; address < cidr.base + cidr.size; address += 1) {
      const offset = address - this.cidr.base;
      if (this.#reserved[offset] === OPEN && this.#used[offset] === 0) this.#free -= 1;
      this.#reserved[offset] = kind === 'prefix' ? PREFIX : EXPLICIT;
    }
  }

  /** Up to `count` free blocks whose first address is reserved in the wanted way, the lowest first. */
  #findBlocks(wanted: number, count: number): readonly number[] {
    const found: number[] = [];
    const blocks = this.#takenByBlock.length;
    let sawFree = false;
    for (let block = this.#lowestFreeBlock; block < blocks && found.length < count; block += 1) {
      if (this.#takenByBlock[block] !== 0) continue;
      if (!sawFree) this.#lowestFreeBlock = block;
      sawFree = true;
      if (this.#reserved[block * BLOCK_SIZE] === wanted) found.push(block);
    }
    return found;
  }

  #isFreeBlock(block: number): boolean {
    return this.#takenByBlock[block] === 0 && this.#reserved[block * BLOCK_SIZE] !== EXPLICIT;
  }

  #mark(offset: number): void {
    this.#used[offset] = 1;
    const block = Math.floor(offset / BLOCK_SIZE);
    this.#takenByBlock[block] = (this.#takenByBlock[block] ?? 0) + 1;
    if (this.#reserved[offset] === OPEN) this.#free -= 1;
  }
}
