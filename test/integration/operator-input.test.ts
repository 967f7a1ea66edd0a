/** Wrong input: one sentence, and the operator stays up where it is not its own input. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodes } from '../../testbed/cluster/nodes.ts';
import { AWS_NODE_PATH } from '../../testbed/cluster/aws-node.ts';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { type Operator, runOperatorToEnd, startOperator } from '../support/operator.ts';
import { applyTuning, type SmallCluster, startSmallCluster, untilStatus, ZONE } from '../support/small-cluster.ts';

describe('wrong flags', () => {
  it.each([
    [['--log-level=loud'], '--log-level is "loud"; it must be debug, info, warn, error.'],
    [
      ['--aws-refresh-interval=0s'],
      '--aws-refresh-interval is "0s"; it must be a duration from 1s to 1h, such as 1s or 90s.',
    ],
    [['--kube-config=x'], "Unknown option '--kube-config'; `cni-tuner run --help` lists the flags."],
    [['--kubeconfig=/nowhere/kubeconfig'], 'The kubeconfig /nowhere/kubeconfig cannot be read: '],
    [
      ['--kubeconfig='],
      'No kubeconfig was given and this is no pod of a cluster; pass --kubeconfig or set KUBECONFIG.',
    ],
    [['--kubeconfig=package.json'], 'The kubeconfig package.json '],
  ])('ends with exit code 2 and one sentence for %j', async (flags, sentence) => {
    const { code, errors } = await runOperatorToEnd({ kubeconfig: '/nowhere', flags });
    expect(code).toBe(2);
    const [line = '', ...more] = errors.trimEnd().split('\n');
    expect(more).toEqual([]);
    expect(line.startsWith(`cni-tuner run: ${sentence}`), line).toBe(true);
  });
});

describeOnPlane('wrong input from the cluster', () => {
  let cluster: SmallCluster;
  let operator: Operator;

  beforeAll(async () => {
    cluster = await startSmallCluster({ nodes: 3, podsPerNode: 2 });
    operator = startOperator({ kubeconfig: cluster.plane.kubeconfigs.operator, ec2Url: cluster.ec2().url });
    await operator.untilLogged('This replica leads');
  });
  afterAll(async () => {
    await operator?.stop('SIGKILL');
    await cluster?.stop();
  });

  it('names a malformed WARM_ENI_TARGET as the CNI reads it, and goes on', async () => {
    await applyTuning(cluster.plane, { mode: 'Recommend', history: { minimum: '1m' } });
    await untilStatus(cluster.plane, ({ observedGeneration }) => observedGeneration > 0);
    const set = ['set', 'env', 'ds/aws-node', '-n', 'kube-system', '-c', 'aws-node', 'WARM_ENI_TARGET=abc'];
    expect((await cluster.plane.kubectl(set)).exitCode).toBe(0);
    const status = await untilStatus(
      cluster.plane,
      ({ settings }) => settings?.some(({ live }) => live === 'abc') ?? false,
    );
    expect(JSON.stringify(status)).toContain('is not an integer; the CNI reads it as 1');
    expect((await operator.ready()).status).toBe(200);
    expect(operator.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('names and skips an unknown instance type, and goes on with the others', async () => {
    const internalIp = '10.0.9.9';
    const node = {
      name: 'ip-10-0-9-9.ec2.internal',
      instanceId: 'i-0123456789abcdef0',
      instanceType: 'zz9.plural',
      zone: ZONE,
      internalIp,
    };
    await createNodes(cluster.plane.api, [node]);
    const status = await untilStatus(cluster.plane, ({ nodes }) => nodes?.total === 4);
    expect(JSON.stringify(status)).toContain('zz9.plural');
    expect(status.nodes).toMatchObject({ tuned: 3, skipped: [{ reason: 'UnknownInstanceType', nodes: 1 }] });
    await eventually(() => expect(JSON.stringify(operator.lines())).toContain('zz9.plural'));
    expect((await operator.ready()).status).toBe(200);
  });

  it('stalls on a window that can never open, naming the field, and goes on once it is corrected', async () => {
    const { plane } = cluster;
    const windows = (timeZone: string) => ({ windows: [{ schedule: '0 2 * * 1-5', duration: '4h', timeZone }] });
    await applyTuning(plane, { mode: 'Recommend', history: { minimum: '1m' }, changes: windows('Mars/Olympus_Mons') });
    const waited = await plane.kubectl(['wait', '--for=condition=Stalled', '--timeout=60s', 'cnit/default']);
    expect(waited).toMatchObject({ exitCode: 0 });
    const status = await untilStatus(plane, ({ hold }) => hold?.reason === 'InvalidSchedule');
    expect(status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InvalidSchedule',
      message: expect.stringMatching(/^spec\.changes\.windows\[0\]\.timeZone is "Mars\/Olympus_Mons".*Europe\/Berlin/),
    });
    const metrics = await operator.metrics();
    expect(metrics).toContain('cnituning_resource_condition{name="default",type="Stalled",status="true"} 1');
    expect(metrics).toContain('cnituning_hold{name="default",reason="InvalidSchedule"} 1');
    await applyTuning(plane, { mode: 'Recommend', history: { minimum: '1m' }, changes: windows('Europe/Berlin') });
    const ready = await plane.kubectl(['wait', '--for=condition=Ready', '--timeout=60s', 'cnit/default']);
    expect(ready).toMatchObject({ exitCode: 0 });
  });

  it('says that the DaemonSet is gone, and takes it up again when it comes back', async () => {
    const text = await cluster.plane.api.get<Record<string, unknown>>(AWS_NODE_PATH);
    await cluster.plane.api.delete(AWS_NODE_PATH);
    await untilStatus(cluster.plane, ({ hold }) => hold?.reason === 'DaemonSetNotFound');
    const { name, namespace, labels } = text['metadata'] as Record<string, unknown>;
    const again = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace, labels },
      spec: text['spec'],
    };
    await cluster.plane.api.create('/apis/apps/v1/namespaces/kube-system/daemonsets', again);
    await untilStatus(cluster.plane, ({ hold }) => hold?.reason !== 'DaemonSetNotFound');
    expect(operator.lines().filter(({ level }) => level === 'error')).toEqual([]);
  });
});
