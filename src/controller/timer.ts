/** Time as the process's parts see it: monotonic milliseconds and a way to be woken. Tests bring their own. */

export type Timer = {
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  nowMs(): number;
  /** Runs `wake` once after `delayMs`; the returned function calls it off. */
  after(delayMs: number, wake: () => void): () => void;
};

/** setTimeout takes no more than 2^31 - 1 ms and would fire at once; whoever waits longer looks again after this. */
const LONGEST_TIMEOUT_MS = 2_147_483_647;

/** The process's own clock. Its timeouts do not keep the process alive. */
export const processTimer: Timer = {
  nowMs: () => performance.now(),
  after: (delayMs, wake) => {
    const timeout = setTimeout(wake, Math.min(Math.max(0, delayMs), LONGEST_TIMEOUT_MS));
    timeout.unref();
    return () => clearTimeout(timeout);
  },
};
