/** Waiting for something to become true of the world. */
import { setTimeout as delay } from 'node:timers/promises';

export type Patience = { readonly withinMs: number; readonly what: string; readonly everyMs?: number };

/** It did not come true in time. The message is a sentence for people. */
export class Impatience extends Error {
  override readonly name = 'Impatience';
}

/** Asks until the answer is something, and returns it. Throws Impatience after `withinMs`. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  { withinMs, what, everyMs = 500 }: Patience,
): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadlineMs) {
      throw new Impatience(`Waited ${Math.round(withinMs / 1000)} s in vain: ${what}.`);
    }
    await delay(everyMs);
  }
}
