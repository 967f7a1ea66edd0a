/**
 * `npm run generate`: writes every generated file. `--check` writes nothing and exits 1 when a file differs from what
 * its source says, naming it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { conditionsPage } from './generate/conditions-page.ts';
import { readCrd } from './generate/crd.ts';
import { editorSchemaText } from './generate/editor-schema.ts';
import { flagsPage } from './generate/flags-page.ts';
import { metricsPage } from './generate/metrics-page.ts';
import { referencePage } from './generate/reference-page.ts';
import { typescriptOf } from './generate/typescript.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

type GeneratedFile = { readonly path: string; readonly text: string };

async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const crd = readCrd();
  return [
    { path: 'src/api/cnituning.generated.ts', text: await typescriptOf(crd) },
    { path: 'docs/reference/cnituning.md', text: referencePage(crd) },
    { path: 'docs/reference/cnituning.schema.json', text: editorSchemaText(crd) },
    { path: 'docs/reference/conditions.md', text: conditionsPage() },
    { path: 'docs/reference/flags.md', text: flagsPage() },
    { path: 'docs/reference/metrics.md', text: metricsPage() },
  ];
}

function isCurrent({ path, text }: GeneratedFile): boolean {
  const file = join(ROOT, path);
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

function write({ path, text }: GeneratedFile): void {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
}

const stale = (await generatedFiles()).filter((file) => !isCurrent(file));
if (process.argv.includes('--check')) {
  for (const { path } of stale) console.error(`${path} is not what its source says; run \`npm run generate\`.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  stale.forEach(write);
  console.log(stale.length === 0 ? 'Nothing to do.' : stale.map(({ path }) => `wrote ${path}`).join('\n'));
}
