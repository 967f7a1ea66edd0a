/** The stand-in CNI on a real control plane and over real HTTP: pods get addresses, subnets fill, settings count. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAgent } from '../../src/ipamd/agent.ts';
import { undotted } from '../../testbed/cni/pod-reports.ts';
import { type Cni, startCni } from '../../testbed/cni/start-cni.ts';
import { AWS_NODE_PATH, applyAwsNode, untilRolledOut } from '../../testbed/cluster/aws-node.ts';
import { kwokConfig } from '../../testbed/cluster/kwok-config.ts';
import { createNodes, nodeNameOf } from '../../testbed/cluster/nodes.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { type Ec2Endpoint, startEc2Endpoint } from '../../testbed/ec2/endpoint.ts';
import { formatAddress } from '../../testbed/ec2/ipv4.ts';
import { Ec2Model } from '../../testbed/ec2/model.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';

type Condition = { readonly type: string; readonly status: string };
type Pod = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string; readonly hostNetwork?: boolean };
  readonly status: {
    readonly phase: string;
    readonly podIP?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly name: string;
      readonly state?: { readonly waiting?: { readonly reason: string } };
    }[];
  };
};
type PodEvent = { readonly message: string; readonly reason: string; readonly source: { readonly host: string } };
type List<T> = { readonly items: readonly T[] };

const NODES = 10;
/** m5.large: 3 interfaces of 10 addresses, 9 of them for pods. */
const SLOTS = 9;

