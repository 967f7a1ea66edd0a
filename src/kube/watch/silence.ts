/** How a stream ends that the API server did not end, and the timer that notices. */

/** Nothing was heard for longer than bookmarks are apart: the connection is dead, whatever TCP believes. */
export class Silence extends Error {
  constructor(watch: string) {
    super(`The watch of ${watch} heard nothing for longer than the API server is ever silent.`);
  }
}

export class Cut extends Error {
  constructor(watch: string) {
    super(`The watch of ${watch} ended before the initial state was complete.`);
  }
}

export class SilenceTimer {
  readonly #limitMs: number;
  readonly #timer: NodeJS.Timeout;
  expired = false;

  /** Calls `onSilence` when `heard` was not called for `limitMs`. */
  constructor(limitMs: number, onSilence: () => void) {
    this.#limitMs = limitMs;
    this.#timer = setTimeout(() => {
      this.expired = true;
      onSilence();
    }, this.#limitMs);
  }

  heard(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
