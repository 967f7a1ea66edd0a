import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from './step.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'place-'));
  await symlink(process.execPath, join(folder, 'node'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** `npm run test:e2e -- …` on a machine whose PATH is the folder. */
async function testE2e(...argv: string[]) {
  const child = spawn(process.execPath, [join(ROOT, 'scripts/test.ts'), '--tier', 'e2e', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: folder, HOME: folder, CNI_TUNER_CACHE: join(folder, 'cache') },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

describe('npm run test:e2e -- --on kind', () => {
  it('says in one sentence that there is no Docker, and runs nothing', async () => {
    expect(await testE2e('--on', 'kind')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^kind runs its nodes in Docker and no "docker" is on PATH; install .*\.\n$/),
    });
  });

  it("says in one sentence that Docker's engine does not answer", async () => {
    const docker = '#!/bin/sh\necho "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2\nexit 1\n';
    await writeFile(join(folder, 'docker'), docker);
    await chmod(join(folder, 'docker'), 0o755);
    expect(await testE2e('--on', 'kind')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^kind runs its nodes in Docker, and its engine does not answer \(.*\n$/),
    });
  });

  it('refuses another place in one sentence', async () => {
    expect(await testE2e('--on', 'minikube')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'There is no place "minikube"; say --on testbed or --on kind.\n',
    });
  });
});
