/**
 * `npm run generate`: writes every generated file. `--check` writes nothing and exits 1 when a file differs from what
 * its source says, naming it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHelm } from '../testbed/control-plane/helm.ts';
import { addressedFiles } from './generate/addresses.ts';
import { argocdPatch } from './generate/argocd.ts';
import { chartReadme } from './generate/chart-readme.ts';
import { chartSchemaText } from './generate/chart-schema.ts';
import { readChartValues } from './generate/chart-values.ts';
import { cliPage } from './generate/cli-page.ts';
import { conditionsPage } from './generate/conditions-page.ts';
import { CRD_FILE, readCrd } from './generate/crd.ts';
import { demoPicture, readFigures, readmeWithExample } from './generate/demo-picture.ts';
import { editorSchemaText } from './generate/editor-schema.ts';
import { eventsPage } from './generate/events-page.ts';
import { flagsPage } from './generate/flags-page.ts';
import { installManifest, rightsManifest } from './generate/manifests.ts';
import { metricsPage } from './generate/metrics-page.ts';
import { referencePage } from './generate/reference-page.ts';
import { typescriptOf } from './generate/typescript.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

type GeneratedFile = { readonly path: string; readonly text: string };

async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  const crd = readCrd();
  const values = readChartValues();
  const figures = readFigures();
  return [
    { path: 'src/api/cnituning.generated.ts', text: await typescriptOf(crd) },
    { path: 'docs/reference/cnituning.md', text: referencePage(crd) },
    { path: 'docs/reference/cnituning.schema.json', text: editorSchemaText(crd) },
    { path: 'docs/reference/conditions.md', text: conditionsPage() },
    { path: 'docs/reference/events.md', text: eventsPage() },
    { path: 'docs/reference/cli.md', text: cliPage() },
    { path: 'docs/reference/flags.md', text: flagsPage() },
    { path: 'docs/reference/metrics.md', text: metricsPage() },
    { path: 'deploy/chart/README.md', text: chartReadme(values) },
    { path: 'deploy/chart/values.schema.json', text: chartSchemaText(values) },
    { path: 'deploy/argocd/argocd-cm.yaml', text: argocdPatch(ROOT) },
    { path: 'docs/images/demo.svg', text: demoPicture(figures) },
    { path: 'README.md', text: readmeWithExample(figures) },
    // Helm packages nothing from outside of the chart.
    { path: `deploy/chart/files/${CRD_FILE}`, text: readFileSync(join(ROOT, CRD_FILE), 'utf8') },
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

/** Files made of the chart as it lies on the disk: what the chart itself gets generated must be there before. */
async function renderedFiles(): Promise<readonly GeneratedFile[]> {
  const helm = await findHelm(4);
  if (helm === undefined) {
    console.error(
      'There is no Helm 4 for this machine: deploy/install.yaml and deploy/manifests are left as they are.',
    );
    return [];
  }
  return [
    { path: 'deploy/install.yaml', text: await installManifest(helm) },
    { path: 'deploy/manifests/rbac.yaml', text: await rightsManifest(helm) },
  ];
}

const isCheck = process.argv.includes('--check');
const stale: GeneratedFile[] = [];
/** Later ones are made of what earlier ones wrote. */
const stages = [async () => addressedFiles(ROOT), generatedFiles, renderedFiles];
for (const files of stages) {
  const changed = (await files()).filter((file) => !isCurrent(file));
  if (!isCheck) changed.forEach(write);
  stale.push(...changed);
}
if (isCheck) {
  for (const { path } of stale) console.error(`${path} is not what its source says; run \`npm run generate\`.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  console.log(stale.length === 0 ? 'Nothing to do.' : stale.map(({ path }) => `wrote ${path}`).join('\n'));
}
