import { describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import type { CheckpointStore } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import { CheckpointWriter } from '../tuning/checkpoint/checkpoint-writer.ts';
import type { ClusterState } from './cluster-state.ts';
import { STATE_FORMAT } from './cluster-state.ts';
import { dryPass } from './dry-pass.ts';
import { rememberedDemand } from './live-memory.ts';

const progress = { at: () => {}, end: () => {} };

/** As the cluster's operator stored it last. */
function storeOf(cluster: FakeCluster, ageMs = 0): CheckpointStore {
  const { bytes } = new CheckpointWriter(0).next(cluster.memory.picture(cluster.nowMs - ageMs));
  return { read: async () => [bytes], write: async () => 'Stored' };
}

async function stateOf(cluster: FakeCluster, store: CheckpointStore): Promise<ClusterState> {
  const tunings = cluster.ports().tunings.list();
  const daemonSets = tunings.map(({ spec }) => ({ ref: spec.daemonSetRef, snapshot: cluster.snapshot() }));
  const seen = { takenAtMs: cluster.nowMs, tunings, daemonSets };
  return {
    ...seen,
    format: STATE_FORMAT,
    isRedacted: false,
    remembered: await rememberedDemand(store, seen, progress),
  };
}

describe('the stored history', () => {
  it('gives the command line the figures that the operator has', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { takeOverFrom: ['eks'] });
    const operators = (await cluster.settle()).recommendation;
    const state = await stateOf(cluster, storeOf(cluster));
    const { recommendation } = dryPass(state, 'default').record;
    expect(Object.keys(state.remembered)).toEqual(['default']);
    expect(recommendation).toEqual({ ...operators, evaluatedAtMs: expect.any(Number) });
  });

  it('is left aside where it is not enough to judge by', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { history: { windowMs: 1e12, halfLifeMs: 1e9, minimumMs: 1e11 } });
    expect((await stateOf(cluster, storeOf(cluster))).remembered).toEqual({});
  });

  it('is left aside where it may not be read, or none is there', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    const read = async () => {
      throw new PortError('Forbidden', 'You may not.');
    };
    expect((await stateOf(cluster, { ...storeOf(cluster), read })).remembered).toEqual({});
    expect((await stateOf(cluster, { ...storeOf(cluster), read: async () => [undefined] })).remembered).toEqual({});
  });
});
