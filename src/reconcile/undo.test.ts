/** What a person's request to undo does to the cluster, whatever happens between its steps. */
import { describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { AT_ONCE, anAccount, HOUR_MS } from '../../test/support/builders.ts';
import { ready, statusOf, warmENI } from '../../test/support/cluster-reading.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import { ORIGINALS_ANNOTATION, ROLLBACK_ANNOTATION } from '../api/cnituning.ts';
import type { TuningSpec } from '../api/tuning-spec.ts';
import { PortError } from './ports.ts';

const APPLY = { mode: 'Apply', takeOverFrom: ['eks'], changes: AT_ONCE } as const;

/** WARM_ENI_TARGET is 0 on every node, and was 1 of eks before. */
async function changed(more: Partial<TuningSpec> = {}): Promise<FakeCluster> {
  const cluster = aCluster();
  cluster.applyTuning('default', { ...APPLY, ...more });
  await cluster.settle();
  cluster.finishRollout();
  await cluster.settle();
  expect(warmENI(cluster)).toBe('0');
  return cluster;
}

/** Of the version before ours, so that another pass is the one that writes. */
async function undone(cluster: FakeCluster, token = 'night-1'): Promise<FakeCluster> {
  cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: token });
  await cluster.settle();
  cluster.finishRollout();
  await cluster.settle();
  return cluster;
}

function owners(cluster: FakeCluster): readonly string[] {
  const entry = cluster.daemonSet.view.env.find(({ name }) => name === 'WARM_ENI_TARGET');
  return (entry?.valueOwners ?? []).map(({ manager }) => manager);
}

const told = (cluster: FakeCluster): string | undefined => statusOf(cluster)?.rollback?.message;
const hold = (cluster: FakeCluster): string | undefined => statusOf(cluster)?.hold?.reason;

describe('a request to undo', () => {
  it('gives back the value and the owner of before, and remembers what was undone', async () => {
    const cluster = await undone(await changed());
    expect(warmENI(cluster)).toBe('1');
    expect(owners(cluster)).toEqual(['eks']);
    expect(cluster.daemonSet.view.annotations[ORIGINALS_ANNOTATION]).toBeUndefined();
    expect(statusOf(cluster)).toMatchObject({
      lastHandledRollback: 'night-1',
      rollback: { token: 'night-1', undone: 'WARM_ENI_TARGET=0', back: 'WARM_ENI_TARGET=1' },
      changes: [
        { from: 'WARM_ENI_TARGET=0', to: 'WARM_ENI_TARGET=1', result: 'Complete' },
        { from: 'WARM_ENI_TARGET=1', to: 'WARM_ENI_TARGET=0', result: 'Undone' },
      ],
    });
    expect(told(cluster)).toBe(
      "WARM_ENI_TARGET goes back from 0 to 1, which eks had set before cni-tuner's first write.",
    );
    expect(ready(cluster)).toMatchObject({ status: 'True', reason: 'RolledBack' });
  });

  it('holds the same value until the annotation is gone, over any time and change of the spec', async () => {
    const cluster = await undone(await changed());
    cluster.applyTuning(
      'default',
      { ...APPLY, takeOverFrom: ['eks', 'helm'] },
      {
        annotations: { [ROLLBACK_ANNOTATION]: 'night-1' },
      },
    );
    await cluster.settle();
    expect(hold(cluster)).toBe('RolledBack');
    cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: undefined });
    cluster.nowMs += 7 * HOUR_MS;
    cluster.account = anAccount({ ...cluster.account, takenAtMs: cluster.nowMs });
    await cluster.settle();
    expect(warmENI(cluster)).toBe('0');
    expect(statusOf(cluster)?.rollback).toBeUndefined();
    expect(statusOf(cluster)?.lastHandledRollback).toBe('night-1');
  });

  it('lets another value through', async () => {
    const cluster = await undone(await changed());
    cluster.applyTuning(
      'default',
      { ...APPLY, settings: { warmENI: { min: 2, max: 3 } } },
      {
        annotations: { [ROLLBACK_ANNOTATION]: 'night-1' },
      },
    );
    await cluster.settle();
    expect(warmENI(cluster)).toBe('2');
  });

  it('takes back the last change only: a value of ours stays ours', async () => {
    const cluster = await undone(await changed());
    cluster.applyTuning('default', { ...APPLY, settings: { warmENI: { min: 2, max: 3 } } });
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.applyTuning('default', { ...APPLY, settings: { warmENI: { min: 3, max: 3 } } });
    await cluster.settle();
    expect(warmENI(cluster)).toBe('3');
    await undone(cluster, 'night-2');
    expect(warmENI(cluster)).toBe('2');
    expect(owners(cluster)).toEqual(['cni-tuner']);
    expect(told(cluster)).toBe('WARM_ENI_TARGET goes back from 3 to 2, which cni-tuner had written before.');
    expect(hold(cluster)).toBe('RolledBack');
    cluster.deleteTuning('default');
    await cluster.pass();
    expect([warmENI(cluster), ...owners(cluster)]).toEqual(['1', 'eks']);
  });

  it('is carried out while a rollout is under way, while suspended and in Recommend mode', async () => {
    for (const more of [{}, { suspend: true }, { mode: 'Recommend' }] as const) {
      const cluster = await changed();
      cluster.progressRollout(['node-1']);
      cluster.applyTuning('default', { ...APPLY, ...more });
      await cluster.settle();
      await undone(cluster);
      expect([warmENI(cluster), ...owners(cluster)], JSON.stringify(more)).toEqual(['1', 'eks']);
    }
  });

  it('is answered once, and writes nothing more', async () => {
    const cluster = await undone(await changed());
    const { templateChanges } = cluster.daemonSet;
    const { statusWrites } = cluster;
    cluster.nowMs += 60_000;
    await cluster.pass();
    await cluster.pass();
    expect([cluster.daemonSet.templateChanges, cluster.statusWrites]).toEqual([templateChanges, statusWrites]);
    expect(templateChanges).toBe(2);
  });
});

