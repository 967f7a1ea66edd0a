/** Random replays for property tests: any mode, settings near each other's edges, bursts, churn and long pauses. */
import fc from 'fast-check';
import { limitsOf } from '../../src/ipamd/instance-limits.ts';
import type { ReplayOptions } from '../../src/ipamd/simulate.ts';
import { fromEnv } from '../../src/ipamd/warm-settings.ts';

const TYPES = ['t3.medium', 'm5.large', 'm5.xlarge', 'c5.4xlarge'] as const;

/** Text of a target, or unset. */
const target = (most: number): fc.Arbitrary<string | undefined> =>
  fc.option(fc.integer({ min: 0, max: most }).map(String), { nil: undefined, freq: 2 });

export function anyEnv(): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc
    .record({
      WARM_ENI_TARGET: target(3),
      WARM_PREFIX_TARGET: target(3),
      WARM_IP_TARGET: target(12),
      MINIMUM_IP_TARGET: target(24),
      MAX_ENI: target(4),
      IP_COOLDOWN_PERIOD: fc.constantFrom(undefined, '0', '5', '60'),
      ENABLE_PREFIX_DELEGATION: fc.constantFrom('true', 'false'),
      ENABLE_SUBNET_DISCOVERY: fc.constantFrom('true', 'false'),
      ENABLE_POD_ENI: fc.constantFrom(undefined, undefined, 'true'),
    })
    .map((env) => {
      const set = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
      return { ENABLE_IPv4: 'true', ...Object.fromEntries(set) };
    });
}

/** Gaps between pod operations: within a tick, within a minute, long enough to settle. */
const gapMs = fc.oneof(
  fc.integer({ min: 0, max: 3000 }),
  fc.integer({ min: 0, max: 40_000 }),
  fc.integer({ min: 60_000, max: 900_000 }),
);

const operations = fc.array(
  fc.record({ gapMs, add: fc.boolean(), pick: fc.nat(200), burst: fc.integer({ min: 1, max: 12 }) }),
  {
    maxLength: 40,
  },
);

/** Adds and removes of pods that are there, as triples. */
function eventsOf(steps: readonly { gapMs: number; add: boolean; pick: number; burst: number }[], starting: number) {
  const events: number[] = [];
  const alive = Array.from({ length: starting }, (_, pod) => pod);
  let next = starting;
  let atMs = 1;
  for (const step of steps) {
    atMs += step.gapMs;
    for (let index = 0; index < step.burst; index++) {
      if (step.add) {
        events.push(atMs + index, 1, next);
        alive.push(next);
        next++;
      } else if (alive.length > 0) {
        const [pod = 0] = alive.splice(step.pick % alive.length, 1);
        events.push(atMs + index, 0, pod);
      }
    }
    atMs += step.burst;
  }
  return { events: Float64Array.from(events), endMs: atMs };
}

export function anyReplay(): fc.Arbitrary<ReplayOptions> {
  return fc
    .record({
      type: fc.constantFrom(...TYPES),
      env: anyEnv(),
      steps: operations,
      starting: fc.integer({ min: 0, max: 12 }),
      isSettled: fc.boolean(),
      seed: fc.integer(),
      maxPods: fc.constantFrom(20, 110),
      lagMs: fc.constantFrom(0, 1000, 7000),
    })
    .map(({ type, env, steps, starting, isSettled, seed, maxPods, lagMs }) => {
      const limits = limitsOf(type);
      if (limits === undefined) throw new Error(`${type} is in the table`);
      const { events, endMs } = eventsOf(steps, starting);
      return {
        shape: { ...limits, maxPods },
        settings: fromEnv(env).settings,
        seed,
        metadataLagMs: lagMs,
        life: {
          readyAtMs: isSettled ? -1 : 0,
          fromMs: 0,
          untilMs: endMs + 600_000,
          startingPods: Array.from({ length: starting }, (_, pod) => pod),
          events,
        },
      };
    });
}
