/** Prometheus and promtool: from PATH, else Debian's package unpacked without root into our cache. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { isExecutable, onPath } from './kubectl-layer.ts';

const run = promisify(execFile);

export type Prometheus =
  | { readonly kind: 'Found'; readonly prometheus: string; readonly promtool: string }
  /** One sentence with the remedy, for the test that is skipped. */
  | { readonly kind: 'Missing'; readonly sentence: string };

/** Long enough for 20 MB over a slow line, short enough for a test to say that there is none. */
const DOWNLOAD_MS = 60_000;

/** Never rejects: who needs neither program goes on without. */
export async function findPrometheus(env: NodeJS.ProcessEnv = process.env): Promise<Prometheus> {
  const path = env['PATH'] ?? '';
  const [prometheus, promtool] = await Promise.all([onPath('prometheus', path), onPath('promtool', path)]);
  if (prometheus !== undefined && promtool !== undefined) return { kind: 'Found', prometheus, promtool };
  const folder = join(cacheFolder(env), 'debian-prometheus');
  const unpacked = {
    kind: 'Found',
    prometheus: join(folder, 'usr/bin/prometheus'),
    promtool: join(folder, 'usr/bin/promtool'),
  } as const;
  if (await isExecutable(unpacked.promtool)) return unpacked;
  try {
    await unpackDebianPackage(folder);
    return unpacked;
  } catch (error) {
    const because = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const sentence =
      `Prometheus and promtool are not on PATH, and Debian's package could not be fetched (${because}): ` +
      'install the package "prometheus" or put both programs on PATH.';
    return { kind: 'Missing', sentence };
  }
}

/** Whole or not at all, also when two processes do it at once. */
async function unpackDebianPackage(folder: string): Promise<void> {
  const cache = join(folder, '..');
  await mkdir(cache, { recursive: true });
  const unfinished = await mkdtemp(join(cache, 'debian-prometheus-'));
  try {
    await run('apt-get', ['download', 'prometheus'], { cwd: unfinished, timeout: DOWNLOAD_MS });
    const archive = (await readdir(unfinished)).find((name) => name.endsWith('.deb')) ?? 'prometheus.deb';
    await run('dpkg-deb', ['-x', archive, 'root'], { cwd: unfinished, timeout: DOWNLOAD_MS });
    await rename(join(unfinished, 'root'), folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
