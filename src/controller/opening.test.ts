/** The controller's queue around real passes: when the next one comes is what the last one said. */
import { expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { HOUR_MS, MONDAY_MS, someChanges } from '../../test/support/builders.ts';
import { statusOf } from '../../test/support/cluster-reading.ts';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import { Controller } from './controller.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';

it('a pass comes at the instant at which a window opens, and writes', async () => {
  const [cluster, timer] = [aCluster(), new FakeTimer()];
  const startMs = cluster.nowMs;
  const windows = [{ schedule: '17 8 * * *', durationMs: HOUR_MS, timeZone: 'UTC' }];
  cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'], changes: someChanges({ windows }) });
  const written: number[] = [];
  const controller = new Controller({
    pass: async (name) => {
      cluster.nowMs = startMs + timer.nowMs();
      // EC2 is read every few minutes.
      if (cluster.account !== undefined) cluster.account = { ...cluster.account, takenAtMs: cluster.nowMs };
      const result = await cluster.pass(name);
      if (result.record?.outcome.kind === 'Prepared') written.push(cluster.nowMs);
      return result;
    },
    names: () => ['default'],
    timer,
    random: () => 1,
    metrics: new Metrics(),
    log: createLog('error', { write: () => {} }),
  });
  controller.start();
  for (let minute = 0; minute < 75; minute += 1) await timer.advance(60_000);
  expect(statusOf(cluster)?.hold).toMatchObject({ reason: 'OutsideWindow', recheckTime: '2026-03-02T08:17:00Z' });
  expect(cluster.daemonSet.templateChanges).toBe(0);
  for (let minute = 0; minute < 5; minute += 1) await timer.advance(60_000);
  expect(written).toEqual([MONDAY_MS + 8 * HOUR_MS + 17 * 60_000]);
  expect(cluster.daemonSet.templateChanges).toBe(1);
});
