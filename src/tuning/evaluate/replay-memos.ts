/** The tables of segment x settings of all CniTunings: together they stay below one bound, of which each has its share. */
import { MOST_MEMO_BYTES, ReplayMemo } from './replay-memo.ts';

export class ReplayMemos {
  readonly #mostBytes: number;
  readonly #memos = new Map<string, ReplayMemo>();

  constructor(mostBytes = MOST_MEMO_BYTES) {
    this.#mostBytes = mostBytes;
  }

  of(key: string): ReplayMemo {
    const known = this.#memos.get(key);
    if (known !== undefined) return known;
    const memo = new ReplayMemo();
    this.#memos.set(key, memo);
    this.#share();
    return memo;
  }

  forget(key: string): void {
    this.#memos.delete(key);
    this.#share();
  }

  #share(): void {
    for (const memo of this.#memos.values()) memo.boundTo(this.#mostBytes / this.#memos.size);
  }
}
