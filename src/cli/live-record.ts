/** Watches a live cluster's demand with the operator's own adapters, and writes it down as a demand log. */
import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CannotAnswer, WrongInput } from './command.ts';
import { DEMAND_LOG_HEADER } from './demand-line.ts';
import { DemandRecorder } from './demand-recorder.ts';
import { liveCluster, until } from './live-state.ts';
import type { Progress } from './progress.ts';

export type Recording = {
  readonly kubeconfig: string;
  readonly path: string;
  readonly forMs: number;
  readonly progress: Progress;
};

export type Recorded = { readonly nodes: number; readonly podStarts: number; readonly isBroken: boolean };

const LOOK_MS = 200;

/** Whole lines are written as they come: whatever ends it, the file is a demand log. Throws WrongInput, CannotAnswer. */
export async function recordDemand({ kubeconfig, path, forMs, progress }: Recording): Promise<Recorded> {
  const cluster = await liveCluster(kubeconfig);
  const recorder = new DemandRecorder();
  const waiting: string[] = [];
  try {
    cluster.start({ onChange: () => {}, onDemand: (change) => void waiting.push(recorder.linesOf(change)) });
    const isKnown = (): boolean => cluster.demandUnknownSinceMs() === undefined;
    await until(isKnown, cluster, progress, (watch) => watch === 'nodes' || watch === 'pods');
    const beganMs = Date.now();
    recorder.begin(beganMs);
    const file = await created(path);
    try {
      await file.appendFile(`${DEMAND_LOG_HEADER}\n`);
      for (let pastMs = 0; pastMs < forMs && !recorder.isBroken; pastMs = Date.now() - beganMs) {
        progress.at(pastMs, forMs);
        await delay(Math.min(LOOK_MS, forMs - pastMs));
        await file.appendFile(waiting.splice(0).join(''));
      }
    } finally {
      await file.close();
    }
    if (recorder.nodes === 0) throw new CannotAnswer('The cluster has no node whose demand could be recorded.');
    return { nodes: recorder.nodes, podStarts: recorder.podStarts, isBroken: recorder.isBroken };
  } finally {
    progress.end();
    await cluster.close();
  }
}

async function created(path: string) {
  try {
    return await open(path, 'wx');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const why = code === 'EEXIST' ? 'is there already; name a new one' : `cannot be written (${code})`;
    throw new WrongInput(`The file ${path} ${why}.`, { cause: error });
  }
}
