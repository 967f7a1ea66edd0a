import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import type { WorkResult } from './queue.ts';
import { WorkQueue } from './queue.ts';

const KEYS = ['a', 'b', 'c'] as const;

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('event' as const), key: fc.constantFrom(...KEYS) }),
    fc.record({ do: fc.constant('after' as const), key: fc.constantFrom(...KEYS), ms: fc.nat(5_000) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(3_000) }),
    fc.record({ do: fc.constant('pause' as const) }),
    fc.record({ do: fc.constant('open' as const) }),
  ),
  { maxLength: 60 },
);

/** Plays a script against a queue whose runs take time and end by chance; watches the rules at every start. */
async function play(script: typeof steps extends fc.Arbitrary<infer T> ? T : never, seed: number, workers: number) {
  const timer = new FakeTimer();
  const random = fc.sample(fc.double({ min: 0, max: 0.999, noNaN: true }), { seed, numRuns: 200 });
  let draw = 0;
  const next = (): number => random[draw++ % random.length] ?? 0;
  const running = new Set<string>();
  const broken: string[] = [];
  const owed = new Map<string, number>();
  let open = false;
  const run = (key: string): Promise<WorkResult> => {
    if (!open) broken.push(`${key} ran while closed`);
    if (running.has(key)) broken.push(`${key} ran twice at once`);
    if (running.size >= workers) broken.push('more runs than workers');
    owed.delete(key);
    running.add(key);
    return new Promise((resolve) => {
      timer.after(next() * 2_000, () => {
        running.delete(key);
        resolve(next() < 0.3 ? { kind: 'Failed', retryAfterMs: undefined } : { kind: 'Done' });
      });
    });
  };
  const backoff = { baseMs: 100, maxMs: 1_000 };
  const queue = new WorkQueue({ timer, random: next, run, workers, debounceMs: 50, backoff });
  const owe = (key: string, delayMs: number): void => {
    const dueMs = timer.nowMs() + delayMs;
    owed.set(key, Math.min(owed.get(key) ?? dueMs, dueMs));
  };
  for (const step of script) {
    if (step.do === 'wait') await timer.advance(step.ms);
    if (step.do === 'pause' || step.do === 'open') open = step.do === 'open';
    if (step.do === 'event') owe(step.key, 50);
    if (step.do === 'after') owe(step.key, step.ms);
    if (step.do === 'event') queue.add(step.key);
    if (step.do === 'after') queue.addAfter(step.key, step.ms);
    if (step.do === 'pause') queue.pause();
    if (step.do === 'open') queue.open();
    if (queue.state().waiting > KEYS.length) broken.push('more requests than keys');
  }
  open = true;
  queue.open();
  await timer.advance(200_000);
  return { broken, owed, state: queue.state() };
}

it('keeps its rules whatever comes, and serves every request in the end', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer(), fc.integer({ min: 1, max: 3 }), async (script, seed, workers) => {
      const { broken, owed, state } = await play(script, seed, workers);
      expect(broken).toEqual([]);
      expect([...owed.keys()]).toEqual([]);
      expect({ waiting: state.waiting, running: state.running }).toEqual({ waiting: 0, running: 0 });
    }),
    { seed: 20261125, numRuns: 200 },
  );
});
