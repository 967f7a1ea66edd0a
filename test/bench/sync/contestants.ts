/** Who runs in `npm run bench:sync`: one fresh process a run. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SyncFigures } from './figures.ts';
import { buildPeer, runPeer } from './go-peer.ts';

const run = promisify(execFile);

export type Contestant = {
  readonly name: string;
  readonly sync: (kubeconfig: string) => Promise<SyncFigures>;
};

/** As the chart sets them: a small young generation halves the peak for the price of a few more collections. */
const CHART_FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=16'];

async function runOperator(kubeconfig: string, flags: readonly string[]): Promise<SyncFigures> {
  const script = join(import.meta.dirname, 'operator-sync.ts');
  const { stdout } = await run(process.execPath, ['--expose-gc', ...flags, script, kubeconfig]);
  return JSON.parse(stdout) as SyncFigures;
}

/** The operator and the Go peer, each in both ways worth comparing. Builds the peer when it must. */
export async function contestants(): Promise<readonly Contestant[]> {
  const peer = await buildPeer(process.env);
  return [
    { name: 'cni-tuner, no flags', sync: (kubeconfig) => runOperator(kubeconfig, []) },
    { name: "cni-tuner, the chart's flags", sync: (kubeconfig) => runOperator(kubeconfig, CHART_FLAGS) },
    { name: 'client-go, JSON', sync: (kubeconfig) => runPeer(peer, kubeconfig, 'json') },
    { name: 'client-go, protobuf', sync: (kubeconfig) => runPeer(peer, kubeconfig, 'protobuf') },
  ];
}
