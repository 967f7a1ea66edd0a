import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { statusOf } from '../reconcile/status.ts';
import type { Story } from '../../test/scenarios/a-story.ts';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { anAccount, HOUR_MS, someChanges } from '../../test/support/builders.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import type { ClusterState } from './cluster-state.ts';
import { parseState, STATE_FORMAT, stateText } from './cluster-state.ts';
import { dryPass } from './dry-pass.ts';
import { explainAnswer } from './explain-answer.ts';
import { render } from './output.ts';
import { planAnswer } from './plan-answer.ts';
import { redacted } from './redact.ts';

const STORIES = globSync(join(import.meta.dirname, '../../test/scenarios/*/story.ts'));

function stateOf(cluster: FakeCluster): ClusterState {
  const { tunings, memory, evaluator } = cluster.ports();
  return {
    format: STATE_FORMAT,
    takenAtMs: cluster.nowMs,
    isRedacted: false,
    tunings: tunings.list(),
    daemonSets: tunings.list().map(({ spec }) => ({ ref: spec.daemonSetRef, snapshot: cluster.snapshot() })),
    remembered: Object.fromEntries(
      tunings
        .list()
        .map(({ name, spec }) => [
          name,
          { watchedMs: memory.watchedMs(spec.history.windowMs, cluster.nowMs), evaluation: evaluator.latest(name) },
        ]),
    ),
  };
}

/** As another program on another machine reads it. */
const throughFile = (state: ClusterState): ClusterState => parseState(stateText(state), 'state.json');
const look = { format: 'table', hasColour: false, width: 80 } as const;

async function recommended(spec: object = {}): Promise<FakeCluster> {
  const cluster = aCluster();
  cluster.applyTuning('default', { takeOverFrom: ['eks'], ...spec });
  await cluster.settle();
  return cluster;
}

describe('a dry pass', () => {
  it.each(STORIES.map((path) => [basename(dirname(path)), path]))(
    'plans in the story %s byte for byte what the operator plans',
    // As long as the stories' own tier gives them.
    { timeout: 20_000 },
    async (_, path) => {
      const { story } = (await import(path)) as { readonly story: Story };
      const cluster = await story.play();
      for (const { name, deletionRequested } of cluster.tunings.values()) {
        if (deletionRequested) continue;
        const { record: dry } = dryPass(throughFile(stateOf(cluster)), name);
        const { record } = await cluster.pass(name);
        expect(JSON.stringify(dry.plan)).toBe(JSON.stringify(record?.plan));
        expect(JSON.stringify(dry.recommendation)).toBe(JSON.stringify(record?.recommendation));
        if (record?.outcome.kind === 'Held' || record?.outcome.kind === 'Kept') {
          expect(JSON.stringify(statusOf(dry))).toBe(JSON.stringify(statusOf(record)));
        }
      }
    },
  );

  it('goes on from the published recommendation where the history is not known', async () => {
    const cluster = await recommended();
    const { record } = dryPass({ ...throughFile(stateOf(cluster)), remembered: {} }, 'default');
    expect(record.recommendation).toMatchObject({ kind: 'Advice', values: { warmENI: 0 } });
    expect(record.plan).toMatchObject({ kind: 'Hold', reason: 'RecommendMode' });
  });

  it('says so where no operator has reported', () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    const { record } = dryPass({ ...stateOf(cluster), remembered: {} }, 'default');
    expect(record.plan).toMatchObject({
      kind: 'Hold',
      reason: 'CollectingHistory',
      message: expect.stringContaining('No operator has reported'),
    });
  });

  it('writes nothing', async () => {
    const cluster = await recommended();
    const before = JSON.stringify([cluster.daemonSet.view, [...cluster.tunings.values()]]);
    dryPass(stateOf(cluster), 'default');
    expect(JSON.stringify([cluster.daemonSet.view, [...cluster.tunings.values()]])).toBe(before);
  });
});

