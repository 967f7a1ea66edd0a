import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The per-user folder in which built programs outlive a checkout, so that a fresh clone reuses them:
 * `CNI_TUNER_CACHE`, else `$XDG_CACHE_HOME/cni-tuner`, else `~/.cache/cni-tuner`. A relative XDG_CACHE_HOME is
 * ignored, as the XDG specification asks.
 */
export function cacheFolder(env: Env): string {
  const own = env['CNI_TUNER_CACHE'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'cni-tuner');
}

/** What decides the built programs byte for byte (the Go release aside): module sums, flags, platform. */
export type BuildInputs = { readonly goSumFile: string; readonly flags: readonly string[]; readonly platform: string };

/** Twelve hex digits naming one set of built programs. */
export async function buildKey({ goSumFile, flags, platform }: BuildInputs): Promise<string> {
  const hash = createHash('sha256').update(await readFile(goSumFile));
  for (const part of [platform, ...flags]) hash.update('\0').update(part);
  return hash.digest('hex').slice(0, 12);
}
