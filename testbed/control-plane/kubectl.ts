import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export type KubectlResult = { readonly stdout: string; readonly stderr: string; readonly exitCode: number };

type Kubectl = { readonly program: string; readonly kubeconfig: string; readonly cacheFolder: string };

/** Runs kubectl with `input` as its standard input; any exit code is a result. */
export async function runKubectl(kubectl: Kubectl, argv: readonly string[], input = ''): Promise<KubectlResult> {
  const options = ['--kubeconfig', kubectl.kubeconfig, '--cache-dir', kubectl.cacheFolder];
  const child = spawn(kubectl.program, [...options, ...argv], { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  child.stdin.on('error', () => {}); // kubectl may refuse before it reads.
  child.stdin.end(input);
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, exitCode };
}
