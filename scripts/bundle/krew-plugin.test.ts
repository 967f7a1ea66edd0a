import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { bundle } from './bundle.ts';
import { type KrewPlugin, krewPlugin } from './krew-plugin.ts';

const run = promisify(execFile);
const PROJECT = 'owner/name';
const { version } = manifest;

let folder: string;
let plugin: KrewPlugin;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cni-tuner-krew-'));
  await bundle(join(folder, 'bundle'));
  plugin = await krewPlugin(join(folder, 'bundle'), PROJECT, version);
}, 60_000);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** Rights of each file, from the archive's directory: where a Unix made it, the upper half of the external attributes. */
function rightsIn(archive: Uint8Array): Readonly<Record<string, number>> {
  const bytes = Buffer.from(archive);
  const rights: Record<string, number> = {};
  for (let at = bytes.indexOf('PK\u0001\u0002'); at >= 0; at = bytes.indexOf('PK\u0001\u0002', at + 46)) {
    expect(bytes[at + 5]).toBe(3);
    const name = bytes.toString('utf8', at + 46, at + 46 + bytes.readUInt16LE(at + 28));
    rights[name] = bytes.readUInt16LE(at + 40) & 0o777;
  }
  return rights;
}

/** As krew does: the archive into a folder of the version, and a link to the program in a folder of the PATH. */
async function installed(): Promise<string> {
  const store = join(folder, 'store');
  const rights = rightsIn(plugin.archive.bytes);
  await mkdir(store);
  for (const [name, bytes] of Object.entries(unzipSync(plugin.archive.bytes))) {
    await writeFile(join(store, name), bytes);
    await chmod(join(store, name), rights[name] ?? 0);
  }
  const link = join(folder, 'kubectl-cni_tuner');
  await symlink(join(store, parse(plugin.manifest.text).spec.platforms[0].bin), link);
  return link;
}

describe('the plugin for krew', () => {
  it('has a manifest as the index of krew accepts it', () => {
    const { apiVersion, kind, metadata, spec } = parse(plugin.manifest.text);
    expect([apiVersion, kind]).toEqual(['krew.googlecontainertools.github.com/v1alpha2', 'Plugin']);
    expect(plugin.manifest.name).toBe(`${metadata.name}.yaml`);
    expect(metadata.name).toMatch(/^[a-z][a-z0-9-]*$/);
    expect(spec.version).toBe(`v${version}`);
    expect(spec.shortDescription).toMatch(/^[^\n]{1,50}$/);
    expect(spec.platforms).toHaveLength(1);
    const [{ selector, ...rest }] = spec.platforms;
    expect(Object.keys(rest)).toEqual(['uri', 'sha256', 'bin']);
    expect(selector.matchExpressions.map(({ key }: { key: string }) => key)).toEqual(['os']);
  });

  it('is fetched from the release of its version, by hash', () => {
    const [{ uri, sha256 }] = parse(plugin.manifest.text).spec.platforms;
    expect(uri).toBe(`https://github.com/${PROJECT}/releases/download/v${version}/${plugin.archive.name}`);
    expect(sha256).toBe(createHash('sha256').update(plugin.archive.bytes).digest('hex'));
  });

  it('carries its licence and those of what is in it', () => {
    expect(Object.keys(unzipSync(plugin.archive.bytes))).toEqual(
      expect.arrayContaining(['LICENSE', 'THIRD-PARTY-LICENSES.txt']),
    );
  });

  it('runs where krew links it', async () => {
    const env = { HOME: folder, PATH: process.execPath.replace(/\/node$/, '') };
    expect(await run(await installed(), ['--version'], { env })).toEqual({ stdout: `${version}\n`, stderr: '' });
  });

  it('is the same, byte for byte, from the same bundle in another zone', async () => {
    const script = `
      import { krewPlugin } from ${JSON.stringify(join(import.meta.dirname, 'krew-plugin.ts'))};
      process.stdout.write((await krewPlugin(${JSON.stringify(join(folder, 'bundle'))}, '${PROJECT}', '${version}')).manifest.text);`;
    const env = { ...process.env, TZ: 'Asia/Tokyo' };
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { env });
    expect(stdout).toBe(plugin.manifest.text);
  });
});
