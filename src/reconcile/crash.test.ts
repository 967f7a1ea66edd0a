/** What a pass makes of the state that a crash left. */
import { describe, expect, it } from 'vitest';
import { ORIGINALS_ANNOTATION } from '../api/cnituning.ts';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { AT_ONCE } from '../../test/support/builders.ts';
import { ready, statusOf, warmENI } from '../../test/support/cluster-reading.ts';
import { PortError } from './ports.ts';

const APPLY = { mode: 'Apply', takeOverFrom: ['eks'], changes: AT_ONCE } as const;

describe('a crash', () => {
  it('between the write and its record is found by the values we own', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    await cluster.pass();
    cluster.failNextStatus = new PortError('Unavailable', 'The process died here.');
    await cluster.pass();
    expect(warmENI(cluster)).toBe('0');
    cluster.finishRollout();
    await cluster.settle();
    expect(cluster.daemonSet.templateChanges).toBe(1);
    expect(statusOf(cluster)?.changes).toHaveLength(1);
    expect(statusOf(cluster)?.changes?.[0]).toMatchObject({ from: 'WARM_ENI_TARGET=1', to: 'WARM_ENI_TARGET=0' });
    expect(ready(cluster)).toMatchObject({ status: 'True', reason: 'Tuned' });
  });

  it('loses no event of a change that was made', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    await cluster.pass();
    cluster.failNextStatus = new PortError('Conflict', 'Somebody changed the spec at the same moment.');
    await cluster.pass();
    const told = cluster.events.filter(({ reason }) => reason === 'RollingOut');
    expect(told.map(({ regarding }) => regarding.kind)).toEqual(['CniTuning', 'DaemonSet']);
  });

  it('is not seen in a change that is older than the changes on record', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    const other = { time: '2026-03-02T08:00:00Z', from: 'WARM_PREFIX_TARGET=1', because: 'Later.' };
    const changes = Array.from({ length: 10 }, (_, at) => ({
      ...other,
      to: `WARM_PREFIX_TARGET=${at}`,
      result: 'Complete' as const,
    }));
    const object = cluster.tunings.get('default');
    cluster.tunings.set('default', { ...object, status: { ...object?.status, changes } } as never);
    await cluster.settle();
    expect(statusOf(cluster)?.changes).toEqual(changes);
  });

  it('after a take-over loses no original', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { hasFinalizer: true });
    await cluster.pass();
    cluster.failNextStatus = new PortError('Unavailable', 'The process died here.');
    await cluster.pass();
    cluster.finishRollout();
    await cluster.settle();
    cluster.deleteTuning('default');
    await cluster.pass();
    const entry = cluster.daemonSet.view.env.find(({ name }) => name === 'WARM_ENI_TARGET');
    expect(entry).toMatchObject({ value: '1', valueOwners: [{ manager: 'eks', operation: 'Apply' }] });
  });

  it('between giving back and taking the finalizer off repeats harmlessly', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY);
    await cluster.settle();
    cluster.deleteTuning('default');
    const ports = cluster.ports();
    const { daemonSet } = cluster.snapshot();
    if (daemonSet === undefined) throw new Error('no DaemonSet');
    const { ref, uid, resourceVersion, annotations } = daemonSet;
    const recorded = annotations[ORIGINALS_ANNOTATION];
    await ports.warmSettings.restore({ ref, uid, resourceVersion, recorded }, JSON.parse(recorded ?? '[]'), []);
    await cluster.pass();
    expect(cluster.tunings.size).toBe(0);
    expect(warmENI(cluster)).toBe('1');
    expect(cluster.daemonSet.templateChanges).toBe(2);
  });

  it('counts a write of which no status tells before it makes another', async () => {
    const cluster = aCluster();
    const spec = { takeOverFrom: ['eks'] } as const;
    cluster.applyTuning('default', spec, { hasFinalizer: true });
    await cluster.settle();
    const before = [{ setting: 'warmENI', state: 'value', value: '1', owners: [] }];
    cluster.daemonSet.annotatedBySomebody({ [ORIGINALS_ANNOTATION]: JSON.stringify(before) });
    cluster.daemonSet.writtenBy({ manager: 'cni-tuner', operation: 'Apply' }, 'WARM_ENI_TARGET', '2');
    cluster.finishRollout();
    cluster.applyTuning('default', { ...spec, mode: 'Apply' });
    const { record } = await cluster.pass();
    expect(record?.recommendation).toMatchObject({ kind: 'Advice', values: { warmENI: 1 } });
    // The next step down: it waits for what the last one shows.
    expect(record?.plan).toMatchObject({ kind: 'Hold', reason: 'CollectingHistory' });
    expect(warmENI(cluster)).toBe('2');
    expect(statusOf(cluster)?.changes?.map(({ to }) => to)).toEqual(['WARM_ENI_TARGET=2']);
  });
});
