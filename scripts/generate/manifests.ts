/** Plain manifests for those who do not use Helm, made by Helm of the chart. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CHART } from './chart-values.ts';

const run = promisify(execFile);

const HEAD = 'Generated from deploy/chart by `npm run generate`; never edited.';
/** Labels that tell whose release an object belongs to: here it belongs to none. */
const OF_A_RELEASE = /^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm;

/** Everything: the resource, the rights, the operator, in the namespace cni-tuner. */
export async function installManifest(helm: string): Promise<string> {
  const text = await rendered(helm, ['--set', 'crds.keep=false', '--skip-tests']);
  return `# The whole of cni-tuner: \`kubectl apply --server-side -f deploy/install.yaml\`.\n# ${HEAD}\n${text}`;
}

/** Namespace, service account and rights alone, for an operator that runs elsewhere. */
export async function rightsManifest(helm: string): Promise<string> {
  const parts = ['namespace', 'serviceaccount', 'rbac'].flatMap((name) => ['--show-only', `templates/${name}.yaml`]);
  return `# ${HEAD}\n${await rendered(helm, parts)}`;
}

async function rendered(helm: string, argv: readonly string[]): Promise<string> {
  const release = ['template', 'cni-tuner', CHART, '--namespace', 'cni-tuner', '--set', 'namespace.create=true'];
  const { stdout } = await run(helm, [...release, ...argv], { maxBuffer: 64 * 1024 * 1024 });
  return stdout
    .replaceAll(OF_A_RELEASE, '')
    .replaceAll(/^# Source: .*\n/gm, '')
    .replace(/^---\n/, '');
}
