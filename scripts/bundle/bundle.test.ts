import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastOf, parseDockerfile } from './dockerfile.ts';
import { bundle, type Bundle } from './bundle.ts';

const run = promisify(execFile);
const ROOT = dirname(dirname(import.meta.dirname));
const BUILD_MS = 60_000;

let folder: string;
let bundled: string;
let made: Bundle;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cni-tuner-bundle-'));
  bundled = join(folder, 'one');
  made = await bundle(bundled);
}, BUILD_MS);
afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** Runs the bundled program with nothing of this checkout in reach. */
async function runBundled(argv: readonly string[]) {
  const options = { cwd: bundled, env: { HOME: bundled } };
  return await run(process.execPath, ['cni-tuner.mjs', ...argv], options).catch(
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
}

async function hashOf(of: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(of)).toSorted()) hash.update(`${name}\0`).update(await readFile(join(of, name)));
  return hash.digest('hex');
}

/** Of the folder and every file: the image's layer has them in it. */
async function timesOf(of: string): Promise<readonly number[]> {
  const paths = ['.', ...(await readdir(of)).toSorted()];
  return await Promise.all(paths.map(async (path) => (await stat(join(of, path))).mtimeMs));
}

describe('the bundle', () => {
  it('runs in a folder without node_modules', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(await runBundled(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '' });
    expect((await runBundled(['run', '--help'])).stdout).toContain('--leader-elect');
  });

  it('has the whole operator in it, and says in a sentence what is missing', async () => {
    const { stdout, stderr } = await runBundled(['run', '--kubeconfig', '/nowhere', '--metrics-bind-address=0']);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^cni-tuner run: The kubeconfig \/nowhere cannot be read: .*\n$/);
  });

  it('loads every one of its parts by itself', async () => {
    const parts = (await readdir(bundled)).filter((name) => name.endsWith('.mjs') && name !== 'cni-tuner.mjs');
    const script = parts.map((part) => `await import(${JSON.stringify(join(bundled, part))});`).join('');
    const loaded = await run(process.execPath, ['--input-type=module', '-e', `${script}process.exit(0)`], {
      cwd: bundled,
    });
    expect(loaded).toEqual({ stdout: '', stderr: '' });
    expect(parts).toContain('evaluator-worker.mjs');
  });

  it('keeps the AWS SDK out of the files that are loaded at the start', async () => {
    const program = await readFile(join(bundled, 'cni-tuner.mjs'), 'utf8');
    expect(program).not.toMatch(/DescribeSubnets/);
  });

  it(
    'is the same, byte for byte, when it is built again elsewhere',
    async () => {
      const again = join(folder, 'two');
      const env = { ...process.env, TZ: 'Asia/Tokyo', LC_ALL: 'C' };
      await run(process.execPath, [join(ROOT, 'scripts/bundle.ts'), again], { cwd: folder, env });
      expect(await hashOf(again)).toBe(await hashOf(bundled));
      expect(await timesOf(again)).toEqual(await timesOf(bundled));
    },
    BUILD_MS,
  );

  it('names every package in it, with its licence and the text of it', async () => {
    const bill = JSON.parse(await readFile(join(bundled, 'sbom.cdx.json'), 'utf8'));
    const names: string[] = bill.components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['undici', 'pino', 'prom-client', '@aws-sdk/client-ec2']));
    expect(names).toHaveLength(made.packages.length);
    expect(names).not.toContain('vitest');
    const texts = await readFile(join(bundled, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    expect(made.packages.filter(({ name, version }) => !texts.includes(`${name} ${version} (`))).toEqual([]);
  });

  it('holds licences only that allow it', () => {
    const licences = new Set(made.packages.map(({ license }) => license));
    const allowed = new Set(['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Unlicense']);
    expect([...licences].filter((licence) => !allowed.has(licence))).toEqual([]);
  });
});

describe('the Dockerfile', () => {
  const text = async () => parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8'));

  it(
    'copies what its build needs: its own steps give the same bundle',
    async () => {
      const [build] = (await text()).stages;
      const source = join(folder, 'source');
      for (const { word, rest } of build?.instructions ?? []) {
        const words = rest.split(' ');
        if (word === 'COPY') {
          for (const from of words.slice(0, -1)) await cp(join(ROOT, from), join(source, from), { recursive: true });
        } else if (rest.startsWith('npm ci')) await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
        else if (word === 'RUN') {
          const argv = words.slice(1).map((argument) => argument.replace(/^(?=\/image\/app$)/, folder));
          expect(words[0]).toBe('node');
          await run(process.execPath, argv, { cwd: source });
        }
      }
      expect(await hashOf(join(folder, 'image/app'))).toBe(await hashOf(bundled));
    },
    BUILD_MS,
  );

  it('ends in an image without a shell, as a user by number who is not root', async () => {
    const { defaults, stages } = await text();
    const last = stages.at(-1);
    expect(last?.from).toBe('${RUN_IMAGE}');
    expect(defaults['RUN_IMAGE']).toMatch(/^gcr\.io\/distroless\/nodejs24-.+:nonroot$/);
    expect(last && lastOf(last, 'USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(last?.instructions.map(({ word }) => word)).not.toContain('RUN');
  });

  it('starts a program that is in the bundle, without a shell', async () => {
    const last = (await text()).stages.at(-1);
    const [node, program = ''] = JSON.parse((last && lastOf(last, 'ENTRYPOINT')) ?? '[]');
    expect(node).toBe('/nodejs/bin/node');
    expect(made.files.map(({ path }) => `/app/${path}`)).toContain(program);
    expect(last && lastOf(last, 'CMD')).toBe('["run"]');
  });

  it('takes images by a tag of their own, never the latest', async () => {
    const { defaults } = await text();
    expect(Object.values(defaults).filter((image) => !/:[^/]+$/.test(image) || image.endsWith(':latest'))).toEqual([]);
  });

  it('is sent nothing but what it copies', async () => {
    const ignored = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n');
    const copied = (await text()).stages[0]?.instructions.filter(({ word }) => word === 'COPY') ?? [];
    const sources = copied.flatMap(({ rest }) => rest.split(' ').slice(0, -1));
    expect(ignored).toContain('*');
    expect(ignored.flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))).toEqual(sources);
  });
});
