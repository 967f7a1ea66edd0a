/**
 * The evaluation thread: gathers a request, replays it under every candidate in slices, answers. Between slices it
 * hears messages. What settled segments did is remembered per key, so that each is replayed once.
 */
import { parentPort } from 'node:worker_threads';
import { replay } from '../../ipamd/simulate.ts';
import { evaluationSteps } from '../../tuning/evaluate.ts';
import { ReplayMemos } from '../../tuning/evaluate/replay-memos.ts';
import type { EvaluationRequest, LifeSegment } from '../../tuning/evaluation.ts';
import type { FromWorker, ToWorker } from './evaluation-messages.ts';

const SLICE_MS = 50;
const ALIVE_MS = 1_000;

const memos = new ReplayMemos();
let gathering:
  | { readonly key: string; readonly request: Omit<EvaluationRequest, 'segments'>; readonly segments: LifeSegment[] }
  | undefined;

const send = (message: FromWorker): void => parentPort?.postMessage(message);

/** CPU time of this thread alone. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function evaluate(key: string, request: EvaluationRequest): Promise<void> {
  const steps = evaluationSteps(request, memos.of(key), { replay, nowMs: Date.now, cpuMs });
  let sliceEndsMs = performance.now() + SLICE_MS;
  let aliveMs = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return send({ kind: 'Finished', key, evaluation: step.value });
    const nowMs = performance.now();
    if (nowMs < sliceEndsMs) continue;
    if (nowMs - aliveMs >= ALIVE_MS) {
      send({ kind: 'Alive' });
      aliveMs = nowMs;
    }
    await new Promise((resolve) => setImmediate(resolve));
    sliceEndsMs = performance.now() + SLICE_MS;
  }
}

function start(): void {
  if (gathering === undefined) return;
  const { key, request, segments } = gathering;
  gathering = undefined;
  evaluate(key, { ...request, segments }).catch((error: unknown) => {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    send({ kind: 'Failed', key, error: message, stack });
  });
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'Begin') gathering = { key: message.key, request: message.request, segments: [] };
  else if (message.kind === 'Segments') gathering?.segments.push(...message.segments);
  else if (message.kind === 'Evaluate') start();
  else memos.forget(message.key);
});
