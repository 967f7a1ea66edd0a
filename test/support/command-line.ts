/** The command line as a process of its own, as people and scripts start it. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

export type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** Not spawnSync: the account that the command asks lives in this process. */
export async function cni(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), ...argv], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
  });
  const stdout = textOf(child.stdout);
  const stderr = textOf(child.stderr);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

export function textOf(stream: NodeJS.ReadableStream): () => string {
  const chunks: string[] = [];
  stream.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  return () => chunks.join('');
}