describeOnPlane('the stand-in CNI', () => {
  const model = new Ec2Model({ now: Date.now });
  let plane: ControlPlane;
  let endpoint: Ec2Endpoint;
  let cni: Cni;
  let nodes: readonly { readonly name: string; readonly instanceId: string }[] = [];
  let subnetId = '';

  beforeAll(async () => {
    const vpc = model.addVpc({ cidr: '10.0.0.0/16' });
    subnetId = model.addSubnet({ vpcId: vpc.id, cidr: '10.0.0.0/24', zone: 'us-east-1a' }).id;
    plane = await startOwnPlane({ kwokConfig: kwokConfig({ awsNodeWaitsForCni: true }) });
    endpoint = await startEc2Endpoint({ model, rateLimits: 'off' });
    cni = await startCni({
      api: plane.api,
      createAgent,
      ec2Url: endpoint.url,
      model,
      clusterName: 'test',
      seed: 1,
      retryMs: 1000,
    });
    await applyAwsNode(plane.api, { env: { IP_COOLDOWN_PERIOD: '1' } });
    const specs = Array.from({ length: NODES }, () => {
      const { id, interfaceIds } = model.addInstance({ instanceType: 'm5.large', subnetId });
      const internalIp = formatAddress(model.interface([...interfaceIds][0] ?? '').primary);
      const name = nodeNameOf(internalIp);
      return { name, instanceId: id, instanceType: 'm5.large', zone: 'us-east-1a', internalIp };
    });
    nodes = specs;
    await createNodes(plane.api, specs);
    await untilRolledOut(plane.api, NODES, 60_000);
  });

  afterAll(async () => {
    await cni?.stop();
    await endpoint?.stop();
    await plane?.stop();
  });

  const free = () => model.subnet(subnetId).space.freeAddresses;
  const node = (at: number) => nodes[at]?.name ?? '';
  const createPod = (name: string, nodeName: string) =>
    plane.api.create('/api/v1/namespaces/default/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { nodeName, containers: [{ name: 'work', image: 'pause' }], terminationGracePeriodSeconds: 0 },
    });
  const pods = async () => (await plane.api.get<List<Pod>>('/api/v1/namespaces/default/pods')).items;
  const setEnv = (env: Readonly<Record<string, string>>) =>
    plane.api.apply(
      AWS_NODE_PATH,
      'somebody',
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'aws-node', namespace: 'kube-system' },
        spec: {
          template: {
            spec: {
              containers: [{ name: 'aws-node', env: Object.entries(env).map(([name, value]) => ({ name, value })) }],
            },
          },
        },
      },
      true,
    );
  /** Addresses of running pods that are no address of an interface of their own node, or that two pods have. */
  const misplaced = async () => {
    const seen = new Set<string>();
    return (await pods()).flatMap(({ spec, status: { podIP = '' }, metadata }) => {
      const twice = seen.has(podIP);
      seen.add(podIP);
      const instance = model.instance(nodes.find(({ name }) => name === spec.nodeName)?.instanceId ?? '');
      const interfaces = [...instance.interfaceIds].map((id) => model.interface(id));
      const known = interfaces.some(({ secondaries }) => secondaries.includes(undotted(podIP)));
      return known && !twice ? [] : [`${metadata.name} ${podIP}`];
    });
  };

  it('gives every pod an address of its own node and takes the warm interface from the subnet', async () => {
    await Promise.all(nodes.map(({ name }, at) => createPod(`first-${at}`, name)));
    await eventually(async () => {
      expect((await pods()).map(({ status }) => status.phase)).toEqual(nodes.map(() => 'Running'));
    });
    expect(await misplaced()).toEqual([]);
    // One pod: one interface for it and one warm, of ten addresses each; a /24 has 251.
    await eventually(() => {
      expect(free()).toBe(251 - NODES * 2 * (SLOTS + 1));
      // The subnet gives them when an interface is created, the node has them once it is attached.
      const held = cni.nodes().reduce((sum, { heldAddresses }) => sum + heldAddresses, 0);
      expect(held).toBe(NODES * 2 * (SLOTS + 1));
    });
  });

  it('refuses a pod as the kubelet does while its node is full, and serves it when an address is free', async () => {
    const all = 3 * SLOTS;
    await Promise.all(Array.from({ length: all }, (_, at) => createPod(`full-${at}`, node(0))));
    const here = async () => (await pods()).filter(({ spec }) => spec.nodeName === node(0));
    // The pod of the test before is the one too many.
    await eventually(async () => {
      expect((await here()).filter(({ status }) => status.phase === 'Running')).toHaveLength(all);
    });
    const [refused] = (await here()).filter(({ status }) => status.phase === 'Pending');
    const waiting = refused?.status.conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
    expect(waiting?.status).toBe('False');
    const events = await plane.api.get<List<PodEvent>>(
      `/api/v1/events?fieldSelector=${encodeURIComponent(`involvedObject.uid=${refused?.metadata.uid}`)}`,
    );
    expect(events.items.map(({ reason, source }) => `${reason} ${source.host}`)).toContain(
      `FailedCreatePodSandBox ${node(0)}`,
    );
    expect(events.items[0]?.message).toMatch(
      /^Failed to create pod sandbox: .*"[0-9a-f]{64}": plugin type="aws-cni" .*failed to assign an IP address to container$/,
    );
    const running = (await here()).find(({ status }) => status.phase === 'Running');
    await plane.api.delete(`/api/v1/namespaces/default/pods/${running?.metadata.name}`);
    await eventually(async () => {
      expect((await here()).map(({ status }) => status.phase)).toEqual(Array.from({ length: all }, () => 'Running'));
    });
    expect(await misplaced()).toEqual([]);
    expect(cni.counters().podsDelayedForAddress).toBeGreaterThan(0);
  });

  it('holds more after a rollout raised WARM_ENI_TARGET, until the subnet is full, and no pod loses its address', async () => {
    const before = new Map((await pods()).map(({ metadata, status }) => [metadata.uid, status.podIP]));
    await setEnv({ WARM_ENI_TARGET: '2' });
    await untilRolledOut(plane.api, NODES, 90_000);
    // What is left is less than the ten addresses of one more interface.
    await eventually(() => expect(free()).toBeLessThan(SLOTS + 1), { timeoutMs: 60_000 });
    const after = new Map((await pods()).map(({ metadata, status }) => [metadata.uid, status.podIP]));
    expect(after).toEqual(before);
    expect(await misplaced()).toEqual([]);
  });

  it('leaves an aws-node pod unready while its container exits, and starts it when the env is put right', async () => {
    await setEnv({ WARM_ENI_TARGET: '1', ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '0' });
    const awsNodes = async () =>
      (await plane.api.get<List<Pod>>('/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Daws-node')).items;
    const reasons = async () =>
      (await awsNodes()).flatMap(({ status }) => status.containerStatuses?.map(({ state }) => state?.waiting?.reason));
    await eventually(async () => expect(await reasons()).toContain('CrashLoopBackOff'));
    expect(cni.counters().agentCrashes).toBeGreaterThan(0);
    await setEnv({ WARM_ENI_TARGET: '1', ENABLE_PREFIX_DELEGATION: 'false', WARM_PREFIX_TARGET: '1' });
    await untilRolledOut(plane.api, NODES, 90_000);
    expect(await reasons()).not.toContain('CrashLoopBackOff');
  });

  it('serves new pods after the EC2 endpoint was away', async () => {
    const { port } = endpoint;
    await endpoint.stop();
    await createPod('during', node(1));
    endpoint = await startEc2Endpoint({ model, port, rateLimits: 'off', calls: endpoint.calls });
    await createPod('after', node(2));
    await eventually(async () => {
      const late = (await pods()).filter(({ metadata }) => ['during', 'after'].includes(metadata.name));
      expect(late.map(({ status }) => status.phase)).toEqual(['Running', 'Running']);
    });
  });
});
