/** A cluster with kubelets of its own under the tests of the chart: kind, or one that somebody named. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { OutsidePlace } from '../../scripts/gate/e2e-place.ts';
import { auditedRequests } from '../../testbed/control-plane/audit-log.ts';
import type { JoinedCluster } from '../../testbed/outside/joined-cluster.ts';
import { startOutsideTestbed } from '../../testbed/outside/outside-testbed.ts';
import { RUNNER_PLACEMENT } from '../../testbed/pods/runner-node.ts';
import type { StandInOptions } from '../../testbed/stand-in.ts';
import type { Ground, OperatorPod } from './chart-cluster.ts';

const run = promisify(execFile);
const NAMESPACE = 'cni-tuner';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const CRD = 'customresourcedefinition/cnitunings.cnituning.dev';
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
    requests: async () => {
      if (auditLogCommand === undefined) return undefined;
      const [program = '', ...argv] = auditLogCommand;
      const { stdout } = await run(program, argv, { maxBuffer: MOST_LOG_BYTES });
      return auditedRequests(stdout);
    },
    stop: async () => {
      // What the tests leave on the testbed goes with its control plane; here it must go one by one.
      await plane.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--timeout=60s']);
      await plane.kubectl(['delete', CRD, '--ignore-not-found', '--timeout=60s']);
      await testbed.stop();
    },
  };
}

type Pod = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly containers: readonly { readonly ports?: readonly { name: string; containerPort: number }[] }[];
  };
};

async function operatorPods({ api, kubectl }: JoinedCluster): Promise<readonly OperatorPod[]> {
  const selector = encodeURIComponent('app.kubernetes.io/name=cni-tuner');
  const { items } = await api.get<{ items: readonly Pod[] }>(`${PODS}?labelSelector=${selector}`);
  return items.map(({ metadata: { name }, spec }) => ({
    name,
    log: async () => (await kubectl(['logs', name, '--namespace', NAMESPACE])).stdout,
    memoryBytes: async () => {
      const port = spec.containers[0]?.ports?.find((each) => each.name === 'metrics')?.containerPort;
      const { status, text } = await api.request('GET', `${PODS}/${name}:${port}/proxy/metrics`);
      const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1];
      return status === 200 && bytes !== undefined ? Number(bytes) : undefined;
    },
  }));
}
