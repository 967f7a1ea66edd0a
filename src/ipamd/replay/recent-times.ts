/** How often something happened within the last while. */
export class RecentTimes {
  readonly #windowMs: number;
  readonly #atMs: number[] = [];
  #first = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Once more, not earlier than the last time. */
  add(nowMs: number): void {
    this.#atMs.push(nowMs);
  }

  /** How often, `windowMs` ago and now included. */
  count(nowMs: number): number {
    while ((this.#atMs[this.#first] ?? nowMs) < nowMs - this.#windowMs) this.#first++;
    if (this.#first > 1024) {
      this.#atMs.splice(0, this.#first);
      this.#first = 0;
    }
    return this.#atMs.length - this.#first;
  }
}
