/** Gathers bursts: many changes of one cause wake each CniTuning once. Bounded by causes × CniTunings. */
export class WakeUps<Cause> {
  readonly #waitMs: number;
  readonly #wake: (names: readonly string[], cause: Cause) => void;
  readonly #pending = new Map<Cause, Set<string>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(waitMs: number, wake: (names: readonly string[], cause: Cause) => void) {
    this.#waitMs = waitMs;
    this.#wake = wake;
  }

  add(cause: Cause, names: readonly string[]): void {
    if (names.length === 0) return;
    const pending = this.#pending.get(cause) ?? new Set<string>();
    this.#pending.set(cause, pending);
    for (const name of names) pending.add(name);
    this.#timer ??= setTimeout(() => this.#flush(), this.#waitMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#pending.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const causes = [...this.#pending];
    this.#pending.clear();
    for (const [cause, names] of causes) this.#wake([...names], cause);
  }
}