describe('a request that has nothing to undo', () => {
  it('is answered before there was any change, and nothing is held for it', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', APPLY, { annotations: { [ROLLBACK_ANNOTATION]: 'night-1' } });
    await cluster.pass();
    expect(statusOf(cluster)).toMatchObject({ lastHandledRollback: 'night-1', rollback: { token: 'night-1' } });
    expect(told(cluster)).toBe('Nothing was undone: cni-tuner has written nothing yet.');
    await cluster.settle();
    expect(warmENI(cluster)).toBe('0');
  });

  it('does not undo an undo, and the value stays held', async () => {
    const cluster = await undone(await undone(await changed()), 'night-2');
    expect(told(cluster)).toMatch(/^Nothing was undone: the last change, at \S+, was itself an undo\. Deleting /);
    expect(statusOf(cluster)?.lastHandledRollback).toBe('night-2');
    expect([warmENI(cluster), hold(cluster)]).toEqual(['1', 'RolledBack']);
  });

  it('leaves alone what somebody else has written since', async () => {
    const cluster = await changed();
    cluster.daemonSet.writtenBy({ manager: 'kubectl-edit', operation: 'Update' }, 'WARM_ENI_TARGET', '3');
    await undone(cluster);
    expect(warmENI(cluster)).toBe('3');
    expect(told(cluster)).toBe(
      "Nothing was undone: what the last change wrote is not cni-tuner's any more: WARM_ENI_TARGET (kubectl-edit) owns it now.",
    );
  });

  it('remembers the value that a person has already taken back by hand', async () => {
    const cluster = await changed({ takeOverFrom: ['eks', 'kubectl-edit'] });
    cluster.daemonSet.writtenBy({ manager: 'kubectl-edit', operation: 'Update' }, 'WARM_ENI_TARGET', '1');
    await undone(cluster);
    expect(told(cluster)).toBe('Nothing to write: WARM_ENI_TARGET=1 stands already.');
    expect([warmENI(cluster), hold(cluster)]).toEqual(['1', 'RolledBack']);
  });

  it('heeds the veto of the DaemonSet, and an environment with which the CNI would not start', async () => {
    const vetoed = await changed();
    vetoed.daemonSet.annotatedBySomebody({ 'cnituning.dev/do-not-tune': 'true' });
    await undone(vetoed);
    expect([warmENI(vetoed), told(vetoed)]).toEqual([
      '0',
      'Nothing was undone: DaemonSet kube-system/aws-node carries the annotation cnituning.dev/do-not-tune: "true".',
    ]);
    const broken = await changed();
    broken.daemonSet.writtenBy({ manager: 'eks', operation: 'Apply' }, 'ENABLE_IPv4', 'false');
    await undone(broken);
    expect(warmENI(broken)).toBe('0');
    expect(told(broken)).toMatch(/^Nothing was undone: with WARM_ENI_TARGET=1 the CNI would not start: ENABLE_IPv4 /);
  });
});

