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

function specWith(window: object) {
  const ownership = { takeOverFrom: ['eks'] };
  return { mode: 'Apply', history: { minimum: '1m' }, ownership, changes: { windows: [window] } };
}

describeOnPlane('change windows', () => {
  it(
    'hold a change until the next one opens, and let it go out then',
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
    },
    STORY_MS,
  );
});
