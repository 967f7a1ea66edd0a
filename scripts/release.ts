/**
 * `npm run release -- 1.2.3`: everything a release changes in the checkout, to be looked at and committed.
 * `npm run -s release -- --notes`: what the changelog says of the version this is, for the release's page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runVisibly } from './gate/step.ts';
import {
  CannotRelease,
  checkVersion,
  releasedChangelog,
  sectionOf,
  versionedChart,
  versionedManifest,
} from './release/release-files.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const current = (): string => String(JSON.parse(read('package.json')).version);

function notes(): string {
  const said = sectionOf(read('CHANGELOG.md'), current());
  if (said === '') throw new CannotRelease(`CHANGELOG.md says nothing of ${current()}.`);
  return said;
}

async function prepare(version: string): Promise<void> {
  checkVersion(version, current());
  const day = new Date().toISOString().slice(0, 10);
  const files = {
    'CHANGELOG.md': releasedChangelog(read('CHANGELOG.md'), version, day),
    'package.json': versionedManifest(read('package.json'), version),
    'package-lock.json': versionedManifest(read('package-lock.json'), version),
    'deploy/chart/Chart.yaml': versionedChart(read('deploy/chart/Chart.yaml'), version),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(ROOT, path), text);
  const made = await runVisibly({ name: 'generated files', command: 'scripts/generate.ts', arguments: [] });
  if (made.failed.length > 0)
    throw new CannotRelease('The generated files could not be made; the lines above say why.');
  console.log(`Look at it, commit it, and when it has landed: git tag v${version} && git push origin v${version}`);
}

const [wish = ''] = process.argv.slice(2);
try {
  if (wish === '--notes') console.log(notes());
  else await prepare(wish);
} catch (error) {
  if (!(error instanceof CannotRelease)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
