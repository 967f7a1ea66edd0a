import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { heldAddresses } from '../../testbed/ec2/records.ts';
import { untilRolledOut } from '../../testbed/cluster/aws-node.ts';
import { startTestbed, type Testbed } from '../../testbed/testbed.ts';
import { describeOnPlane, eventually, sharedPlane } from '../support/control-plane.ts';

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL('../../testbed/main.ts', import.meta.url));

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const heldOn = ({ model }: Testbed, subnetId: string): number =>
  [...model.interfaces.values()]
    .filter((eni) => eni.subnetId === subnetId)
    .reduce((sum, eni) => sum + heldAddresses(eni), 0);

describeOnPlane('the testbed', () => {
  test('fills its subnets as nodes join and gets the addresses back when one leaves', async () => {
    const subnets = [{ cidr: '10.0.0.0/24', zone: 'us-east-1a' }];
    const testbed = await startTestbed({
      binaries: sharedPlane().binaries,
      nodes: 3,
      instanceTypes: ['m5.large'],
      subnets,
      pace: 'quick',
    });
    stops.push(testbed.stop);
    const [subnet] = testbed.subnets;
    await untilRolledOut(testbed.plane.api, 3, 60_000);
    // WARM_ENI_TARGET=1 and no pods: an m5.large holds the 10 addresses of its first interface.
    await eventually(() => expect(heldOn(testbed, subnet?.id ?? '')).toBe(3 * 10));

    await testbed.stopEc2();
    const { url } = testbed.ec2();
    await testbed.addNodes(1);
    await testbed.startEc2();
    expect(testbed.ec2().url).toBe(url);
    await untilRolledOut(testbed.plane.api, 4, 120_000);
    await eventually(() => expect(heldOn(testbed, subnet?.id ?? '')).toBe(4 * 10));

    const [gone] = testbed.nodes();
    await testbed.removeNode(gone?.name ?? '');
    await untilRolledOut(testbed.plane.api, 3, 60_000);
    // Termination deletes the primary interface; the CNI's own go with it because they are marked so.
    await eventually(() => expect(heldOn(testbed, subnet?.id ?? '')).toBe(3 * 10));
  });

  test('goes on in the background between up and down and is used through what up prints', async () => {
    const { binaries } = sharedPlane();
    const env = {
      ...process.env,
      CNI_TUNER_CACHE: await aCacheWith(dirname(binaries.etcd), dirname(binaries.kubectl)),
    };
    const testbed = async (...argv: readonly string[]) => {
      const child = spawn(process.execPath, [MAIN, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const exited = once(child, 'exit');
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
      return { stdout, stderr, code };
    };
    stops.push(() => testbed('down'));
    const up = await testbed('up', '--nodes', '2', '--instance-types', 'm5.large', '--pods', '3', '--quick');
    expect(up.code, up.stderr).toBe(0);
    const variables = Object.fromEntries(
      [...up.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]),
    );
    expect(Object.keys(variables)).toEqual([
      'KUBECONFIG',
      'TESTBED_VALUES',
      'AWS_ENDPOINT_URL',
      'AWS_REGION',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
    ]);
    await run(binaries.kubectl, ['wait', '--for=condition=Available', 'deployment/web', '--timeout=90s'], {
      env: { ...env, ...variables },
    });
    const again = await testbed('up');
    expect(again).toMatchObject({ code: 0, stdout: up.stdout });
    expect(again.stderr).toMatch(/^A testbed is already running \(process \d+\), as it was asked for then\.\n/);
    const down = await testbed('down');
    expect(down).toMatchObject({ code: 0, stderr: 'The testbed is stopped.\n' });
    await expect(access(dirname(variables['KUBECONFIG'] ?? ''))).rejects.toThrow(/ENOENT/);
    await expect(fetch(variables['AWS_ENDPOINT_URL'] ?? '')).rejects.toThrow();
    expect(await testbed('down')).toMatchObject({ code: 0, stderr: 'No testbed is running.\n' });
  });

  test('refuses a wrong flag with one sentence and exit code 2', async () => {
    const refused = await run(process.execPath, [MAIN, 'up', '--nodes', 'ten']).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        '--nodes is "ten" and must be a whole number from 1 to 5000; `npm run testbed -- --help` lists the options.\n',
    });
  });
});

/** A cache folder of the test's own that finds the built programs in the real one. */
async function aCacheWith(...folders: readonly string[]): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'cni-tuner-cache-'));
  stops.push(() => rm(cache, { recursive: true, force: true }));
  for (const folder of folders) {
    const parent = dirname(folder);
    for (const name of await readdir(parent)) {
      if (join(parent, name) === folder) await symlink(folder, join(cache, name));
    }
  }
  return cache;
}
