/** One family of golden trajectories, replayed guided and freely. */
import type { Difference } from './difference.ts';
import { isFreelyComparable, replayFreely } from './free.ts';
import { replayGuided } from './guided.ts';
import { linesOf, placed } from './vector-folder.ts';
import type { PlacedLine, VectorFile } from './vector-folder.ts';
import type { VectorLine } from './vector-line.ts';

export type Tally = {
  equal: number;
  total: number;
  /** Of the equal ones: those that the first seed did not give. */
  notAtFirst: number;
  first: { readonly name: string; readonly difference: Difference } | undefined;
};

export type FamilyResult = { readonly family: string; readonly guided: Tally; readonly free: Tally };

/**
 * A recording was made eight times, and what all eight agree on may still hang on chance (its README). So a free run
 * may draw up to eight seeds; a wrong rule fails with all of them.
 */
const FREE_SEEDS = 8;

/** Throws a VectorFolderError for a file that cannot be replayed. */
export function replayFamily(file: VectorFile): FamilyResult {
  const result: FamilyResult = { family: file.family, guided: emptyTally(), free: emptyTally() };
  for (const at of linesOf(file)) replayLine(at, result);
  return result;
}

function emptyTally(): Tally {
  return { equal: 0, total: 0, notAtFirst: 0, first: undefined };
}

function replayLine({ line, path, lineNumber }: PlacedLine, { guided, free }: FamilyResult): void {
  try {
    note(guided, line, [replayGuided(line)]);
    if (isFreelyComparable(line)) note(free, line, freeAttempts(line));
  } catch (error) {
    throw placed(error, path, lineNumber);
  }
}

/** Attempts up to the first equal one. */
function freeAttempts(line: VectorLine): readonly (Difference | undefined)[] {
  const attempts: (Difference | undefined)[] = [];
  for (let seed = 0; seed < FREE_SEEDS; seed++) {
    const difference = replayFreely(line, line.seed + seed);
    attempts.push(difference);
    if (difference === undefined) break;
  }
  return attempts;
}

function note(tally: Tally, line: VectorLine, attempts: readonly (Difference | undefined)[]): void {
  tally.total++;
  const last = attempts.at(-1);
  if (last === undefined) {
    tally.equal++;
    if (attempts.length > 1) tally.notAtFirst++;
  } else {
    tally.first ??= { name: line.name, difference: attempts[0] ?? last };
  }
}

/** `guided 12 / 12   free 8 / 8 (1 by another seed)`, and the first difference of each that fails. */
export function tellFamily({ family, guided, free }: FamilyResult, width: number): readonly string[] {
  const again = free.notAtFirst === 0 ? '' : ` (${free.notAtFirst} not by the first seed)`;
  const lines = [`${family.padEnd(width)} guided ${counts(guided)}  free ${counts(free)}${again}`];
  for (const [how, tally] of [
    ['guided', guided],
    ['free', free],
  ] as const) {
    if (tally.first === undefined) continue;
    const { name, difference } = tally.first;
    lines.push(
      `  ${how} ${name}: ${difference.what} at ${(difference.t / 1000).toFixed(3)} s`,
      `    recorded: ${difference.recorded}`,
      `    model:    ${difference.model}`,
    );
  }
  return lines;
}

function counts({ equal, total }: Tally): string {
  return `${String(equal).padStart(3)} / ${String(total).padEnd(3)}`;
}
