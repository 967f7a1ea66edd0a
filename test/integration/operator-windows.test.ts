/** Change windows on a real control plane: a shut one holds, and the change goes out when it opens. */
import { afterEach, expect, it } from 'vitest';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import {
  applyTuning,
  daemonSetWrites,
  liveValue,
  type SmallCluster,
  startSmallCluster,
  untilStatus,
} from '../support/small-cluster.ts';

const MINUTE_MS = 60_000;
const STORY_MS = 420_000;

let cluster: SmallCluster | undefined;
let operator: Operator | undefined;

afterEach(async () => {
  await operator?.stop('SIGKILL');
  await cluster?.stop();
  operator = undefined;
  cluster = undefined;
});

/** At this minute of the day, in UTC, for so long. */
function windowAt(atMs: number, duration: string) {
  const at = new Date(atMs);
  return { schedule: `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`, duration, timeZone: 'Etc/UTC' };
}

function specWith(window: object, changes: object = {}, more: object = {}) {
  const ownership = { takeOverFrom: ['eks'] };
  return { mode: 'Apply', history: { minimum: '1m' }, ownership, changes: { windows: [window], ...changes }, ...more };
}

describeOnPlane('change windows', () => {
  it(
    'hold a change until the next one opens, and interval and count the one after it',
    async () => {
      const { plane, ec2 } = (cluster = await startSmallCluster({ nodes: 4, podsPerNode: 3 }));
      operator = startOperator({ kubeconfig: plane.kubeconfigs.operator, ec2Url: ec2().url });
      await applyTuning(plane, specWith(windowAt(Date.now() + 12 * 60 * MINUTE_MS, '1m')));
      const shut = await untilStatus(plane, ({ hold }) => hold?.reason === 'OutsideWindow', 180_000);
      expect(shut.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
      const opensMs = Math.ceil((Date.now() + MINUTE_MS / 2) / MINUTE_MS) * MINUTE_MS;
      const opensTime = new Date(opensMs).toISOString().replace('.000Z', 'Z');
      await applyTuning(plane, specWith(windowAt(opensMs, '30m')));
      const held = await untilStatus(plane, ({ hold }) => hold?.recheckTime === opensTime);
      expect(held.hold).toMatchObject({ reason: 'OutsideWindow', message: expect.stringContaining(opensTime) });
      await eventually(async () => expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('0'), {
        timeoutMs: 2 * MINUTE_MS,
      });
      const writes = await daemonSetWrites(plane);
      const early = writes.filter(({ receivedAtMs }) => receivedAtMs < opensMs);
      expect(early).toEqual([]);
      // The pass that adds the finalizer comes at the opening itself; the change is the next one's.
      expect(Math.min(...writes.map(({ receivedAtMs }) => receivedAtMs)) - opensMs).toBeLessThan(10_000);

      const done = await untilStatus(plane, ({ changes }) => changes?.[0]?.result === 'Complete', 180_000);
      const nextDay = new Date(Date.parse(done.changes?.[0]?.time ?? '') + 24 * 60 * MINUTE_MS).toISOString();
      const upwards = { settings: { warmENI: { min: 2, max: 3 } } };
      const window = windowAt(opensMs, '12h');
      await applyTuning(plane, specWith(window, {}, upwards));
      const recent = await untilStatus(plane, ({ hold }) => hold?.reason === 'ChangedTooRecently');
      expect(recent.hold?.recheckTime).toBe(nextDay.replace('.000Z', 'Z'));
      await applyTuning(plane, specWith(window, { minimumInterval: '0s' }, upwards));
      const many = await untilStatus(plane, ({ hold }) => hold?.reason === 'TooManyToday');
      expect(many.hold?.recheckTime).toBe(nextDay.replace('.000Z', 'Z'));
      await applyTuning(
        plane,
        specWith(window, { minimumInterval: '0s', maxPerDay: 2, allowed: 'DecreaseOnly' }, upwards),
      );
      await untilStatus(plane, ({ hold }) => hold?.reason === 'DirectionNotAllowed');
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('0');
      await applyTuning(plane, specWith(window, { minimumInterval: '0s', maxPerDay: 2 }, upwards));
      await eventually(async () => expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('2'), {
        timeoutMs: MINUTE_MS,
      });
    },
    STORY_MS,
  );
});
