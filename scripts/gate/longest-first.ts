import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take minutes, the longest first. Two files run at a time: a long one that starts last would leave the other
 * half of the machine idle.
 */
const LONG: readonly string[] = [
  'demo.test.ts',
  'bad-days.test.ts',
  'history-restart.test.ts',
  'faults.test.ts',
  'steady-state.test.ts',
  'operator-loop.test.ts',
  'tutorial.test.ts',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const found = LONG.indexOf(basename(moduleId));
  return found === -1 ? LONG.length : found;
};

/** vitest's own order, but that what is known to take long comes first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
