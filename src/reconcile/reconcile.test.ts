import { describe, expect, it } from 'vitest';
import { ORIGINALS_ANNOTATION } from '../api/cnituning.ts';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { AT_ONCE, MINUTE_MS } from '../../test/support/builders.ts';
import { ready, statusOf, warmENI } from '../../test/support/cluster-reading.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import { PortError } from './ports.ts';

const APPLY = { mode: 'Apply', takeOverFrom: ['eks'], changes: AT_ONCE } as const;

describe('a pass', () => {
  it('writes nothing when nothing has changed', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    const before = [cluster.statusWrites, cluster.daemonSet.templateChanges, cluster.events.length];
    for (let minute = 0; minute < 10; minute++) {
      cluster.nowMs += MINUTE_MS;
      await cluster.pass();
    }
    expect([cluster.statusWrites, cluster.daemonSet.templateChanges, cluster.events.length]).toEqual(before);
  });

  it('changes the template once for one change', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    expect(cluster.daemonSet.templateChanges).toBe(1);
    expect(warmENI(cluster)).toBe('0');
  });

  it('adds the finalizer before the first write and not for advice', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { takeOverFrom: ['eks'] });
    await cluster.settle();
    expect(cluster.tunings.get('default')?.hasFinalizer).toBe(false);
    cluster.applyTuning('default', APPLY);
    await cluster.pass();
    expect(cluster.tunings.get('default')?.hasFinalizer).toBe(true);
    expect(cluster.daemonSet.templateChanges).toBe(0);
  });

  it('does not take over from a manager that is not named', async () => {
    const cluster = aCluster({ owner: { manager: 'helm', operation: 'Update' } });
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    expect(cluster.daemonSet.templateChanges).toBe(0);
    expect(ready(cluster)).toMatchObject({ status: 'False', reason: 'FieldsOwnedElsewhere' });
  });

  it('leaves what it has said, and looks again, when the DaemonSet was written to since it was read', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    await cluster.pass();
    const [before, events] = [statusOf(cluster), cluster.events.length];
    cluster.lateDaemonSet = cluster.daemonSet.view;
    cluster.daemonSet.annotatedBySomebody({ 'cnituning.dev/note': 'mine' });
    const { record, requeue } = await cluster.pass();
    expect([record?.plan?.kind, record?.outcome, requeue]).toEqual([
      'Change',
      { kind: 'Overtaken' },
      { kind: 'After', ms: 1_000 },
    ]);
    expect(warmENI(cluster)).toBe('1');
    expect(ready(cluster)).toEqual(before?.conditions?.find(({ type }) => type === 'Ready'));
    expect(cluster.events.slice(events).map(({ reason }) => reason)).not.toContain('WriteFailed');
    cluster.lateDaemonSet = undefined;
    expect((await cluster.pass()).record?.outcome).toMatchObject({ kind: 'Applied' });
    expect(warmENI(cluster)).toBe('0');
  });

  it('stalls with the permission it lacks', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    const missing = 'The operator may not patch daemonsets in kube-system.';
    cluster.daemonSet.failNext = new PortError('Forbidden', missing);
    await cluster.pass();
    cluster.daemonSet.failNext = new PortError('Forbidden', missing);
    const { requeue } = await cluster.pass();
    expect(ready(cluster)).toMatchObject({ status: 'False', reason: 'PermissionMissing', message: missing });
    expect(requeue).toEqual({ kind: 'After', ms: 60_000 });
  });

  it('stalls with the words of the webhook that refuses its writes', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    const denied = 'admission webhook "policy" denied the request.';
    for (let pass = 0; pass < 2; pass++) {
      cluster.daemonSet.failNext = new PortError('Invalid', denied);
      await cluster.pass();
    }
    expect(ready(cluster)).toMatchObject({ status: 'False', reason: 'WriteRefused', message: denied });
    expect(statusOf(cluster)?.observedGeneration).toBe(1);
  });

  it('stalls with the watch that is refused, says so once, and goes on when it is granted', async () => {
    const cluster = aCluster();
    const refused = 'The API server answered WATCH /api/v1/pods with 403: cannot watch resource "pods".';
    cluster.synced = false;
    cluster.refusedWatches = [refused];
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    await cluster.pass();
    expect(ready(cluster)).toMatchObject({ status: 'False', reason: 'PermissionMissing', message: refused });
    expect(statusOf(cluster)).toMatchObject({ observedGeneration: 1, hold: { reason: 'SnapshotIncomplete' } });
    expect(cluster.events.map(({ type, reason, note }) => [type, reason, note])).toEqual([
      ['Warning', 'PermissionMissing', refused],
    ]);
    cluster.synced = true;
    cluster.refusedWatches = [];
    await cluster.pass();
    expect(ready(cluster)?.status).not.toBe('False');
  });

  it('says what is refused of a CniTuning that is being deleted', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    cluster.deleteTuning('default');
    cluster.synced = false;
    cluster.refusedWatches = ['Forbidden to watch daemonsets.'];
    await cluster.pass();
    expect(ready(cluster)).toMatchObject({ reason: 'PermissionMissing', message: 'Forbidden to watch daemonsets.' });
  });

  it('does not claim to see refused pods when events may not be watched and pods do not tell', async () => {
    const cluster = aCluster();
    cluster.failuresObserved = false;
    cluster.applyTuning('default');
    await cluster.settle();
    const observed = statusOf(cluster)?.conditions?.find(({ type }) => type === 'FailuresObserved');
    expect(observed).toMatchObject({ status: 'False', reason: 'NoFailureSignal' });
  });

  it('keeps the last verdict while the API server is away, and tries again with backoff', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.synced = false;
    const { record } = await cluster.pass();
    expect(record?.plan).toMatchObject({ kind: 'Hold', reason: 'SnapshotIncomplete' });
    expect(ready(cluster)).toMatchObject({ status: 'True', reason: 'Tuned' });
    cluster.synced = true;
    cluster.daemonSet.writtenBy({ manager: 'eks', operation: 'Apply' }, 'WARM_ENI_TARGET', '1');
    cluster.finishRollout();
    cluster.daemonSet.failNext = new PortError('Unavailable', 'The API server does not answer.');
    await cluster.pass();
    const { requeue } = await cluster.pass();
    expect(['After', 'Backoff']).toContain(requeue.kind);
    await cluster.settle();
    expect(warmENI(cluster)).toBe('0');
  });

  it('reads a setting that was taken out of spec.settings as one to give back', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.applyTuning('default', { ...APPLY, settings: { warmPrefix: { min: 1, max: 4 } } });
    await cluster.settle();
    expect(warmENI(cluster)).toBe('1');
    expect(cluster.daemonSet.view.annotations[ORIGINALS_ANNOTATION]).toBeUndefined();
    expect(statusOf(cluster)?.changes?.[0]).toMatchObject({ from: 'WARM_ENI_TARGET=0', to: 'WARM_ENI_TARGET=1' });
  });

  it('gives back on deletion what was written before the watch told of it', async () => {
    const cluster = aCluster();
    const before = cluster.daemonSet.view;
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    expect(warmENI(cluster)).toBe('0');
    cluster.lateDaemonSet = before;
    cluster.deleteTuning('default');
    const { requeue } = await cluster.pass();
    expect(requeue).toEqual({ kind: 'After', ms: 1_000 });
    cluster.lateDaemonSet = undefined;
    await cluster.pass();
    expect(warmENI(cluster)).toBe('1');
    expect(cluster.tunings.size).toBe(0);
  });

  it('takes the last finalizer when the DaemonSet is gone', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    cluster.daemonSetExists = false;
    cluster.deleteTuning('default');
    await cluster.pass();
    expect(cluster.tunings.size).toBe(0);
    expect(cluster.events.map(({ note }) => note)).toEqual(['The DaemonSet is gone: nothing is left to give back.']);
  });

  it('does not delete while giving back would keep the CNI from starting', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    const { view } = cluster.daemonSet;
    const env = view.env.map((entry) => (entry.name === 'ENABLE_IPv4' ? { ...entry, value: 'false' } : entry));
    cluster.daemonSet.view = { ...view, env };
    cluster.deleteTuning('default');
    await cluster.pass();
    expect(cluster.tunings.get('default')?.hasFinalizer).toBe(true);
    expect(statusOf(cluster)?.hold).toMatchObject({ reason: 'ResultInvalid' });
  });
});

