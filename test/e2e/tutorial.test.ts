/** The tutorial as a newcomer types it, from `npm run testbed -- up` to `down`; what it says is what the page shows. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnPlane, sharedPlane } from '../support/control-plane.ts';
import { gist, stepsOf } from '../support/documented-commands.ts';
import { failuresOf, type Typed, typeAll } from '../support/reader.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/tutorial.md';

/** Said where the few minutes seen happen to speak for the pair of address targets. */
const ONLY_SOMETIMES = / With settings\.warmIP and minimumIP allowed: .* idle\./;

let cache = '';

describeOnPlane('the tutorial', () => {
  /** A testbed of the test's own, beside one that somebody may have up. */
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'tutorial-'));
    const { binaries } = sharedPlane();
    for (const built of [dirname(binaries.etcd), dirname(binaries.kubectl)]) {
      await symlink(built, join(cache, basename(built)));
    }
  });
  afterAll(async () => {
    await typeAll(['npm run -s testbed -- down'], { cwd: ROOT, env: { ...process.env, CNI_TUNER_CACHE: cache } });
    await rm(cache, { recursive: true, force: true });
  });

  it('closes the loop, and shows what one sees', async () => {
    const steps = stepsOf(await readFile(join(ROOT, PAGE), 'utf8'));
    const env = { ...process.env, CNI_TUNER_CACHE: cache, KUBECONFIG: undefined, NO_COLOR: '1' };
    const typed = [
      ...(await typeAll(
        steps.flatMap(({ commands }) => commands),
        { cwd: ROOT, env },
      )),
    ];
    const transcript = process.env['CNI_TUNER_TRANSCRIPT'];
    if (transcript !== undefined) await writeFile(transcript, typed.map(asTyped).join('\n'));
    expect(failuresOf(typed)).toEqual([]);
    for (const { commands, output } of steps) {
      const said = typed.splice(0, commands.length).map((each) => each.said);
      if (output !== undefined) expect(gist(said.join('\n').replace(ONLY_SOMETIMES, ''))).toEqual(gist(output));
    }
  });
});

const asTyped = ({ command, said }: Typed): string => `$ ${command}\n${said}`;
