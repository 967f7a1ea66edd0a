/**
 * One pod's life on the runner node: volumes, the process, probes, restarts, its end. What it is, is written to the
 * pod's status each time it changes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reaper } from '../control-plane/reaper.ts';
import type { World } from './container-world.ts';
import { type Image, nodeArguments } from './images.ts';
import { bytesOf, type Container, fieldOf, type Pod, podPath } from './pod-spec.ts';
import { type ContainerState, statusOf } from './pod-status.ts';
import { shownAddress } from './runner-node.ts';
import { startProbes } from './probes.ts';
import { type Cluster, makeVolumes } from './volumes.ts';

const WORLD_MODULE = new URL('./container-world.ts', import.meta.url);
const FIRST_BACK_OFF_MS = 10_000;
const LONGEST_BACK_OFF_MS = 300_000;
const LOOK_AT_MEMORY_EVERY_MS = 1_000;

export type PodSurroundings = {
  readonly cluster: Cluster;
  readonly reaper: Reaper;
  /** Of this pod. */
  readonly folder: string;
  readonly address: string;
  readonly image: (reference: string) => Image | undefined;
  /** Writes the file of names and addresses and tells where it is. */
  readonly hostsFile: () => Promise<string>;
};

export class PodLife {
  readonly #around: PodSurroundings;
  readonly #pod: Pod;
  readonly #container: Container;
  readonly #startTime = new Date().toISOString();
  #state: ContainerState = { kind: 'Waiting', reason: 'ContainerCreating', message: '' };
  #last: ContainerState | undefined;
  #child: ChildProcess | undefined;
  #ready = false;
  #readySince = this.#startTime;
  #restarts = 0;
  #oomKilled = false;
  #peakMemoryBytes = 0;
  #stopping = false;
  #endProbes = (): void => {};
  #backOff: NodeJS.Timeout | undefined;
  /** Reports go out one after another. */
  #reporting: Promise<void> = Promise.resolve();

  constructor(pod: Pod, around: PodSurroundings) {
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error(`The pod ${pod.metadata.name} has no container.`);
    this.#pod = pod;
    this.#container = container;
    this.#around = around;
  }

