import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { anEvaluationRequest, aSegment } from '../../test/support/an-evaluation-request.ts';
import type { EvaluatorOptions } from './evaluator.ts';
import { WorkerEvaluator } from './evaluator.ts';
import { createLog } from './log.ts';
import { processTimer } from './timer.ts';

const REAL = new URL('./evaluator/evaluator-worker.ts', import.meta.url);

/** A thread that answers each question with how many segments it got, unless `misbehave` does something else first. */
function aThread(misbehave = ''): URL {
  const source = `
    import { parentPort } from 'node:worker_threads';
    let asked, segments = 0, questions = 0;
    parentPort.on('message', (message) => {
      if (message.kind === 'Begin') { asked = message; segments = 0; }
      if (message.kind === 'Segments') segments += message.segments.length;
      if (message.kind !== 'Evaluate') return;
      questions += 1;
      ${misbehave}
      const { key, request } = asked;
      parentPort.postMessage({ kind: 'Finished', key, evaluation: { request, candidates: [], replayedSegments: segments, questions } });
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** A thread that remembers keys from their question on, as the real one does, and answers with all that it knows. */
function aRememberingThread(): URL {
  const source = `
    import { parentPort } from 'node:worker_threads';
    const known = new Set();
    let asked;
    parentPort.on('message', (message) => {
      if (message.kind === 'Begin') asked = message;
      if (message.kind === 'Forget') known.delete(message.key);
      if (message.kind !== 'Evaluate') return;
      const { key, request } = asked;
      known.add(key);
      parentPort.postMessage({ kind: 'Finished', key, evaluation: { request, candidates: [], known: [...known] } });
    });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/** A thread starts within a second, on a busy machine within several. */
const PATIENCE_MS = 9_000;

const open: WorkerEvaluator[] = [];
afterEach(async () => {
  for (const evaluator of open.splice(0)) await evaluator.close();
});

function anEvaluator(workerUrl: URL, more: Partial<EvaluatorOptions> = {}) {
  const finished: string[] = [];
  const lines: Record<string, unknown>[] = [];
  let failures = 0;
  const evaluator = new WorkerEvaluator({
    workerUrl,
    timer: processTimer,
    intervalMs: 0,
    log: createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) }),
    onFinished: (key) => finished.push(key),
    onFailure: () => (failures += 1),
    restart: { baseMs: 1, maxMs: 20 },
    ...more,
  });
  open.push(evaluator);
  return { evaluator, finished, lines, failures: () => failures };
}

const at = (toMs: number) => anEvaluationRequest({ evidence: { fromMs: 0, toMs, nodeHours: 1, podStarts: 1 } });

