import { describe, expect, it } from 'vitest';
import { aCluster } from '../../test/scenarios/a-story.ts';
import { statusOf, warmENI } from '../../test/support/cluster-reading.ts';
import type { FakeCluster } from '../../test/support/fake-cluster.ts';
import type { Desk } from '../kube/desk.ts';
import { PortError } from '../reconcile/ports.ts';
import type { Surroundings } from './command.ts';
import { render } from './output.ts';
import { undoByRequest } from './undo-request.ts';

const TOKEN = 'undo-2026-03-02T07:00:00.000Z';
const QUESTION =
  "default: WARM_ENI_TARGET goes back from 0 to 1, which eks had set before cni-tuner's first write. aws-node restarts on " +
  '4 nodes, as many at once as its maxUnavailable allows. cni-tuner does not write WARM_ENI_TARGET=0 again until you allow it.';

async function changed(): Promise<FakeCluster> {
  const cluster = aCluster();
  cluster.applyTuning('default', { mode: 'Apply', takeOverFrom: ['eks'] });
  await cluster.settle();
  cluster.finishRollout();
  await cluster.settle();
  return cluster;
}

/** The API server of that cluster; an operator passes between two looks, where one runs. */
function deskOf(cluster: FakeCluster, { hasOperator = true } = {}): Desk {
  return {
    tunings: async () => cluster.ports().tunings.list(),
    tuning: async (name) => {
      if (hasOperator) await cluster.settle(name);
      return cluster.tunings.get(name);
    },
    daemonSet: async () => cluster.snapshot().daemonSet,
    annotate: async ({ name, resourceVersion }, annotations) => {
      if (cluster.tunings.get(name)?.resourceVersion !== resourceVersion) throw new PortError('Conflict', 'Newer.');
      cluster.annotateTuning(name, annotations);
    },
    events: async () => ({ events: [], hasMore: false }),
    close: async () => {},
  };
}

function asking(cluster: FakeCluster, more: { readonly yes?: boolean; readonly ask?: Surroundings['ask'] } = {}) {
  const { yes = false, ask } = more;
  const progress = () => ({ at: () => {}, end: () => {} });
  const surroundings = { env: {}, nowMs: () => cluster.nowMs, progress, ...(ask === undefined ? {} : { ask }) };
  return { name: 'default', isConfirmed: yes, timeoutMs: 120_000, surroundings };
}

/** By somebody else, so that there is a newer version. */
async function annotated(cluster: FakeCluster): Promise<boolean> {
  cluster.annotateTuning('default', { 'somebody/else': 'was here' });
  return true;
}

async function said(answered: Promise<Awaited<ReturnType<typeof undoByRequest>>>) {
  const done = await answered;
  if (done.kind !== 'Answer') throw new Error('no answer');
  return { exitCode: done.exitCode, text: render(done.answer, { format: 'table', hasColour: false, width: 200 }) };
}

describe('undo', () => {
  it('says what it will do, asks, and says what the DaemonSet has then', async () => {
    const cluster = await changed();
    const asked: string[] = [];
    const ask = async (text: string) => asked.push(text) > 0;
    const { exitCode, text } = await said(undoByRequest(deskOf(cluster), asking(cluster, { ask })));
    expect(asked).toEqual([`${QUESTION}\nDo it? [y/N] `]);
    expect(warmENI(cluster)).toBe('1');
    expect(statusOf(cluster)?.lastHandledRollback).toBe(TOKEN);
    expect(exitCode).toBe(0);
    expect(text).toBe(
      [
        "default: Undone. WARM_ENI_TARGET goes back from 0 to 1, which eks had set before cni-tuner's first write.",
        '',
        'VARIABLE         VALUE NOW  OWNER',
        'WARM_ENI_TARGET  1          eks',
        '',
        'cni-tuner does not write WARM_ENI_TARGET=0 again. To allow it:',
        '',
        '  kubectl annotate cnit default cnituning.dev/rollback-',
        '',
      ].join('\n'),
    );
  });

  it('does nothing without a yes: at a no, and where nobody can be asked', async () => {
    const cluster = await changed();
    const no = asking(cluster, { ask: async () => false });
    await expect(undoByRequest(deskOf(cluster), no)).rejects.toThrow('Nothing was done.');
    await expect(undoByRequest(deskOf(cluster), asking(cluster))).rejects.toThrow(
      `${QUESTION} There is no terminal to ask on: add --yes to do it.`,
    );
    expect(cluster.tunings.get('default')?.annotations).toEqual({});
  });

  it('asks for nothing where there is nothing to undo, and says so', async () => {
    const cluster = aCluster();
    cluster.applyTuning('default');
    const { exitCode, text } = await said(undoByRequest(deskOf(cluster), asking(cluster, { yes: true })));
    expect(text).toBe('default: Nothing was undone: cni-tuner has written nothing yet.\n');
    expect(exitCode).toBe(1);
    expect(cluster.tunings.get('default')?.annotations).toEqual({});
  });

  it('has what a person took back by hand held, too', async () => {
    const cluster = await changed();
    cluster.daemonSet.writtenBy({ manager: 'kubectl-edit', operation: 'Update' }, 'WARM_ENI_TARGET', '1');
    const { exitCode, text } = await said(undoByRequest(deskOf(cluster), asking(cluster, { yes: true })));
    expect(text).toMatch(/^default: Undone\. Nothing to write: WARM_ENI_TARGET=1 stands already\./);
    expect(exitCode).toBe(0);
    expect(statusOf(cluster)?.rollback?.undone).toBe('WARM_ENI_TARGET=0');
  });

  it('asks again of a newer version that says the same, and not of one that does not', async () => {
    const cluster = await changed();
    const newer = async () => await annotated(cluster);
    expect(await said(undoByRequest(deskOf(cluster), asking(cluster, { ask: newer })))).toMatchObject({ exitCode: 0 });
    const again = await changed();
    const another = async () => {
      again.daemonSet.writtenBy({ manager: 'helm', operation: 'Update' }, 'WARM_ENI_TARGET', '3');
      return await annotated(again);
    };
    await expect(undoByRequest(deskOf(again), asking(again, { ask: another }))).rejects.toThrow(
      'default has changed meanwhile, and nothing was asked for; run it again.',
    );
  });

  it('gives up waiting when no operator handles it, and says that the request stands', async () => {
    const cluster = await changed();
    const at = { ...asking(cluster, { yes: true }), timeoutMs: 0 };
    await expect(undoByRequest(deskOf(cluster, { hasOperator: false }), at)).rejects.toThrow(
      /^The operator has not handled the request within 0s\. It stands, .* kubectl annotate cnit default cnituning\.dev\/rollback-$/,
    );
    expect(cluster.tunings.get('default')?.annotations).toEqual({ 'cnituning.dev/rollback': TOKEN });
  });

  it('names those that there are when there is none of that name', async () => {
    const cluster = await changed();
    const at = { ...asking(cluster, { yes: true }), name: 'other' };
    await expect(undoByRequest(deskOf(cluster), at)).rejects.toThrow(
      'There is no CniTuning "other"; name one of default.',
    );
  });
});
