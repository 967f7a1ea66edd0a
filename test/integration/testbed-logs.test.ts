/** kubectl reads the log of a container that the testbed really runs, through the API server. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { type PodRunner, startPodRunner } from '../../testbed/pods/pod-runner.ts';
import { RUNNER_NODE } from '../../testbed/pods/runner-node.ts';
import { textOf } from '../support/command-line.ts';
import { describeOnPlane, eventually, sharedPlane, startOwnPlane } from '../support/control-plane.ts';

let plane: ControlPlane | undefined;
let runner: PodRunner | undefined;
let folder = '';

afterEach(async () => {
  await runner?.stop();
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Says a line, and another one each time it is asked by a file that grows. */
const PROGRAM = `
import { appendFileSync, watch, writeFileSync } from 'node:fs';
const bell = process.argv[2];
writeFileSync(bell, '');
console.log('one');
console.log('two');
let line = 2;
watch(bell, () => console.log('line ' + (line += 1)));
`;

describeOnPlane('kubectl logs', () => {
  it('shows what a container said, its last lines, and what it says from then on', async () => {
    folder = await mkdtemp(join(tmpdir(), 'cni-tuner-logs-'));
    await writeFile(join(folder, 'main.mjs'), PROGRAM);
    const bell = join(folder, 'bell');
    plane = await startOwnPlane();
    const { api, url, caFile, kubeconfigs } = plane;
    const image = { at: '/app', folder, entrypoint: ['/nodejs/bin/node', '/app/main.mjs'], command: [bell], env: {} };
    runner = await startPodRunner({ cluster: { api, url, caFile }, image: () => image });
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'says' },
      spec: { nodeName: RUNNER_NODE, containers: [{ name: 'says', image: 'says' }] },
    };
    await api.create('/api/v1/namespaces/default/pods', pod);
    const { kubectl } = plane;
    await eventually(async () => expect((await kubectl(['logs', 'says'])).stdout).toBe('one\ntwo\n'));
    expect((await kubectl(['logs', 'says', '--tail=1'])).stdout).toBe('two\n');
    expect((await kubectl(['logs', 'says', '--timestamps'])).stderr).toContain(
      "The testbed's logs know no timestamps.",
    );

    const following = spawn(sharedPlane().binaries.kubectl, ['logs', '-f', 'says'], {
      env: { KUBECONFIG: kubeconfigs.admin, HOME: folder },
    });
    const said = textOf(following.stdout);
    await eventually(() => expect(said()).toBe('one\ntwo\n'));
    await writeFile(bell, 'ring');
    await eventually(() => expect(said()).toMatch(/^one\ntwo\nline 3\n/));
    following.kill();
  });
});
