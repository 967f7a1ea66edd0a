import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { applyAwsNode, untilRolledOut } from '../../testbed/cluster/aws-node.ts';
import { createNodes, nodeNameOf, type NodeSpec } from '../../testbed/cluster/nodes.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../testbed/control-plane/control-plane.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';
import { installCrd } from '../support/shared-plane.ts';

const planes: ControlPlane[] = [];

async function aPlane(options: Omit<ControlPlaneOptions, 'binaries'> = {}): Promise<ControlPlane> {
  const plane = await startOwnPlane(options);
  planes.push(plane);
  return plane;
}

afterEach(async () => {
  await Promise.all(planes.splice(0).map((plane) => plane.stop()));
});

const aNode = (index: number): NodeSpec => {
  const internalIp = `10.0.1.${10 + index}`;
  return {
    name: nodeNameOf(internalIp),
    instanceId: `i-${String(index).padStart(17, '0')}`,
    instanceType: 'm5.large',
    zone: 'us-east-1a',
    internalIp,
  };
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describeOnPlane('the control plane of the testbed', () => {
  test('rolls aws-node out to ten nodes, once at first and once more after a change', async () => {
    const { api } = await aPlane();
    await createNodes(
      api,
      Array.from({ length: 10 }, (_, index) => aNode(index)),
    );
    await applyAwsNode(api);
    await untilRolledOut(api, 10, 60_000);
    await applyAwsNode(api, { env: { WARM_ENI_TARGET: '2' } });
    await untilRolledOut(api, 10, 60_000);
    const pods = await api.get<{ items: { spec: { containers: { env: { name: string; value?: string }[] }[] } }[] }>(
      '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Daws-node',
    );
    const targets = pods.items.map(
      ({ spec }) => spec.containers[0]?.env.find(({ name }) => name === 'WARM_ENI_TARGET')?.value,
    );
    expect(targets).toEqual(Array.from({ length: 10 }, () => '2'));
  });

  test('keeps everything over a crash of the API server', async () => {
    const plane = await aPlane({ components: ['kube-controller-manager'] });
    await installCrd(plane);
    await plane.api.create('/api/v1/namespaces/default/configmaps', {
      metadata: { name: 'kept' },
      data: { answer: '42' },
    });
    const before = plane.pids()['kube-apiserver'];
    await plane.kill('kube-apiserver');
    await expect(plane.api.get('/version')).rejects.toThrow();
    await plane.start('kube-apiserver');
    expect(plane.pids()['kube-apiserver']).not.toBe(before);
    const kept = await plane.api.get<{ data: unknown }>('/api/v1/namespaces/default/configmaps/kept');
    expect(kept.data).toEqual({ answer: '42' });
    await expect(plane.kubectl(['get', 'cnit'])).resolves.toMatchObject({ exitCode: 0 });
  });

  test('runs beside another and leaves neither a process nor a file when it stops', async () => {
    const [one, other] = await Promise.all([aPlane(), aPlane()]);
    const pids = [...Object.values(one.pids()), ...Object.values(other.pids())];
    expect(pids).toHaveLength(10);
    expect(pids.filter(isAlive)).toHaveLength(10);
    await Promise.all([one.stop(), other.stop()]);
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(access(one.folder)).rejects.toThrow(/ENOENT/);
    await expect(access(other.folder)).rejects.toThrow(/ENOENT/);
  });

  test('leaves nothing behind when the process that holds it is killed with SIGKILL', async () => {
    const script = fileURLToPath(new URL('../support/plane-holder.ts', import.meta.url));
    const holder = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(holder.stdout, 'data');
    const { folder, pids }: { folder: string; pids: number[] } = JSON.parse(String(line));
    expect(pids.filter(isAlive)).toHaveLength(2);
    holder.kill('SIGKILL');
    await eventually(async () => {
      expect(pids.filter(isAlive)).toEqual([]);
      await expect(access(folder)).rejects.toThrow(/ENOENT/);
    });
  });
});
