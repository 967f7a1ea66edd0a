/** A cluster with kubelets of its own under the tests of the chart: kind, or one that somebody named. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { OutsidePlace } from '../../scripts/gate/e2e-place.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { auditedRequests } from '../../testbed/control-plane/audit-log.ts';
import type { JoinedCluster } from '../../testbed/outside/joined-cluster.ts';
import { startOutsideTestbed } from '../../testbed/outside/outside-testbed.ts';
import { RUNNER_PLACEMENT } from '../../testbed/pods/runner-node.ts';
import type { StandInOptions } from '../../testbed/stand-in.ts';
import type { Ground, OperatorPod } from './chart-cluster.ts';
import { eventually } from './control-plane.ts';

const run = promisify(execFile);
const NAMESPACE = 'cni-tuner';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const CRD = 'customresourcedefinition/cnitunings.cnituning.dev';
/** Of a release that a test leaves installed, what lies in no namespace. */
const CLUSTER_WIDE = ['clusterroles,clusterrolebindings', '--selector', 'app.kubernetes.io/name=cni-tuner'];
const MOST_LOG_BYTES = 256 * 2 ** 20;

export async function startOutsideGround(options: StandInOptions, place: OutsidePlace): Promise<Ground> {
  const { kwok, kubectl, kubeconfig, hostAddress, auditLogCommand, valuesFile } = place;
  const testbed = await startOutsideTestbed({
    ...options,
    kubeconfig,
    binaries: { kwok, kubectl },
    ec2Address: hostAddress,
  });
  const { plane } = testbed;
  return {
    plane,
    kubeconfig,
    kubectlProgram: kubectl,
    standIn: testbed,
    values: {
      ...RUNNER_PLACEMENT,
      ...(valuesFile === undefined ? {} : parse(await readFile(valuesFile, 'utf8'))),
    },
    operatorPods: async () => await operatorPods(plane),
    enforcesNetworkPolicies: place.enforcesNetworkPolicies === true,
    requests: async () => {
      if (auditLogCommand === undefined) return undefined;
      const [program = '', ...argv] = auditLogCommand;
      const { stdout } = await run(program, argv, { maxBuffer: MOST_LOG_BYTES });
      return auditedRequests(stdout);
    },
    stop: async () => {
      // What the tests leave on the testbed goes with its control plane; here it must go one by one.
      await plane.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=60s']);
      await plane.kubectl(['delete', ...CLUSTER_WIDE]);
      await plane.kubectl(['delete', CRD, '--ignore-not-found', '--timeout=60s']);
      await testbed.stop();
    },
  };
}

type Pod = { readonly metadata: { readonly name: string }; readonly spec: { readonly nodeName: string } };

async function operatorPods({ api, kubectl }: JoinedCluster): Promise<readonly OperatorPod[]> {
  const selector = encodeURIComponent('app.kubernetes.io/name=cni-tuner');
  const { items } = await api.get<{ items: readonly Pod[] }>(`${PODS}?labelSelector=${selector}`);
  return items.map(({ metadata: { name }, spec: { nodeName } }) => ({
    name,
    log: async () => (await kubectl(['logs', name, '--namespace', NAMESPACE])).stdout,
    memoryBytes: async () => await memoryOf(api, { name, nodeName }),
  }));
}

type Container = {
  readonly startTime: string;
  readonly memory?: { readonly time: string; readonly workingSetBytes?: number };
};
type Summary = {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly containers: readonly Container[];
  }[];
};

/** What a container takes while it starts says nothing. */
const SETTLED_AFTER_MS = 10_000;

/** As the kubelet counts it, now and then: a policy or a token may keep us from the pod's own metrics. */
async function memoryOf(api: ApiClient, pod: { readonly name: string; readonly nodeName: string }) {
  const read = async (): Promise<number> => {
    const { pods } = await api.get<Summary>(`/api/v1/nodes/${pod.nodeName}/proxy/stats/summary`);
    const found = pods.find(({ podRef }) => podRef.name === pod.name && podRef.namespace === NAMESPACE);
    const bytes = found?.containers[0] === undefined ? undefined : settledBytes(found.containers[0]);
    if (bytes === undefined) throw new Error(`The kubelet has not counted ${pod.name} yet.`);
    return bytes;
  };
  return await eventually(read, { timeoutMs: 60_000 }).catch(() => undefined);
}

function settledBytes({ startTime, memory }: Container): number | undefined {
  if (memory === undefined) return undefined;
  const settled = Date.parse(memory.time) - Date.parse(startTime) >= SETTLED_AFTER_MS;
  return settled ? memory.workingSetBytes : undefined;
}
