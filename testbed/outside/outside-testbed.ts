/**
 * The stand-in EKS as a guest in a cluster that somebody else runs (kind, or any throw-away one): its nodes, aws-node and
 * CNI are the testbed's, its API server, controllers and kubelets are not. The nodes that were there look like Fargate
 * nodes and run their pods for real.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AWS_NODE_PATH } from '../cluster/aws-node.ts';
import { kwokConfig } from '../cluster/kwok-config.ts';
import { NODE_GROUP_LABEL } from '../cluster/nodes.ts';
import type { Binaries } from '../control-plane/binaries.ts';
import { startComponent } from '../control-plane/component-process.ts';
import { kwokFlags } from '../control-plane/components.ts';
import { freePort } from '../control-plane/free-port.ts';
import { type Reaper, startReaper } from '../control-plane/reaper.ts';
import { PACES, type StandIn, type StandInOptions, startStandIn } from '../stand-in.ts';
import { type JoinedCluster, joinCluster } from './joined-cluster.ts';

export type OutsideOptions = Omit<StandInOptions, 'nodeAddressType'> & {
  readonly kubeconfig: string;
  readonly binaries: Pick<Binaries, 'kwok' | 'kubectl'>;
};

export type OutsideTestbed = StandIn & { readonly plane: JoinedCluster };

const KWOK_READY_WITHIN_MS = 60_000;
/** As the kubelet's. The cluster's controllers take a node silent for 50 seconds for dead, and its pods for unready. */
const LEASE_SECONDS = 40;

/** `stop` takes its objects out of the cluster again. */
export async function startOutsideTestbed(options: OutsideOptions): Promise<OutsideTestbed> {
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-outside-'));
  const reaper = startReaper(folder);
  const started: (() => Promise<void>)[] = [
    async () => {
      await rm(folder, { recursive: true, force: true });
      await reaper.dismiss();
    },
  ];
  const stop = async (): Promise<void> => {
    for (const stopOne of started.splice(0).toReversed()) await stopOne();
  };
  try {
    const { kubeconfig, binaries } = options;
    const plane = await joinCluster({ kubeconfig, kubectl: binaries.kubectl, folder: join(folder, 'cluster') });
    started.push(plane.leave);
    const kwok = await startKwok(options, { folder, reaper });
    started.push(kwok.kill);
    const standIn = await startStandIn(plane, { ...options, nodeAddressType: 'ExternalIP' });
    started.push(standIn.stop, () => takeAway(plane, standIn));
    return { ...standIn, plane, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startKwok(options: OutsideOptions, { folder, reaper }: { folder: string; reaper: Reaper }) {
  const { kwok } = PACES[options.pace ?? 'real'];
  const configFile = join(folder, 'kwok.yaml');
  await writeFile(configFile, kwokConfig({ ...kwok, awsNodeWaitsForCni: true, leaseSeconds: LEASE_SECONDS }));
  const port = await freePort();
  const flags = kwokFlags({ kubeconfig: options.kubeconfig, configFile, port });
  return await startComponent(
    {
      name: 'kwok',
      program: options.binaries.kwok,
      argv: [...flags, '--manage-all-nodes=false', `--manage-nodes-with-label-selector=${NODE_GROUP_LABEL}`],
      logFile: join(folder, 'kwok.log'),
      isReady: async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok,
      readyWithinMs: KWOK_READY_WITHIN_MS,
    },
    reaper,
  );
}

/** aws-node first: its controller would make a pod again for a node that is about to go. */
async function takeAway({ api }: JoinedCluster, standIn: StandIn): Promise<void> {
  for (const path of [AWS_NODE_PATH, '/api/v1/namespaces/kube-system/serviceaccounts/aws-node']) {
    await api.request('DELETE', path);
  }
  for (const { name } of standIn.nodes()) await standIn.removeNode(name);
}
