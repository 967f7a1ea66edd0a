/**
 * The committed recordings as a mutation pass needs them: one test a line, the small ones first, guided and with one
 * try each, so that a wrong rule is found soon.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replayGuided } from '../vectors/replay/guided.ts';
import { linesOf, vectorFiles } from '../vectors/replay/vector-folder.ts';

const RECORDED = join(import.meta.dirname, '..', 'vectors', 'recorded');
/** These two end in waits that only a search finds (guided-choices.ts). */
const NEED_A_SEARCH = ['attach-fail-m5.large-s002', 'attach-fail-m5.large-s012'];

const lines = vectorFiles(RECORDED)
  .flatMap((file) => [...linesOf(file)])
  .map(({ line }) => line)
  .filter(({ name }) => !NEED_A_SEARCH.includes(name))
  .sort((a, b) => a.trajectory.length + a.podOutcomes.length - b.trajectory.length - b.podOutcomes.length);

describe('a recording', () => {
  it.each(lines.map((line) => [line.name, line] as const))('%s is replayed', (_, line) => {
    expect(replayGuided(line, 1)).toBeUndefined();
  });
});