describe('the condition HistoryKept', () => {
  const kept = (cluster: FakeCluster) => statusOf(cluster)?.conditions?.find(({ type }) => type === 'HistoryKept');

  it('says whether a restart would lose the history, and leaves Ready alone', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    cluster.keeping = { kind: 'Pending' };
    await cluster.settle();
    expect(kept(cluster)).toMatchObject({ status: 'Unknown', reason: 'Pending' });
    const before = ready(cluster);
    cluster.keeping = { kind: 'NotKept', reason: 'CheckpointForbidden', message: 'It may not write.' };
    await cluster.settle();
    expect(kept(cluster)).toMatchObject({
      status: 'False',
      reason: 'CheckpointForbidden',
      message: 'It may not write.',
    });
    cluster.keeping = { kind: 'Kept', refused: 'Part 0 is torn.' };
    await cluster.settle();
    expect(kept(cluster)).toMatchObject({
      status: 'True',
      reason: 'EarlierHistoryRefused',
      message: expect.stringMatching(/Part 0 is torn\.$/),
    });
    expect(ready(cluster)).toEqual(before);
  });

  it('stands over a restart until the new process knows better', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    cluster.keeping = { kind: 'Kept', refused: undefined };
    await cluster.settle();
    const writes = cluster.statusWrites;
    cluster.keeping = { kind: 'Pending' };
    await cluster.settle();
    expect(kept(cluster)).toMatchObject({ status: 'True', reason: 'HistoryCheckpointed' });
    expect(cluster.statusWrites).toBe(writes);
  });
});

describe('a rollout', () => {
  it('is not taken for complete before our own write is seen', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    const stale = cluster.daemonSet.view;
    await cluster.settle();
    const fresh = cluster.daemonSet.view;
    cluster.daemonSet.view = { ...stale, resourceVersion: fresh.resourceVersion };
    await cluster.pass();
    expect(statusOf(cluster)?.changes?.[0]?.result).toBe('RollingOut');
    cluster.daemonSet.view = fresh;
    cluster.finishRollout();
    await cluster.settle();
    expect(statusOf(cluster)?.changes?.[0]?.result).toBe('Complete');
  });

  it('waits for no node that is not Ready or younger than the change', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    const [first, ...others] = cluster.nodes;
    if (first === undefined) throw new Error('no node');
    cluster.nodes = [{ ...first, ready: false }, ...others];
    cluster.progressRollout(others.map(({ name }) => name));
    await cluster.settle();
    expect(ready(cluster)).toMatchObject({ status: 'True', reason: 'Tuned' });
  });

  it('that somebody else overwrites is superseded, not waited for', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    cluster.daemonSet.writtenBy({ manager: 'kubectl-edit', operation: 'Update' }, 'WARM_ENI_TARGET', '3');
    cluster.finishRollout();
    cluster.nowMs += 2 * MINUTE_MS;
    await cluster.settle();
    expect(statusOf(cluster)?.changes?.[0]?.result).toBe('Superseded');
    expect(ready(cluster)).toMatchObject({ status: 'False', reason: 'FieldsOwnedElsewhere' });
  });
});
