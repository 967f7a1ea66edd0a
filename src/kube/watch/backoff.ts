/** Pause before attempt `attempt` + 1 (from 1): doubles from `baseMs` to `maxMs`, of which half is left to chance. */
export function jittered(attempt: number, baseMs: number, maxMs: number, random: () => number): number {
  const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return fullMs / 2 + (fullMs / 2) * random();
}

/** Resolves after `ms`, or as soon as `signal` aborts; leaves no listener behind. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });
}

/** Lets everything else that is waiting run first. */
export async function breathe(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
