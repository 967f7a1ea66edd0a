/** A burst: pods that start on one node within ten seconds, before two rounds of ipamd's loop can answer. */
const BURST_MS = 10_000;

export class RecentStarts {
  readonly #atMs: number[] = [];
  #first = 0;

  /** One more pod starts; how many the burst has so far, this one included. */
  started(nowMs: number): number {
    this.#atMs.push(nowMs);
    while ((this.#atMs[this.#first] ?? nowMs) < nowMs - BURST_MS) this.#first++;
    if (this.#first > 1024) {
      this.#atMs.splice(0, this.#first);
      this.#first = 0;
    }
    return this.#atMs.length - this.#first;
  }
}
