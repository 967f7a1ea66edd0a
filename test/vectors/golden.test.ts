import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayGuided } from './replay/guided.ts';
import { replayFamily, tellFamily } from './replay/replay-family.ts';
import { VectorFolderError, linesOf, vectorFiles } from './replay/vector-folder.ts';
import type { VectorFile } from './replay/vector-folder.ts';

const COMMITTED = join(import.meta.dirname, 'recorded');
const FULL = join(dirname(dirname(dirname(import.meta.dirname))), 'shared', 'ipamd-vectors');
const isFullHere = existsSync(FULL);

function expectEqual(file: VectorFile): void {
  const result = replayFamily(file);
  expect(tellFamily(result, 0).slice(1)).toEqual([]);
  expect(result.guided).toMatchObject({ equal: result.guided.total });
  expect(result.free).toMatchObject({ equal: result.free.total });
  expect(result.guided.total).toBeGreaterThan(0);
}

describe('the committed golden trajectories', () => {
  for (const file of vectorFiles(COMMITTED)) {
    it(`replays ${file.family} as the real ipamd did`, () => expectEqual(file));
  }
});

describe('all golden trajectories', () => {
  if (!isFullHere) it('are in ../shared/ipamd-vectors', (test) => test.skip('../shared/ipamd-vectors is not there'));
  for (const file of isFullHere ? vectorFiles(FULL) : []) {
    it(`replays ${file.family} as the real ipamd did`, () => expectEqual(file));
  }
});

describe('a replay that goes wrong', () => {
  it('says at which second and how the states part', () => {
    const [file] = vectorFiles(COMMITTED).filter(({ family }) => family === 'steady');
    const [placed] = file === undefined ? [] : [...linesOf(file)];
    if (placed === undefined) throw new Error('steady has lines');
    const trajectory = placed.line.trajectory.map((state) => ({ ...state, total: state.total + 1 }));
    const difference = replayGuided({ ...placed.line, trajectory });
    expect(difference).toMatchObject({ t: 950, what: 'state (total)' });
  });

  it('names folder or file and line in one sentence', () => {
    expect(() => vectorFiles(join(COMMITTED, 'nowhere'))).toThrow(VectorFolderError);
    expect(() => vectorFiles(import.meta.dirname)).toThrow(/holds no file named/);
    expect(() => [...linesOf({ family: 'x', path: join(COMMITTED, 'README.md') })]).toThrow(
      /README\.md, line 1: .* not JSON/,
    );
  });
});
