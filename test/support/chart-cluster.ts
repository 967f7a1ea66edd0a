/** A stand-in EKS for the chart: Helm installs into it, and the operator's pods run for real. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { type AuditedRequest, readAuditLog } from '../../testbed/control-plane/audit-log.ts';
import { CHART_CONTROLLERS } from '../../testbed/control-plane/control-plane.ts';
import { findHelm, type HelmMajor, runHelm } from '../../testbed/control-plane/helm.ts';
import type { KubectlResult } from '../../testbed/control-plane/kubectl.ts';
import { awsValues, startOperatorPods } from '../../testbed/pods/operator-pods.ts';
import { REGION, type StandIn, type StandInOptions } from '../../testbed/stand-in.ts';
import { startTestbed } from '../../testbed/testbed.ts';
import { outsidePlace, sharedPlane } from './control-plane.ts';
import { startOutsideGround } from './outside-ground.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const CHART = join(ROOT, 'deploy/chart');

export type OperatorPod = {
  readonly name: string;
  log(): Promise<string>;
  /** Undefined: nobody can tell. */
  memoryBytes(): Promise<number | undefined>;
};

/** What differs between the testbed, whose pods are processes here, and a cluster with kubelets of its own. */
export type Ground = {
  readonly plane: {
    readonly api: ApiClient;
    readonly kubectl: (argv: readonly string[], options?: { readonly input?: string }) => Promise<KubectlResult>;
  };
  readonly kubeconfig: string;
  readonly kubectlProgram: string;
  readonly standIn: StandIn;
  /** For the chart, so that its pods run here. */
  readonly values: object;
  /** Of the namespace cni-tuner. */
  operatorPods(): Promise<readonly OperatorPod[]>;
  /** Whether pods are kept from what no NetworkPolicy lets them do. */
  readonly enforcesNetworkPolicies: boolean;
  /** As the API server saw them; undefined: it keeps no log that can be read. */
  requests(): Promise<readonly AuditedRequest[] | undefined>;
  stop(): Promise<void>;
};

export type ChartCluster = Omit<Ground, 'standIn'> & {
  /** A folder of the test's own. */
  readonly folder: string;
  /** Helm's answer; any exit code is one. Rejects where there is no such Helm. */
  helm(major: HelmMajor, argv: readonly string[]): Promise<KubectlResult>;
};

/** What would take minutes on AWS takes seconds here. */
const IMPATIENT = { aws: { region: REGION, refreshInterval: '2s' }, evaluationInterval: '2s' };

/** The chart's own ports, and that of the testbed's AWS. */
const behindPolicy = (ec2Url: string) => ({
  networkPolicy: { enabled: true, egressPorts: [443, 6443, Number(new URL(ec2Url).port)] },
});

type Size = { readonly nodes: number; readonly podsPerNode: number };

export async function startChartCluster({ nodes, podsPerNode }: Size): Promise<ChartCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-chart-'));
  const started: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const stopOne of started.splice(0).toReversed()) await stopOne();
  };
  const options = {
    nodes,
    instanceTypes: ['m5.large'],
    awsNode: { maxUnavailable: '50%' },
    pace: 'quick',
  } as const;
  try {
    const ground =
      outsidePlace === undefined ? await startOwnGround(options) : await startOutsideGround(options, outsidePlace);
    started.push(ground.stop);
    const { api } = ground.plane;
    for (const { name } of ground.standIn.nodes()) {
      for (let at = 0; at < podsPerNode; at += 1) await api.create('/api/v1/namespaces/default/pods', workOn(name, at));
    }
    const { kubeconfig } = ground;
    const ec2Url = ground.standIn.ec2().url;
    return {
      ...ground,
      folder,
      values: { ...awsValues(ec2Url), ...IMPATIENT, ...behindPolicy(ec2Url), ...ground.values },
      helm: async (major, argv) => {
        const program = await findHelm(major);
        if (program === undefined) throw new Error(`There is no Helm ${major} for this machine.`);
        return await runHelm({ program, kubeconfig, folder: join(folder, `helm-${major}`) }, argv);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The testbed with its pod runner in the place of kubelet and image. */
async function startOwnGround(options: StandInOptions): Promise<Ground> {
  const { binaries } = sharedPlane();
  const testbed = await startTestbed({ ...options, binaries, auditLog: true, controllers: CHART_CONTROLLERS });
  const { plane } = testbed;
  const { kubeconfigs, auditLogFile = '' } = plane;
  try {
    const { runner, values, stop } = await startOperatorPods(plane);
    return {
      plane,
      kubeconfig: kubeconfigs.admin,
      kubectlProgram: binaries.kubectl,
      standIn: testbed,
      values,
      operatorPods: async () =>
        runner
          .pods()
          .map(({ name, log, peakMemoryBytes }) => ({ name, log, memoryBytes: async () => peakMemoryBytes })),
      enforcesNetworkPolicies: false,
      requests: async () => await readAuditLog(auditLogFile),
      stop: async () => {
        await stop();
        await testbed.stop();
      },
    };
  } catch (error) {
    await testbed.stop();
    throw error;
  }
}

function workOn(nodeName: string, at: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `work-${nodeName.split('.')[0]}-${at}` },
    spec: { nodeName, containers: [{ name: 'work', image: 'registry.k8s.io/pause:3.10' }] },
  };
}
