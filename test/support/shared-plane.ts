import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import type { OutsidePlace } from '../../scripts/gate/e2e-place.ts';
import type { Binaries } from '../../testbed/control-plane/binaries.ts';
import { showProgressOn } from '../../testbed/control-plane/build-progress.ts';
import { type ControlPlane, startControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { ensureBinaries } from '../../testbed/control-plane/ensure-binaries.ts';
import type { Tokens, UserName } from '../../testbed/control-plane/identity.ts';
import { MissingPrerequisite } from '../../testbed/control-plane/missing-prerequisite.ts';

/** What the tests of a project get to know of the plane that all of them share. */
export type SharedPlaneAddress =
  | {
      readonly kind: 'running';
      readonly binaries: Binaries;
      readonly folder: string;
      readonly url: string;
      readonly etcdUrl: string;
      readonly caFile: string;
      readonly tokens: Tokens;
      readonly kubeconfigs: Readonly<Record<UserName, string>>;
      readonly auditLogFile: string;
    }
  | { readonly kind: 'missing'; readonly sentence: string };

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface can be added to
  interface ProvidedContext {
    readonly controlPlane: SharedPlaneAddress;
    /** The cluster that takes the testbed's place, where there is one. */
    readonly outsidePlace: OutsidePlace | undefined;
  }
}

export const CRD_FILE = join(dirname(fileURLToPath(import.meta.url)), '../../crds/cnituning.dev_cnitunings.yaml');

/** vitest's global set-up of `integration` and `e2e`: one control plane with the CRD for all files of the project. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const outside = process.env['CNI_TUNER_E2E_PLACE'];
  project.provide('outsidePlace', outside === undefined ? undefined : JSON.parse(outside));
  if (outside !== undefined) {
    const sentence = 'Tests that bring a control plane of their own are not repeated on another cluster.';
    process.stderr.write(`${sentence}\n`);
    project.provide('controlPlane', { kind: 'missing', sentence });
    return undefined;
  }
  try {
    const binaries = await ensureBinaries(showProgressOn(process.stderr));
    const plane = await startControlPlane({ binaries, auditLog: true });
    await installCrd(plane).catch(async (error) => {
      await plane.stop();
      throw error;
    });
    project.provide('controlPlane', addressOf(plane, binaries));
    return async () => await plane.stop();
  } catch (error) {
    if (!(error instanceof MissingPrerequisite)) throw error;
    process.stderr.write(`Skipping the tests that need a control plane. ${error.message}\n`);
    project.provide('controlPlane', { kind: 'missing', sentence: error.message });
    return undefined;
  }
}

function addressOf(plane: ControlPlane, binaries: Binaries): SharedPlaneAddress {
  const { folder, url, etcdUrl, caFile, tokens, kubeconfigs, auditLogFile = '' } = plane;
  return { kind: 'running', binaries, folder, url, etcdUrl, caFile, tokens, kubeconfigs, auditLogFile };
}

/** Applies crds/ with kubectl and waits until the API server serves CniTuning. Throws with kubectl's words otherwise. */
export async function installCrd(plane: Pick<ControlPlane, 'kubectl' | 'api'>): Promise<void> {
  const input = await readFile(CRD_FILE, 'utf8');
  const applied = await plane.kubectl(['apply', '--server-side', '-f', '-'], { input });
  if (applied.exitCode !== 0) throw new Error(`the CRD was refused: ${applied.stderr}`);
  await untilServed(plane.api);
}

/** Not `kubectl wait`: it gives up with an error while a new CRD has no conditions at all yet. */
async function untilServed(api: ControlPlane['api']): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  for (;;) {
    const { status } = await api.request('GET', '/apis/cnituning.dev/v1alpha1/cnitunings');
    if (status === 200) return;
    if (Date.now() > deadlineMs) throw new Error(`the API server does not serve CniTuning, it answers ${status}`);
    await delay(50);
  }
}