  get logFile(): string {
    return join(this.#around.folder, `${this.#container.name}.log`);
  }

  get address(): string {
    return this.#pod.spec.hostNetwork === true ? '127.0.0.1' : this.#around.address;
  }

  /** Most resident memory its process ever had, in bytes. */
  get peakMemoryBytes(): number {
    return this.#peakMemoryBytes;
  }

  /** Of the container's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    await mkdir(this.#around.folder, { recursive: true });
    const image = this.#around.image(this.#container.image);
    if (image === undefined) return this.#wait('ErrImagePull', `${this.#container.image}: not found`);
    try {
      const mounts = await makeVolumes({ ...this.#around, pod: this.#pod, address: this.address });
      await this.#run(image, mounts);
    } catch (error) {
      this.#wait('CreateContainerError', error instanceof Error ? error.message : String(error));
    }
  }

  /** SIGTERM, the pod's grace, SIGKILL. Resolves when its process is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#endProbes();
    clearTimeout(this.#backOff);
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
      child.kill('SIGTERM');
      await gone;
      clearTimeout(late);
    }
    await this.#reporting;
  }

  async #run(image: Image, mounts: Readonly<Record<string, string>>): Promise<void> {
    const world = await this.#worldFile(mounts);
    const log = await open(this.logFile, 'a');
    const preload = new URL(`?world=${encodeURIComponent(world)}`, WORLD_MODULE);
    const argv = [
      ...confinement(this.#container, mounts),
      '--import',
      preload.href,
      ...nodeArguments(this.#container, image),
    ];
    const child = spawn(process.execPath, argv, {
      cwd: '/',
      detached: true,
      env: { ...image.env, ...this.#clusterEnv(), ...this.#env() },
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    await log.close();
    const pid = child.pid ?? 0;
    this.#child = child;
    this.#around.reaper.adopt(pid);
    this.#state = { kind: 'Running', startedAt: new Date().toISOString() };
    const watching = setInterval(() => void this.#lookAtMemory(child), LOOK_AT_MEMORY_EVERY_MS);
    child.once('exit', (code, signal) => {
      clearInterval(watching);
      this.#around.reaper.forget(pid);
      this.#exited(code ?? (signal === 'SIGKILL' ? 137 : 143), () => this.#run(image, mounts));
    });
    this.#endProbes = startProbes(this.#container, this.address, {
      onReady: (ready) => this.#becomes(ready),
      onDead: () => child.kill('SIGTERM'),
    });
    this.#report();
  }

  async #worldFile(mounts: World['mounts']): Promise<string> {
    const file = join(this.#around.folder, 'world.json');
    const onHost = this.#pod.spec.hostNetwork === true;
    const world: World = {
      mounts,
      hostsFile: await this.#around.hostsFile(),
      ...(onHost ? {} : { address: this.address }),
    };
    await writeFile(file, JSON.stringify(world));
    return file;
  }

  /** As the kubelet gives it to every container. */
  #clusterEnv(): Readonly<Record<string, string>> {
    const { hostname, port } = new URL(this.#around.cluster.url);
    return { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, HOSTNAME: this.#pod.metadata.name };
  }

  #env(): Readonly<Record<string, string>> {
    const entries = (this.#container.env ?? []).map(({ name, value = '', valueFrom }) => {
      if (valueFrom === undefined) return [name, value];
      if (valueFrom.fieldRef === undefined) throw new Error(`The pod runner cannot tell where ${name} comes from.`);
      return [name, fieldOf(this.#pod, valueFrom.fieldRef.fieldPath, shownAddress(this.address))];
    });
    return Object.fromEntries(entries);
  }

  #exited(code: number, again: () => Promise<void>): void {
    this.#endProbes();
    const reason = this.#oomKilled ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error';
    this.#oomKilled = false;
    const ended: ContainerState = { kind: 'Terminated', exitCode: code, reason, finishedAt: new Date().toISOString() };
    this.#ready = false;
    this.#readySince = ended.finishedAt;
    const { restartPolicy = 'Always' } = this.#pod.spec;
    const ends = restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && code === 0);
    if (this.#stopping || ends) {
      this.#state = ended;
      return this.#report();
    }
    const pauseMs =
      this.#restarts === 0 ? 0 : Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (this.#restarts - 1));
    this.#restarts += 1;
    this.#last = ended;
    this.#wait('CrashLoopBackOff', `back-off ${pauseMs / 1_000}s restarting failed container`);
    this.#backOff = setTimeout(() => {
      again().catch((error: unknown) => this.#wait('RunContainerError', String(error)));
    }, pauseMs);
  }

  #becomes(ready: boolean): void {
    if (ready === this.#ready || this.#state.kind !== 'Running') return;
    this.#ready = ready;
    this.#readySince = new Date().toISOString();
    this.#report();
  }

  #wait(reason: string, message: string): void {
    this.#state = { kind: 'Waiting', reason, message };
    this.#report();
  }

  /** A kernel would count the container's memory at every allocation; here it is looked at once a second. */
  async #lookAtMemory(child: ChildProcess): Promise<void> {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1_024;
    this.#peakMemoryBytes = Math.max(this.#peakMemoryBytes, resident);
    const limit = bytesOf(this.#container.resources?.limits?.memory);
    if (limit === undefined || resident <= limit) return;
    this.#oomKilled = true;
    child.kill('SIGKILL');
  }

  #report(): void {
    const status = statusOf({
      container: this.#container,
      address: this.address,
      startTime: this.#startTime,
      state: this.#state,
      last: this.#last,
      ready: this.#ready,
      readySince: this.#readySince,
      restarts: this.#restarts,
      restartsAlways: (this.#pod.spec.restartPolicy ?? 'Always') === 'Always',
    });
    const { uid } = this.#pod.metadata;
    const body = { metadata: { uid }, status };
    const options = { body, contentType: 'application/strategic-merge-patch+json' };
    // A pod that is gone meanwhile needs no status.
    this.#reporting = this.#reporting
      .then(async () => void (await this.#around.cluster.api.request('PATCH', `${podPath(this.#pod)}/status`, options)))
      .catch(() => {});
  }
}

/** A read-only root file system, as far as Node can hold its program to it: no write, no other program. */
function confinement(container: Container, mounts: Readonly<Record<string, string>>): readonly string[] {
  if (container.securityContext?.readOnlyRootFilesystem !== true) return [];
  const writable = (container.volumeMounts ?? []).flatMap(({ mountPath, readOnly }) =>
    readOnly === true ? [] : [`--allow-fs-write=${mounts[mountPath] ?? ''}/*`],
  );
  return ['--permission', '--allow-fs-read=*', '--allow-worker', '--disable-warning=SecurityWarning', ...writable];
}
