/**
 * The command line as a plugin of kubectl, as krew installs it: an archive of the bundle with a program that kubectl can
 * start, and the manifest that names the archive by its address and hash. The same bundle gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { stringify } from 'yaml';

/** `kubectl cni-tuner`; kubectl and krew write it with an underscore where it is part of a file's name. */
const NAME = 'cni-tuner';
const PROGRAM = 'kubectl-cni_tuner.mjs';
const LEAST_NODE = 24;

/** What an older Node would say is a page of stack. */
const LAUNCHER = `#!/usr/bin/env node
const { node } = process.versions;
if (Number(node.split('.')[0]) >= ${LEAST_NODE}) import('./cni-tuner.mjs');
else {
  console.error('kubectl cni-tuner needs Node.js ${LEAST_NODE} or newer on the PATH; this is ' + node + '.');
  process.exitCode = 2;
}
`;

export type KrewPlugin = {
  readonly manifest: { readonly name: string; readonly text: string };
  readonly archive: { readonly name: string; readonly bytes: Uint8Array };
};

/** `bundled`: folder of `bundle`; `project`: OWNER/NAME, where releases are published; `version` without a v. */
export async function krewPlugin(bundled: string, project: string, version: string): Promise<KrewPlugin> {
  const archive = { name: `kubectl-cni_tuner-v${version}.zip`, bytes: await archiveOf(bundled) };
  const home = `https://github.com/${project}`;
  const platform = {
    // The program is JavaScript. Windows starts no file by its first line.
    selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['darwin', 'linux'] }] },
    uri: `${home}/releases/download/v${version}/${archive.name}`,
    sha256: createHash('sha256').update(archive.bytes).digest('hex'),
    bin: PROGRAM,
  };
  const manifest = {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: NAME },
    spec: {
      version: `v${version}`,
      homepage: home,
      shortDescription: 'Explain and tune VPC CNI warm pools on EKS',
      description: `Shows what the cni-tuner operator advises for the warm pools of the Amazon VPC CNI and
why (explain, plan, history), who holds the addresses (top) and when subnets run out
(forecast). Without the operator or a cluster it plans capacity and replays a demand
log through a model of the CNI's pool manager (capacity, recommend, simulate).
`,
      caveats: `Needs Node.js ${LEAST_NODE} or newer on the PATH.\n`,
      platforms: [platform],
    },
  };
  return { manifest: { name: `${NAME}.yaml`, text: stringify(manifest, { lineWidth: 0 }) }, archive };
}

async function archiveOf(bundled: string): Promise<Uint8Array> {
  const names = (await readdir(bundled)).toSorted();
  const files = await Promise.all(
    names.map(async (name) => [name, packed(await readFile(join(bundled, name)), 0o644)] as const),
  );
  return zipSync({ [PROGRAM]: packed(Buffer.from(LAUNCHER), 0o755), ...Object.fromEntries(files) });
}

/** A plain file with Unix rights. Zip has local times only: the first it knows, whatever the zone. */
function packed(bytes: Uint8Array, rights: number): Zippable[string] {
  const attrs = ((0o100000 + rights) << 16) >>> 0;
  return [bytes, { os: 3, attrs, mtime: new Date(1980, 0, 1) }];
}
