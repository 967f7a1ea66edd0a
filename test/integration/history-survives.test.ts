/** A process that checkpoints its history is killed again and again; what the next one finds is whole, and late by little. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnPlane, freshNamespace, sharedPlane } from '../support/control-plane.ts';
import type { ProcessLine, Remembered } from '../support/checkpoint-process.ts';

const PROGRAM = join(import.meta.dirname, '../support/checkpoint-process.ts');
const KILLS = 50;
/** Printed with every failure; another one draws other moments. */
const SEED = 20_261_127;

type Life = {
  readonly found: Remembered | undefined;
  readonly lastStored: Remembered | undefined;
  /** Sent and not answered when the process died. */
  readonly inFlight: Remembered | undefined;
  readonly bases: number;
  readonly tails: number;
};

async function lifeOf(namespace: string, seed: number): Promise<Life> {
  const { url, caFile, tokens, folder } = sharedPlane();
  const child = spawn(process.execPath, [PROGRAM, url, caFile, namespace, String(seed)], {
    // With the code compiled once, fifty processes start in a third of the time.
    env: { TOKEN: tokens.admin, NODE_COMPILE_CACHE: join(folder, 'compile-cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code, signal] = await once(child, 'close');
  if (signal !== 'SIGKILL') throw new Error(`seed ${seed}: ended with ${code} ${signal}: ${errors}`);
  const whole = said.slice(0, said.lastIndexOf('\n') + 1).split('\n');
  const lines = whole.filter((line) => line !== '').map((line): ProcessLine => JSON.parse(line));
  const writes = lines.filter((line) => line.kind !== 'Found');
  const stored = writes.filter(({ kind }) => kind === 'Stored');
  const last = writes.at(-1);
  return {
    found: lines.find((line) => line.kind === 'Found')?.remembered,
    lastStored: stored.at(-1)?.remembered,
    inFlight: last?.kind === 'Sends' ? last.remembered : undefined,
    bases: stored.filter(({ index }) => index === 0).length,
    tails: stored.filter(({ index }) => index > 0).length,
  };
}

describeOnPlane('the history', () => {
  it(`is found whole after each of ${KILLS} kills at random moments (seed ${SEED})`, { timeout: 900_000 }, async () => {
    const namespace = await freshNamespace('history');
    let expected: readonly (Remembered | undefined)[] = [undefined];
    let inFlight = 0;
    let bases = 0;
    let tails = 0;
    for (let kill = 0; kill <= KILLS; kill++) {
      const life = await lifeOf(namespace, SEED + kill);
      // Either what was stored last, or what was on its way when the process died: nothing else, and nothing in between.
      expect({ kill, found: life.found, isExpected: expected.some((each) => isSame(each, life.found)) }).toMatchObject({
        isExpected: true,
      });
      const before = life.lastStored ?? life.found;
      expected = life.inFlight === undefined ? [before] : [before, life.inFlight];
      inFlight += life.inFlight === undefined ? 0 : 1;
      bases += life.bases;
      tails += life.tails;
    }
    // The moments were worth something: between writes, and in the middle of some.
    expect(bases).toBeGreaterThan(KILLS);
    expect(tails).toBeGreaterThan(KILLS);
    expect(inFlight).toBeGreaterThan(3);
  });
});

function isSame(a: Remembered | undefined, b: Remembered | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
