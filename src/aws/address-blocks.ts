/** Which aligned /28 blocks of a subnet are wholly unused. A byte a block: 4,096 for a /16. */

const BLOCK_SIZE = 16;

/** Bounds of a CIDR as unsigned numbers: [first, last]. */
export type AddressRange = { readonly first: number; readonly last: number };

export class AddressBlocks {
  readonly #range: AddressRange;
  readonly #touched: Uint8Array;

  /** Starts with the five addresses that AWS keeps: the first four and the last. */
  constructor(range: AddressRange) {
    this.#range = range;
    this.#touched = new Uint8Array(Math.floor((range.last - range.first + 1) / BLOCK_SIZE));
    this.touch({ first: range.first, last: range.first + 3 });
    this.touch({ first: range.last, last: range.last });
  }

  /** Marks what is in use or reserved; parts outside the subnet are ignored. */
  touch({ first, last }: AddressRange): void {
    const from = Math.max(first, this.#range.first) - this.#range.first;
    const to = Math.min(last, this.#range.last) - this.#range.first;
    for (let block = Math.floor(from / BLOCK_SIZE); block * BLOCK_SIZE <= to; block += 1) this.#touched[block] = 1;
  }

  get freeBlocks(): number {
    return this.#touched.reduce((free, touched) => (touched === 0 ? free + 1 : free), 0);
  }
}

/** `10.0.1.4` as a number; undefined for anything else. */
export function addressNumber(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** `10.0.1.0/24` as its bounds; undefined for anything else. */
export function rangeOf(cidr: string): AddressRange | undefined {
  const [network = '', length = ''] = cidr.split('/');
  const first = addressNumber(network);
  if (first === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  return { first, last: first + 2 ** (32 - Number(length)) - 1 };
}
