/** One thread: keeps the stretches it was sent and replays them, job by job. */
import { parentPort } from 'node:worker_threads';
import { seededRandom } from '../../../src/ipamd/random.ts';
import { replay } from '../../../src/ipamd/simulate.ts';
import { withDrawnPhase } from './loop-phase.ts';
import type { FromReplayThread, ReplayJob, ReplayTotals, StretchSet, ToReplayThread } from './replay-job.ts';
import { isOld } from './replay-job.ts';

const sets = new Map<string, StretchSet>();

function totalsOf(job: ReplayJob, set: StretchSet): ReplayTotals {
  const sums = {
    countedMs: 0,
    heldMs: 0,
    assignedMs: 0,
    idleMs: 0,
    starts: 0,
    startsOld: 0,
    delayed: 0,
    delayedOld: 0,
    calls: 0,
    mutating: 0,
  };
  const delayedNames: { name: string; old: boolean }[] = [];
  for (const [index, { shape, life, weight, starts }] of set.stretches.entries()) {
    // Each stretch has chances of its own; the same seed gives it the same ones under every setting.
    const seed = job.seed * 1_000_003 + index;
    const drawn = withDrawnPhase(life, seededRandom(-seed));
    const result = replay({ shape, settings: job.settings, life: drawn, seed });
    sums.countedMs += weight * result.countedMs;
    sums.heldMs += weight * result.heldAddressMs;
    sums.assignedMs += weight * result.assignedAddressMs;
    sums.idleMs += weight * result.idleAddressMs;
    sums.starts += weight * starts.all;
    sums.startsOld += weight * starts.old;
    sums.delayed += weight * result.delayedPods.length;
    sums.delayedOld += weight * result.delayedPods.filter(isOld).length;
    sums.calls += weight * result.ec2Calls;
    sums.mutating += weight * result.mutatingEc2Calls;
    if (!job.nameDelayed) continue;
    for (const pod of result.delayedPods) delayedNames.push({ name: `${index}:${pod.pod}`, old: isOld(pod) });
  }
  return { ...sums, delayedNames };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

parentPort?.on('message', (message: ToReplayThread) => {
  if (message.kind === 'Set') {
    sets.set(message.set.name, message.set);
    return;
  }
  const { job } = message;
  const set = sets.get(job.set);
  if (set === undefined) throw new Error(`no stretches of ${job.set} were sent`);
  const startedMs = cpuMs();
  const totals = totalsOf(job, set);
  parentPort?.postMessage({ id: job.id, totals, cpuMs: cpuMs() - startedMs } satisfies FromReplayThread);
});
