/**
 * The image as a Docker engine builds and runs it. The bundle in it has tests that need no engine (`scripts/bundle`); here
 * is what only a container shows: its user, its read-only root, its health, what its first process does with a signal.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundle } from '../../scripts/bundle/bundle.ts';
import { parseDockerfile } from '../../scripts/bundle/dockerfile.ts';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { describeOnPlane, eventually, startOwnPlane } from '../support/control-plane.ts';
import { type Docker, done, DockerShelf, findDocker } from '../support/docker.ts';
import { installCrd } from '../support/shared-plane.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const BASES = parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8')).defaults;
const found = await findDocker(Object.values(BASES));
const missing = 'missing' in found ? found.missing : undefined;

/** As the chart's pods run. */
const CONFINED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
/** What OpenShift gives a pod: a number that no file of the image knows, in the group of root. */
const SOMEBODY = '1000770000:0';
/** Of what we add to the base: the bundle and nothing else. */
const ADDED_MIB = 8;
const OPERATOR = ['run', '--no-aws', '--leader-election-namespace=default', '--metrics-bind-address=127.0.0.1:0'];

let docker: Docker;
let shelf: DockerShelf;
let folder: string;
let image: string;
let plane: ControlPlane;

/** A kubeconfig that a process of any user can read, wherever it runs. */
async function kubeconfigFor(server: string, more: { readonly cluster?: object; readonly user?: object } = {}) {
  const file = join(folder, `kubeconfig-${new URL(server).port}`);
  const config = {
    'current-context': 'a',
    clusters: [{ name: 'a', cluster: { server, ...more.cluster } }],
    users: [{ name: 'a', user: more.user ?? {} }],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  };
  await writeFile(file, JSON.stringify(config));
  await chmod(file, 0o644);
  return file;
}

type Start = {
  readonly flags?: readonly string[];
  readonly kubeconfig: string;
  readonly argv: readonly string[];
};

/** A container in the background. */
async function start({ flags = [], kubeconfig, argv }: Start): Promise<string> {
  const name = shelf.newContainer();
  const mount = ['--volume', `${kubeconfig}:/kubeconfig:ro`];
  await done(docker, ['run', '--detach', '--name', name, ...CONFINED, ...mount, ...flags, image, ...argv]);
  return name;
}

/** Within a pod's grace period, and in order. */
async function stop(name: string): Promise<void> {
  await done(docker, ['stop', '--time', '20', name]);
  expect(await inspected(name, '{{.State.ExitCode}}')).toBe('0');
}

/** Runs the image to its end. */
async function run(argv: readonly string[], flags: readonly string[] = []) {
  return await docker(['run', '--rm', '--name', shelf.newContainer(), ...CONFINED, ...flags, image, ...argv]);
}

async function inspected(of: string, format: string): Promise<string> {
  return await done(docker, ['inspect', '--format', format, of]);
}

async function hashOf(of: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(of)).toSorted()) hash.update(`${name}\0`).update(await readFile(join(of, name)));
  return hash.digest('hex');
}

