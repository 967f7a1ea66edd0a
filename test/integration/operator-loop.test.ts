/** The closed loop on a real control plane: the operator observes, advises, changes aws-node, and gives it back. */
import { afterEach, expect, it } from 'vitest';
import { describeOnPlane } from '../support/control-plane.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import {
  applyTuning,
  daemonSetWrites,
  liveValue,
  reasonOf,
  type SmallCluster,
  type SmallClusterOptions,
  startSmallCluster,
  untilStatus,
} from '../support/small-cluster.ts';
import { eventually } from '../support/control-plane.ts';

const STORY_MS = 420_000;

let cluster: SmallCluster | undefined;
let operator: Operator | undefined;

afterEach(async () => {
  await operator?.stop('SIGKILL');
  await cluster?.stop();
  operator = undefined;
  cluster = undefined;
});

/** The operator comes when every node's pool has settled on `addresses`: what it changes later is its own doing. */
async function begin({ addresses, ...options }: SmallClusterOptions & { readonly addresses: number }, spec: object) {
  const running = await startSmallCluster(options);
  cluster = running;
  await untilEachHolds(running, addresses);
  operator = startOperator({ kubeconfig: running.plane.kubeconfigs.operator, ec2Url: running.ec2().url });
  await applyTuning(running.plane, { mode: 'Apply', history: { minimum: '1m' }, ...spec });
  return running;
}

const freeAddresses = ({ model, subnetId }: SmallCluster): number => model.subnet(subnetId).space.freeAddresses;

async function untilEachHolds({ cni }: SmallCluster, addresses: number): Promise<void> {
  await eventually(
    () => expect(new Set(cni.nodes().map(({ heldAddresses }) => heldAddresses))).toEqual(new Set([addresses])),
    {
      timeoutMs: 90_000,
    },
  );
}

/** Waits for the first change to reach every node; returns the status then. */
async function untilChanged({ plane }: SmallCluster, variable: string, to: RegExp) {
  await eventually(async () => expect(await liveValue(plane, variable)).toMatch(to), { timeoutMs: 180_000 });
  return await untilStatus(
    plane,
    (status) => status.rollout === undefined && status.changes?.[0]?.result === 'Complete',
    180_000,
  );
}

describeOnPlane('the closed loop', () => {
  it(
    'lowers WARM_ENI_TARGET, gives the subnet addresses back, and restores what eks owned when it is deleted',
    async () => {
      const running = await begin({ nodes: 10, podsPerNode: 3, addresses: 20 }, {});
      const { plane } = running;
      const freeBefore = freeAddresses(running);

      const held = await untilStatus(plane, (status) => reasonOf(status, 'Ready') === 'FieldsOwnedElsewhere');
      expect(held.conditions?.find(({ type }) => type === 'Ready')?.message).toMatch(/eks.*kubectl patch cnit/s);
      expect(await daemonSetWrites(plane)).toEqual([]);

      const allow = [
        'patch',
        'cnit',
        'default',
        '--type=merge',
        '-p',
        '{"spec":{"ownership":{"takeOverFrom":["eks"]}}}',
      ];
      expect((await plane.kubectl(allow)).exitCode).toBe(0);
      const status = await untilChanged(running, 'WARM_ENI_TARGET', /^0$/);
      expect(status.settings?.find(({ name }) => name === 'WARM_ENI_TARGET')).toMatchObject({
        live: '0',
        owner: 'cni-tuner',
      });
      const waited = await plane.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'cnit/default']);
      expect(waited).toMatchObject({ exitCode: 0 });
      await eventually(() => expect(freeAddresses(running)).toBe(freeBefore + 100), { timeoutMs: 180_000 });
      const writes = await daemonSetWrites(plane);
      expect(writes.map(({ verb, status: code }) => `${verb} ${code}`)).toEqual(['patch 409', 'patch 200']);

      expect((await plane.kubectl(['delete', 'cnit', 'default', '--timeout=120s'])).exitCode).toBe(0);
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('1');
      const managers = await plane.kubectl([
        'get',
        'ds',
        'aws-node',
        '-n',
        'kube-system',
        '--show-managed-fields',
        '-o',
        'jsonpath={.metadata.managedFields[*].manager}',
      ]);
      expect(managers.stdout.split(' ')).not.toContain('cni-tuner');
      // The owner of before can change its value again without a conflict.
      const { applyAwsNode } = await import('../../testbed/cluster/aws-node.ts');
      await applyAwsNode(plane.api, { env: { WARM_ENI_TARGET: '2' }, maxUnavailable: '25%' });
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('2');
    },
    STORY_MS,
  );

  it(
    'lowers WARM_PREFIX_TARGET in prefix mode, and leaves the value when it is deleted with Retain',
    async () => {
      const env = { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' };
      const spec = { ownership: { takeOverFrom: ['eks'] }, deletionPolicy: 'Retain' };
      // The only pod's prefix and three unused ones of 16 addresses each, and the interface's own address.
      const running = await begin({ nodes: 8, podsPerNode: 1, maxPods: 110, addresses: 65, env }, spec);
      const { plane } = running;
      const freeBefore = freeAddresses(running);
      // With so few pod starts it steps down one by one, so 2 comes first and 1 may follow.
      const status = await untilChanged(running, 'WARM_PREFIX_TARGET', /^[12]$/);
      expect(status.settings?.find(({ name }) => name === 'WARM_PREFIX_TARGET')).toMatchObject({
        owner: 'cni-tuner',
        effective: true,
      });
      expect(await liveValue(plane, 'WARM_ENI_TARGET')).toBe('1');
      await eventually(() => expect(freeAddresses(running)).toBeGreaterThan(freeBefore), { timeoutMs: 180_000 });

      expect((await plane.kubectl(['delete', 'cnit', 'default', '--timeout=60s'])).exitCode).toBe(0);
      expect(await liveValue(plane, 'WARM_PREFIX_TARGET')).toMatch(/^[12]$/);
    },
    STORY_MS,
  );
});