describe('WorkerEvaluator', () => {
  it('replays remembered demand under every candidate in a thread of its own, and settled stretches only once', async () => {
    const { evaluator, finished, lines } = anEvaluator(REAL);
    evaluator.request('default', anEvaluationRequest());
    await vi.waitFor(() => expect([finished, lines]).toEqual([['default'], []]), PATIENCE_MS);
    const first = evaluator.latest('default');
    expect(first?.candidates.length).toBeGreaterThan(1);
    expect([first?.replayedSegments, first?.reusedSegments]).toEqual([2, 0]);
    const segments = [aSegment('a'), aSegment('b'), aSegment('c')];
    evaluator.request('default', { ...at(2), segments });
    await vi.waitFor(() => expect(finished).toHaveLength(2), PATIENCE_MS);
    const second = evaluator.latest('default');
    expect([second?.replayedSegments, second?.reusedSegments]).toEqual([1, 2]);
  });

  it('sends all of a large memory', async () => {
    const { evaluator, finished } = anEvaluator(aThread());
    evaluator.request(
      'default',
      anEvaluationRequest({ segments: Array.from({ length: 1_000 }, (_, n) => aSegment(`${n}`)) }),
    );
    await vi.waitFor(() => expect(finished).toHaveLength(1), PATIENCE_MS);
    expect(evaluator.latest('default')?.replayedSegments).toBe(1_000);
  });

  it('lets the latest request of a key win and never asks the same twice', async () => {
    const { evaluator, finished } = anEvaluator(aThread());
    for (const toMs of [1, 2, 3, 4]) evaluator.request('default', at(toMs));
    await vi.waitFor(() => expect(evaluator.latest('default')?.request.evidence.toMs).toBe(4), PATIENCE_MS);
    evaluator.request('default', at(4));
    evaluator.request('other', at(4));
    await vi.waitFor(() => expect(finished).toEqual(['default', 'default', 'other']), PATIENCE_MS);
  });

  it('waits out the interval for newer demand, but not for other settings', async () => {
    const { evaluator, finished } = anEvaluator(aThread(), { intervalMs: 3_600_000 });
    evaluator.request('default', at(1));
    await vi.waitFor(() => expect(finished).toHaveLength(1), PATIENCE_MS);
    evaluator.request('default', at(2));
    const { liveSettings } = anEvaluationRequest();
    evaluator.request('default', { ...at(3), liveSettings: { ...liveSettings, warmENI: 2 } });
    await vi.waitFor(() => expect(finished).toHaveLength(2), PATIENCE_MS);
    expect(evaluator.latest('default')?.request.evidence.toMs).toBe(3);
  });

  it('replaces a thread that crashed, and asks again', async () => {
    const marker = join(mkdtempSync(join(tmpdir(), 'cni-tuner-evaluator-')), 'crashed');
    const crashOnce = `const fs = process.getBuiltinModule('node:fs'), marker = ${JSON.stringify(marker)};
      if (!fs.existsSync(marker)) { fs.writeFileSync(marker, ''); throw new Error('crash'); }`;
    const { evaluator, finished, failures, lines } = anEvaluator(aThread(crashOnce));
    evaluator.request('default', at(1));
    await vi.waitFor(() => expect(finished).toEqual(['default']), PATIENCE_MS);
    expect([failures(), lines.map(({ error }) => error)]).toEqual([1, ['crash']]);
    expect(evaluator.failures).toBe(0);
    rmSync(dirname(marker), { recursive: true });
  });

  it('counts crashes, says them, and goes on with the keys that do not crash it', async () => {
    const thread = aThread("if (asked.key === 'poison') process.exit(3);");
    const { evaluator, finished, failures, lines } = anEvaluator(thread);
    evaluator.request('poison', at(1));
    await vi.waitFor(() => expect(failures()).toBeGreaterThanOrEqual(3), PATIENCE_MS);
    expect(lines[0]).toMatchObject({ level: 'error', message: 'Evaluation failed', failures: 1 });
    evaluator.request('default', at(1));
    await vi.waitFor(() => expect(finished).toContain('default'), PATIENCE_MS);
    evaluator.forget('poison');
  });

  it('counts a question that throws, and answers the next one', async () => {
    const thread = aThread(
      "if (asked.key === 'bad') return parentPort.postMessage({ kind: 'Failed', key: 'bad', error: 'no', stack: '' });",
    );
    const { evaluator, finished, failures } = anEvaluator(thread);
    evaluator.request('bad', at(1));
    evaluator.request('default', at(1));
    await vi.waitFor(() => expect(finished).toEqual(['default']), PATIENCE_MS);
    expect(failures()).toBe(1);
    expect(evaluator.latest('bad')).toBeUndefined();
  });

  it('replaces a thread that hangs', async () => {
    const { evaluator, failures, lines } = anEvaluator(aThread('for (;;);'), { silenceMs: 50 });
    evaluator.request('default', at(1));
    await vi.waitFor(() => expect(failures()).toBeGreaterThanOrEqual(2), PATIENCE_MS);
    expect(lines[0]).toMatchObject({ error: 'The evaluation thread hangs.' });
  });

  it('forgets a key and drops a result that comes too late', async () => {
    const { evaluator, finished } = anEvaluator(aThread());
    evaluator.request('default', at(1));
    evaluator.forget('default');
    evaluator.request('other', at(1));
    await vi.waitFor(() => expect(finished).toEqual(['other']), PATIENCE_MS);
    expect(evaluator.latest('default')).toBeUndefined();
  });

  it('has the thread remember nothing of a key that was forgotten while it was asked', async () => {
    const { evaluator } = anEvaluator(aRememberingThread());
    evaluator.request('gone', at(1));
    evaluator.forget('gone');
    evaluator.request('default', at(1));
    await vi.waitFor(() => expect(evaluator.latest('default')).toMatchObject({ known: ['default'] }), PATIENCE_MS);
  });
});
