/** The documented commands, typed as they stand, in the order of the page, against a real API server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureBinaries } from '../../testbed/control-plane/ensure-binaries.ts';
import { findHelm } from '../../testbed/control-plane/helm.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { applyAwsNode } from '../../testbed/cluster/aws-node.ts';
import { describeOnPlane, startOwnPlane } from '../support/control-plane.ts';
import { commandsOf, type DocumentedCommand } from '../support/documented-commands.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** As a reader would go through them. */
const PAGES = [
  'docs/tutorial.md',
  'docs/how-to/private-cluster.md',
  'docs/how-to/upgrade.md',
  'docs/how-to/monitoring.md',
];

let plane: ControlPlane;
let folder = '';
let hasHelm = false;

async function bash(script: string): Promise<{ code: number; said: string }> {
  const child = spawn('bash', ['-e', '-c', script], {
    cwd: ROOT,
    env: { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, KUBECONFIG: plane.kubeconfigs.admin },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code: Number(code), said: stdout + stderr };
}

/** What cannot be had here: AWS itself, and the resources of the Prometheus operator, which are rendered only. */
function runnable({ text: command }: DocumentedCommand): string | undefined {
  if (command.startsWith('aws ')) return undefined;
  if (command.startsWith('helm') && !hasHelm) return undefined;
  return command.includes('serviceMonitor.enabled') ? command.replace('upgrade --install', 'template') : command;
}

/** Types the pages' commands. */
async function refusedOf(pages: readonly string[]): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const page of pages) {
    for (const documented of commandsOf(page, await readFile(join(ROOT, page), 'utf8'))) {
      const command = runnable(documented);
      if (command === undefined) continue;
      const { code, said } = await bash(command);
      if (code !== 0) refused.push(`${page}: ${command}\n${said}`);
    }
  }
  return refused;
}

describeOnPlane('the documented commands', () => {
  beforeAll(async () => {
    plane = await startOwnPlane();
    folder = await mkdtemp(join(tmpdir(), 'docs-'));
    const helm = await findHelm(4);
    hasHelm = helm !== undefined;
    if (helm !== undefined) await symlink(helm, join(folder, 'helm'));
    const { kubectl } = await ensureBinaries(() => {});
    await symlink(kubectl, join(folder, 'kubectl'));
    await applyAwsNode(plane.api);
  });
  afterAll(async () => {
    await plane.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('run as they stand, page by page', async () => {
    if (!hasHelm) await plane.kubectl(['apply', '--server-side', '-f', join(ROOT, 'deploy/install.yaml')], {});
    expect(await refusedOf(PAGES)).toEqual([]);
  });
});
