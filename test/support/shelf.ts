import type { CheckpointStore, PortError } from '../../src/reconcile/ports.ts';
import type { StoredPart } from '../../src/tuning/checkpoint.ts';

/** Parts in memory; what it is told to throw, it throws at the next request. */
export class Shelf implements CheckpointStore {
  readonly parts: StoredPart[];
  readonly writes: number[] = [];
  failNext: PortError | undefined;

  constructor(parts: number) {
    this.parts = Array.from({ length: parts }, () => undefined);
  }

  async read(): Promise<readonly StoredPart[]> {
    this.#fail();
    return [...this.parts];
  }

  async write(index: number, bytes: Uint8Array): Promise<'Stored' | 'Foreign'> {
    this.#fail();
    if (this.parts[index] === 'Foreign') return 'Foreign';
    this.parts[index] = bytes;
    this.writes.push(index);
    return 'Stored';
  }

  #fail(): void {
    const error = this.failNext;
    this.failNext = undefined;
    if (error !== undefined) throw error;
  }
}
