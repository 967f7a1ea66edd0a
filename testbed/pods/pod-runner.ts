/**
 * Runs the pods of one node for real, as a kubelet would: each container is a process with the arguments and the
 * environment the pod says, a token of its service account, its probes played, its status written. One container a pod;
 * volumes that are projected or empty; HTTP probes. Linux only: pods have addresses of the loopback network.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { follow } from '../cni/follow.ts';
import type { Json } from '../cni/json.ts';
import { startReaper } from '../control-plane/reaper.ts';
import type { Image } from './images.ts';
import { type LogPlace, startKubeletLogs } from './kubelet-logs.ts';
import { PodLife } from './pod-life.ts';
import { type Pod, podPath } from './pod-spec.ts';
import { realAddress, RUNNER_NODE, runnerNodeManifest } from './runner-node.ts';
import type { Cluster } from './volumes.ts';

export type PodRunnerOptions = {
  readonly cluster: Cluster;
  /** What a reference such as `ghcr.io/a/b:0.1.0` leads to; undefined: the image cannot be pulled. */
  readonly image: (reference: string) => Image | undefined;
};

export type RunningPod = {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  readonly pid: number | undefined;
  readonly peakMemoryBytes: number;
  readonly log: () => Promise<string>;
};

export type PodRunner = {
  readonly pods: () => readonly RunningPod[];
  /** Ends every process and forgets every file; the pods stay in the cluster. */
  readonly stop: () => Promise<void>;
};

/** 127.64.0.1 and on: nobody else's, and out of reach from outside of this machine. */
const FIRST_ADDRESS = [127, 64, 0, 0] as const;
const DEFAULT_GRACE_SECONDS = 30;

/** Registers the node and resolves; pods that are bound to it start from then on. */
export async function startPodRunner({ cluster, image }: PodRunnerOptions): Promise<PodRunner> {
  const folder = await mkdtemp(join(tmpdir(), 'cni-tuner-pods-'));
  const reaper = startReaper(folder);
  const stopping = new AbortController();
  const lives = new Map<string, { readonly pod: Pod; readonly life: PodLife; ending: boolean }>();
  let addresses = 0;
  const logs = await startKubeletLogs(cluster.caFile, (place) => logFileOf([...lives.values()], place));
  await cluster.api.create('/api/v1/nodes', runnerNodeManifest(new Date().toISOString(), logs?.port));

  const begin = (pod: Pod): void => {
    const address = addressOf((addresses += 1));
    const podFolder = join(folder, pod.metadata.uid);
    const hostsFile = async () => await writeHosts(cluster, join(folder, 'hosts.json'));
    const life = new PodLife(pod, { cluster, reaper, folder: podFolder, address, image, hostsFile });
    lives.set(pod.metadata.uid, { pod, life, ending: false });
    void life.start();
  };
  const end = async (pod: Pod): Promise<void> => {
    const known = lives.get(pod.metadata.uid);
    if (known === undefined || known.ending) return;
    known.ending = true;
    const grace = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds;
    await known.life.stop((grace ?? DEFAULT_GRACE_SECONDS) * 1_000);
    lives.delete(pod.metadata.uid);
    const body = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
    await cluster.api.request('DELETE', podPath(pod), { body });
  };
  const following = follow(
    { api: cluster.api, path: '/api/v1/pods', signal: stopping.signal },
    {
      view: (object: Json): Pod => object as unknown as Pod,
      onSeen: (pod) => {
        if (pod.spec.nodeName !== RUNNER_NODE) return;
        if (pod.metadata.deletionTimestamp !== undefined) void end(pod);
        else if (!lives.has(pod.metadata.uid)) begin(pod);
      },
      onGone: (pod) => void end(pod),
    },
  );
  return {
    pods: () => [...lives.values()].map(({ pod, life }) => runningPod(pod, life)),
    stop: async () => {
      stopping.abort();
      await following;
      await Promise.all([...lives.values()].map(async ({ life }) => await life.stop(0)));
      await logs?.stop();
      await rm(folder, { recursive: true, force: true });
      await reaper.dismiss();
    },
  };
}

function addressOf(pod: number): string {
  const [a, b] = FIRST_ADDRESS;
  return `${a}.${b}.${Math.floor(pod / 250)}.${(pod % 250) + 1}`;
}

function logFileOf(
  lives: readonly { readonly pod: Pod; readonly life: PodLife }[],
  { namespace, pod: name, container }: LogPlace,
): string | undefined {
  const named = lives.find(({ pod: { metadata } }) => metadata.namespace === namespace && metadata.name === name);
  return named?.pod.spec.containers.some((each) => each.name === container) === true ? named.life.logFile : undefined;
}

function runningPod({ metadata: { name, namespace } }: Pod, life: PodLife): RunningPod {
  const { address, pid, peakMemoryBytes, logFile } = life;
  return {
    name,
    namespace,
    address,
    pid,
    peakMemoryBytes,
    log: async () => await readFile(logFile, 'utf8').catch(() => ''),
  };
}

type Slice = {
  readonly metadata: { readonly namespace: string; readonly labels?: Readonly<Record<string, string>> };
  /** Null while there is none. */
  readonly endpoints?:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
};

/** What the cluster's DNS and its Services would make of names now: ready pods of each Service. */
async function writeHosts({ api }: Cluster, file: string): Promise<string> {
  const { items } = await api.get<{ readonly items: readonly Slice[] }>('/apis/discovery.k8s.io/v1/endpointslices');
  const hosts: Record<string, readonly string[]> = {};
  for (const { metadata, endpoints } of items) {
    const service = metadata.labels?.['kubernetes.io/service-name'] ?? '';
    const ready = (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    for (const suffix of ['', '.svc', '.svc.cluster.local']) {
      hosts[`${service}.${metadata.namespace}${suffix}`] = ready.flatMap(({ addresses }) => addresses.map(realAddress));
    }
  }
  await writeFile(file, JSON.stringify(hosts));
  return file;
}