describe('plan', () => {
  it('shows each variable before and after, every guard, and the reach of a change', async () => {
    const cluster = await recommended();
    const text = render(planAnswer(dryPass(stateOf(cluster), 'default')), look);
    expect(text).toMatch(/WARM_ENI_TARGET +1 +0 +eks/);
    expect(text).toContain(`\n  kubectl patch cnit default --type=merge -p '{"spec":{"mode":"Apply"}}'\n`);
    expect(text).toMatch(/RecommendMode +holds/);
    expect(text).toMatch(/Ec2Throttled +ok/);
    expect(text).toContain('restarts aws-node on 4 Ready nodes');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('explain', () => {
  it('gives the numbers, the exact next command, and the way back', async () => {
    const cluster = await recommended();
    const text = render(explainAnswer(dryPass(stateOf(cluster), 'default')), look);
    expect(text).toContain('idle addresses per node');
    expect(text).toContain(`  kubectl patch cnit default --type=merge -p '{"spec":{"mode":"Apply"}}'`);
    expect(text).toContain('  kubectl delete cnit default');
    expect(text).toMatch(/Decided by/);
  });

  it.each([
    ['0 6 * * *', 'A window of spec.changes.windows is open, at least until 2026-03-02T10:00:00Z.'],
    [
      '0 8 * * *',
      'No window of spec.changes.windows is open; the next one comes at 2026-03-02T08:00:00Z, when "0 8 * * *" opens for 4h.',
    ],
  ])('tells in every mode whether a window is open: %s', async (schedule, says) => {
    const windows = [{ schedule, durationMs: 4 * HOUR_MS, timeZone: 'UTC' }];
    const cluster = await recommended({ changes: someChanges({ windows }) });
    const { sections, value } = explainAnswer(dryPass(stateOf(cluster), 'default'));
    expect(sections).toContainEqual({ kind: 'Paragraph', text: says });
    expect(value).toMatchObject({ windows: { kind: schedule === '0 6 * * *' ? 'Open' : 'Shut' } });
  });

  it('tells of the changes made and of what was there before', async () => {
    const cluster = await recommended({ mode: 'Apply' });
    cluster.nowMs += 60_000;
    cluster.finishRollout();
    await cluster.settle();
    const text = render(explainAnswer(dryPass(stateOf(cluster), 'default')), look);
    expect(text).toContain('Changes, newest first');
    expect(text).toMatch(/WARM_ENI_TARGET +1 +eks/);
  });
});

describe('explain, where the operator may not write', () => {
  it.each([false, true])(
    'says what the operator reports, not what a look from outside comes to (deleted: %s)',
    async (deleted) => {
      const cluster = await recommended({ mode: 'Apply' });
      const state = stateOf(cluster);
      const [tuning] = state.tunings;
      if (tuning?.status === undefined) throw new Error('no operator has reported');
      const ready = {
        type: 'Ready',
        status: 'False',
        reason: 'PermissionMissing',
        message: 'It cannot patch the DaemonSet.',
        lastTransitionTime: '2026-03-01T00:00:00Z',
      } as const;
      const refused = { ...tuning, deletionRequested: deleted, status: { ...tuning.status, conditions: [ready] } };
      const text = render(explainAnswer(dryPass({ ...state, tunings: [refused] }, 'default')), look);
      expect(text).toContain('The operator reports PermissionMissing: It cannot patch the DaemonSet.');
      expect(text).toMatch(/Ready +False +PermissionMissing +2026-03-01/);
      expect(text.includes('It is being deleted')).toBe(deleted);
    },
  );
});

describe('explain, where a write is due', () => {
  it('does not claim that the operator writes while it reports of this generation that it cannot', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
    await cluster.pass();
    const state = stateOf(cluster);
    const [tuning] = state.tunings;
    if (tuning?.status === undefined) throw new Error('no operator has reported');
    const stalled = (observedGeneration: number) => ({
      type: 'Stalled',
      status: 'True' as const,
      reason: 'PermissionMissing',
      message: 'It cannot patch the DaemonSet.',
      observedGeneration,
      lastTransitionTime: '2026-03-01T00:00:00Z',
    });
    const told = (generation: number): string => {
      const status = { ...tuning.status, observedGeneration: 1, conditions: [stalled(generation)] };
      const answer = explainAnswer(dryPass({ ...state, tunings: [{ ...tuning, status }] }, 'default'));
      return render(answer, look).split('\n\n')[0]?.replaceAll('\n', ' ') ?? '';
    };
    expect(told(1)).toBe(
      'default (Apply mode): would write, and cannot: PermissionMissing. It cannot patch the DaemonSet.',
    );
    expect(told(0)).toMatch(/^default \(Apply mode\): writes now\. /);
  });
});

describe('a redacted snapshot', () => {
  it('names no node, instance, subnet or range, and is decided alike', async () => {
    const cluster = await recommended();
    const state = stateOf(cluster);
    const hidden = throughFile(redacted(state, 'salt'));
    const text = stateText(hidden);
    for (const name of ['node-1"', 'i-node-1', 'subnet-a', 'vpc-1', '10.0.0.0']) expect(text).not.toContain(name);
    expect(hidden.isRedacted).toBe(true);
    expect(JSON.stringify(dryPass(hidden, 'default').record.plan)).toBe(
      JSON.stringify(dryPass(state, 'default').record.plan),
    );
  });

  it('hides who and where in the words of AWS and in names of nodes that are gone', async () => {
    const cluster = await recommended();
    const secrets = ['arn:aws:sts::123456789012:assumed-role/payments-prod/x', 'i-0123456789abcdef0', '10.20.30.40'];
    const gone = 'ip-10-20-30-40.ec2.internal';
    const message = `AccessDenied: ${secrets.join(' and ')} on ${gone}, account 123456789012.`;
    const gaps = [{ reason: 'NoCredentials', action: undefined, message } as const];
    cluster.account = { ...anAccount(), gaps };
    const text = stateText(redacted(stateOf(cluster), 'salt'));
    for (const secret of [...secrets, gone, '123456789012']) expect(text).not.toContain(secret);
    expect(text).toContain('AccessDenied: ');
  });

  it('hides texts of the environment, but none that the CNI would refuse otherwise', () => {
    const env = { CLUSTER_NAME: 'payments', ADDITIONAL_ENI_TAGS: '{"team":"x"}', AWS_VPC_K8S_CNI_VETHPREFIX: 'eni' };
    const cluster = aCluster({ env: { ...env, WARM_ENI_TARGET: 'abc' } });
    cluster.applyTuning('default');
    const shown = redacted(stateOf(cluster), 'salt').daemonSets[0]?.snapshot.daemonSet?.env ?? [];
    const valueOf = (variable: string) => shown.find(({ name }) => name === variable)?.value;
    expect(valueOf('CLUSTER_NAME')).toMatch(/^redacted-/);
    expect(valueOf('ADDITIONAL_ENI_TAGS')).toMatch(/^redacted-/);
    expect(valueOf('AWS_VPC_K8S_CNI_VETHPREFIX')).toBe('eni');
    expect(valueOf('WARM_ENI_TARGET')).toBe('abc');
  });

  it('hides equal names alike within a file, and otherwise in the next', async () => {
    const state = stateOf(await recommended());
    const first = redacted(state, 'one').daemonSets[0]?.snapshot;
    expect(first?.awsNodePods.map(({ nodeName }) => nodeName)).toEqual(first?.nodes.map(({ name }) => name));
    expect(redacted(state, 'two').daemonSets[0]?.snapshot.nodes[0]?.name).not.toBe(first?.nodes[0]?.name);
  });
});

describe('a snapshot file', () => {
  it.each([
    ['{"format": ', 'state.json, line 1, column 12: the file is not whole JSON'],
    ['# A page\n\nof words', 'state.json is no snapshot; `cni-tuner snapshot > FILE` writes one.'],
    ['{"format": 1}', 'state.json is no snapshot'],
    ['{"format": "cni-tuner-snapshot/9", "tunings": [], "daemonSets": []}', 'has the format "cni-tuner-snapshot/9"'],
  ])('that is %s is refused with one sentence', (text, sentence) => {
    expect(() => parseState(text, 'state.json')).toThrow(sentence);
  });
});
