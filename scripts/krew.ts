/** `npm run krew [-- DIR]`: the command line as a plugin that krew can install, archive and manifest, in `dist/krew` or DIR. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundle } from './bundle/bundle.ts';
import { krewPlugin } from './bundle/krew-plugin.ts';
import { projectOf } from './generate/addresses.ts';

const [folder = 'dist/krew'] = process.argv.slice(2);
const { repository, version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const bundled = await mkdtemp(join(tmpdir(), 'cni-tuner-krew-'));
try {
  await bundle(bundled);
  const { manifest, archive } = await krewPlugin(bundled, projectOf(repository), version);
  await mkdir(resolve(folder), { recursive: true });
  await writeFile(join(folder, archive.name), archive.bytes);
  await writeFile(join(folder, manifest.name), manifest.text);
  console.log(`${folder}: ${archive.name}, ${Math.round(archive.bytes.length / 1024)} KiB, and ${manifest.name}`);
} finally {
  await rm(bundled, { recursive: true, force: true });
}
