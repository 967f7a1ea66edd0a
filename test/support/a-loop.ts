/** One process from its start on in virtual time, woken at every half interval or only when something can happen. */
import { limitsOf } from '../../src/ipamd/instance-limits.ts';
import { seededChoices } from '../../src/ipamd/pool/choices.ts';
import { runIpamd, runTimers } from '../../src/ipamd/pool/pool-manager.ts';
import { newIpamd } from '../../src/ipamd/pool/process.ts';
import type { Ipamd } from '../../src/ipamd/pool/process.ts';
import { nextTimerMs, resume, resumeMs, startRun, stepMs } from '../../src/ipamd/pool/run.ts';
import type { Run } from '../../src/ipamd/pool/run.ts';
import { seededRandom } from '../../src/ipamd/random.ts';
import { SimulatedInstance } from '../../src/ipamd/replay/simulated-instance.ts';
import { SubnetSpace } from '../../src/ipamd/subnet-space.ts';
import { fromEnv } from '../../src/ipamd/warm-settings.ts';

export type World = {
  readonly ipamd: Ipamd;
  readonly instance: SimulatedInstance;
  readonly space: SubnetSpace;
  readonly nowMs: number;
};

/** What happens from outside, at a time. */
export type Happening = readonly [atMs: number, what: (world: World) => void];

export type Story = {
  readonly env?: Readonly<Record<string, string>>;
  readonly happenings?: readonly Happening[];
  readonly untilMs: number;
  readonly subnetSize?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly multiCard?: boolean;
};

/** An m5.large; EC2 answers at once and the metadata follows at once. Calls as `2500 DescribeSubnets`. */
export function livedThrough(story: Story, mode: 'jumping' | 'stepping') {
  const world = aWorld(story);
  const { ipamd } = world;
  const calls: string[] = [];
  const wakesMs: number[] = [];
  const happenings = [...(story.happenings ?? [])];
  let sinceMs = 0;
  const run = startRun(ipamd, runIpamd(ipamd));
  answerAll(world, run, calls);
  const dueMs = () => (mode === 'stepping' ? stepMs(ipamd, run) : resumeMs(ipamd, run, sinceMs));
  for (;;) {
    const ownMs = Math.min(dueMs(), nextTimerMs(ipamd));
    const nextMs = Math.min(ownMs, happenings[0]?.[0] ?? Number.POSITIVE_INFINITY);
    if (nextMs >= story.untilMs) return { calls, wakesMs, ipamd, world };
    ipamd.nowMs = nextMs;
    if (happenings[0] !== undefined && happenings[0][0] <= nextMs) {
      happenings.shift()?.[1]({ ...world, nowMs: nextMs });
      sinceMs = nextMs;
      continue;
    }
    if (nextTimerMs(ipamd) <= nextMs) {
      runTimers(ipamd);
      sinceMs = nextMs;
      continue;
    }
    wakesMs.push(nextMs);
    resume(ipamd, run, undefined);
    answerAll(world, run, calls);
  }
}

function answerAll({ ipamd, instance }: World, run: Run, calls: string[]): void {
  while (run.waiting.kind === 'call') {
    const { request } = run.waiting;
    calls.push(`${ipamd.nowMs} ${request.action}`);
    resume(ipamd, run, instance.respond(request, ipamd.nowMs));
  }
}

function aWorld(story: Story): World {
  const limits = limitsOf('m5.large');
  if (limits === undefined) throw new Error('m5.large is in the table');
  const space = new SubnetSpace({ base: 0, size: story.subnetSize ?? 1024 });
  const instance = new SimulatedInstance({
    limits,
    subnets: [{ id: 'subnet-0', space, tags: story.tags ?? {} }],
    metadataLagMs: 0,
    createPrefixError: 'InvalidParameterValue',
    nowMs: 0,
  });
  const random = seededRandom(1);
  const ipamd = newIpamd({
    shape: { ...limits, maxPods: 110 },
    settings: fromEnv({ ENABLE_IPv4: 'true', ...story.env }).settings,
    choices: seededChoices(random),
    // Without a lag the time does not matter.
    metadata: () => instance.metadata(0),
    nowMs: 0,
    random,
    ...(story.multiCard === true ? { networkCards: 2 } : {}),
  });
  return { ipamd, instance, space, nowMs: 0 };
}
