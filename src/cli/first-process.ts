import { constants } from 'node:os';

/**
 * To the first process of a container the kernel gives no signal that it does not listen to: Ctrl-C, a SIGTERM before the
 * operator listens and a second one after it would be lost. There we do what the kernel does elsewhere.
 */
export function endOnSignals(): void {
  if (process.pid !== 1) return;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const isHeard = process.listenerCount(signal) > 1;
      if (!isHeard) process.exit(128 + constants.signals[signal]);
    });
  }
}