describe('a crash during an undo', () => {
  const died = new PortError('Unavailable', 'The process died here.');

  it.each(['Restore', 'Apply'] as const)('between the write and its record is found (%s)', async (way) => {
    const cluster = await changed();
    if (way === 'Apply') {
      cluster.applyTuning('default', { ...APPLY, settings: { warmENI: { min: 2, max: 3 } } });
      await cluster.settle();
      cluster.finishRollout();
      await cluster.settle();
    }
    const { templateChanges } = cluster.daemonSet;
    cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: 'night-1' });
    await cluster.pass();
    cluster.failNextStatus = died;
    await cluster.pass();
    expect(statusOf(cluster)?.lastHandledRollback).toBeUndefined();
    cluster.finishRollout();
    await cluster.settle();
    expect(cluster.daemonSet.templateChanges).toBe(templateChanges + 1);
    const { changes = [], lastHandledRollback } = statusOf(cluster) ?? {};
    expect(lastHandledRollback).toBe('night-1');
    expect(changes[0]?.because).toMatch(/^Undone by request/);
    expect(changes.map(({ result }) => result)).toEqual(
      way === 'Restore' ? ['Complete', 'Undone'] : ['Complete', 'Undone', 'Complete'],
    );
    expect(warmENI(cluster)).toBe(way === 'Restore' ? '1' : '0');
  });

  it('before the write is continued', async () => {
    const cluster = await changed();
    cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: 'night-1' });
    await cluster.pass();
    cluster.daemonSet.failNext = died;
    await cluster.pass();
    expect(warmENI(cluster)).toBe('0');
    await undone(cluster);
    expect([warmENI(cluster), statusOf(cluster)?.lastHandledRollback]).toEqual(['1', 'night-1']);
  });

  it('does not undo the change before one that no status tells of', async () => {
    const cluster = await undone(await changed());
    cluster.applyTuning('default', { ...APPLY, settings: { warmENI: { min: 2, max: 3 } } });
    await cluster.settle();
    cluster.finishRollout();
    await cluster.settle();
    cluster.applyTuning('default', { ...APPLY, settings: { warmENI: { min: 3, max: 3 } } });
    await cluster.pass();
    cluster.failNextStatus = died;
    await cluster.pass();
    expect(warmENI(cluster)).toBe('3');
    await undone(cluster, 'night-2');
    expect(warmENI(cluster)).toBe('2');
    expect(
      statusOf(cluster)
        ?.changes?.map(({ result }) => result)
        .slice(0, 2),
    ).toEqual(['Complete', 'Undone']);
  });

  it('withdrawn before it was carried out does nothing', async () => {
    const cluster = await changed();
    cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: 'night-1' });
    await cluster.pass();
    cluster.annotateTuning('default', { [ROLLBACK_ANNOTATION]: undefined });
    await cluster.settle();
    cluster.nowMs += HOUR_MS;
    expect(warmENI(cluster)).toBe('0');
    expect(statusOf(cluster)?.rollback).toBeUndefined();
  });
});