describeOnPlane('the image', () => {
  beforeAll(async () => {
    if ('missing' in found) return;
    docker = found.docker;
    shelf = new DockerShelf(docker);
    folder = await mkdtemp(join(tmpdir(), 'cni-tuner-image-'));
    image = shelf.newImage();
    const labels = ['--build-arg', 'VERSION=1.2.3', '--build-arg', 'REVISION=abc'];
    [plane] = await Promise.all([
      startOwnPlane({ components: [] }),
      done(docker, ['build', '--progress', 'plain', ...labels, '--tag', image, ROOT]),
    ]);
    await installCrd(plane);
  });
  afterAll(async () => {
    if (missing !== undefined) return;
    await Promise.all([shelf.clear(), plane?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(({ skip }) => {
    if (missing !== undefined) skip(missing);
  });

  it('is the base and one layer, of which no byte differs from our bundle', async () => {
    const [theirs = [], ours = []] = await Promise.all(
      [BASES['RUN_IMAGE'] ?? '', image].map(async (each) =>
        JSON.parse(await inspected(each, '{{json .RootFS.Layers}}')),
      ),
    );
    expect(ours.slice(0, -1)).toEqual(theirs);
    const bytes = await Promise.all(
      [BASES['RUN_IMAGE'] ?? '', image].map(async (each) => Number(await inspected(each, '{{.Size}}'))),
    );
    expect(((bytes[1] ?? 0) - (bytes[0] ?? 0)) / 2 ** 20).toBeLessThan(ADDED_MIB);
    const name = shelf.newContainer();
    await done(docker, ['create', '--name', name, image]);
    await done(docker, ['cp', `${name}:/app`, join(folder, 'app')]);
    await bundle(join(folder, 'ours'));
    expect(await hashOf(join(folder, 'app'))).toBe(await hashOf(join(folder, 'ours')));
  });

  it('says what it is, and has no shell', async () => {
    const config = JSON.parse(await inspected(image, '{{json .Config}}'));
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'cni-tuner',
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.revision': 'abc',
    });
    expect(config.User).toBe('65532:65532');
    for (const shell of ['/bin/sh', '/bin/bash', '/busybox/sh']) {
      const tried = await run(['-c', 'true'], ['--entrypoint', shell]);
      expect(tried).toMatchObject({ exitCode: 127, stderr: expect.stringContaining('no such file') });
    }
  });

  it.each([
    ['its own user', []],
    ['a user it does not know', ['--user', SOMEBODY]],
  ])('teaches, as %s without rights and with nothing to write to', async (_who, flags) => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(await run(['--version'], flags)).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    expect((await run(['--help'], flags)).stdout).toContain('usage: cni-tuner <command> [flags]');
    expect(await run([], flags)).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('pass --kubeconfig') });
  });

  it('is healthy by what it says itself, and stops in order when it is told to', async () => {
    // No network: the port of the health page is the one the image names.
    const name = await start({
      flags: ['--network', 'none', '--health-interval', '1s'],
      kubeconfig: await kubeconfigFor('https://127.0.0.1:1'),
      argv: [...OPERATOR, '--kubeconfig=/kubeconfig'],
    });
    await eventually(async () => expect(await inspected(name, '{{.State.Health.Status}}')).toBe('healthy'));
    await stop(name);
    expect(await done(docker, ['logs', '--tail', '1', name])).toContain('"message":"Stopped"');
  });

  it('ends on a signal while it waits, though it is the first process', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    try {
      const asked = once(mute, 'connection');
      const { port } = mute.address() as AddressInfo;
      const name = await start({
        flags: ['--network', 'host'],
        kubeconfig: await kubeconfigFor(`https://127.0.0.1:${port}`),
        argv: ['explain', 'default', '--kubeconfig=/kubeconfig'],
      });
      await asked;
      await done(docker, ['kill', '--signal', 'TERM', name]);
      await eventually(async () => expect(await inspected(name, '{{.State.Status}}')).toBe('exited'));
      expect(await inspected(name, '{{.State.ExitCode}}')).toBe('143');
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  it.each([
    ['its own user', []],
    ['a user it does not know', ['--user', SOMEBODY]],
  ])('runs the operator on a real API server, as %s with nothing to write to', async (_who, flags) => {
    const { url, caFile, tokens } = plane;
    const authority = (await readFile(caFile)).toString('base64');
    const cluster = { 'certificate-authority-data': authority };
    const name = await start({
      flags: ['--network', 'host', ...flags],
      kubeconfig: await kubeconfigFor(url, { cluster, user: { token: tokens.admin } }),
      argv: [...OPERATOR, '--health-probe-bind-address=127.0.0.1:0', '--kubeconfig=/kubeconfig'],
    });
    const lines = await eventually(async () => {
      const { stdout, stderr } = await docker(['logs', name]);
      expect(`${stdout}${stderr}`).toContain('This replica leads');
      return stdout.trim().split('\n');
    });
    const { healthPort } = JSON.parse(lines.find((line) => line.includes('"Started"')) ?? '{}');
    expect((await fetch(`http://127.0.0.1:${healthPort}/readyz`)).status).toBe(200);
    expect(lines.filter((line) => !line.includes('"level":"info"'))).toEqual([]);
    await stop(name);
  });
});
