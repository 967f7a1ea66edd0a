/** The test side of the shared control plane: what an integration test needs to act on a real API server and read it back. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, inject } from 'vitest';
import { type ApiClient, createApiClient } from '../../testbed/control-plane/api-client.ts';
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '../../testbed/control-plane/control-plane.ts';
import type { UserName } from '../../testbed/control-plane/identity.ts';
import { type KubectlResult, runKubectl } from '../../testbed/control-plane/kubectl.ts';
import type { SharedPlaneAddress } from './shared-plane.ts';

const address = inject('controlPlane');

/** `describe` where a control plane can be had; elsewhere the tests are skipped (the set-up says why) and counted. */
export const describeOnPlane = address.kind === 'running' ? describe : describe.skip;

/** A cluster that takes the testbed's place (`npm run test:e2e -- --on kind`); undefined: there is none. */
export const outsidePlace = inject('outsidePlace');

/** `describe` for what runs there as well. */
export const describeInCluster = outsidePlace === undefined ? describeOnPlane : describe;

type Running = Extract<SharedPlaneAddress, { kind: 'running' }>;

/** Urls, tokens and kubeconfigs of the shared plane; call it inside tests and hooks only. */
export function sharedPlane(): Running {
  if (address.kind === 'missing') throw new Error(address.sentence);
  return address;
}

/** A client of the shared plane, as admin unless said otherwise. */
export function apiAs(user: UserName = 'admin'): ApiClient {
  const { url, caFile, tokens } = sharedPlane();
  return createApiClient({ url, caFile, token: tokens[user] });
}

/** A control plane of the test's own, for faults: same options and result as `startControlPlane`. Stop it in a hook. */
export async function startOwnPlane(options: Omit<ControlPlaneOptions, 'binaries'> = {}): Promise<ControlPlane> {
  return await startControlPlane({ ...options, binaries: sharedPlane().binaries });
}

/** kubectl against the shared plane; any exit code is a result. */
export async function kubectl(
  argv: readonly string[],
  { input = '', as = 'admin' }: { readonly input?: string; readonly as?: UserName } = {},
): Promise<KubectlResult> {
  const { binaries, kubeconfigs, folder } = sharedPlane();
  const program = { program: binaries.kubectl, kubeconfig: kubeconfigs[as], cacheFolder: join(folder, 'kubectl') };
  return await runKubectl(program, argv, input);
}

/** `kubectl apply --server-side` of YAML text or of an object; throws with kubectl's words when it is refused. */
export async function applyManifest(manifest: string | object, argv: readonly string[] = []): Promise<KubectlResult> {
  const input = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  const result = await kubectl(['apply', '--server-side', ...argv, '-f', '-'], { input });
  if (result.exitCode !== 0) throw new Error(result.stderr.trim());
  return result;
}

/** A name nobody else has, for cluster-scoped objects and namespaces: `<prefix>-1a2b3c4d`. */
export const freshName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** Creates a namespace of the test's own, with its `default` service account, and returns its name. */
export async function freshNamespace(prefix = 'test'): Promise<string> {
  const name = freshName(prefix);
  const api = apiAs();
  try {
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await eventually(() => api.get(`/api/v1/namespaces/${name}/serviceaccounts/default`));
  } finally {
    api.close();
  }
  return name;
}

const PAUSES_MS = [20, 50, 100, 200];
const LONGEST_PAUSE_MS = 300;

/**
 * Repeats `assertion` until it no longer throws and returns what it returned; after `timeoutMs` (30 s unless said
 * otherwise) the last failure is thrown.
 */
export async function eventually<T>(
  assertion: () => T | Promise<T>,
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<T> {
  const deadlineMs = Date.now() + timeoutMs;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > deadlineMs) throw error;
    }
    await delay(PAUSES_MS[attempt] ?? LONGEST_PAUSE_MS);
  }
}
