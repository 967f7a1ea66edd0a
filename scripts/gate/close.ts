import type { Tally } from './tally.ts';
import { closingLine, skippedLines, sumOf } from './tally.ts';

/** Says what was skipped and why, what failed, and the one closing line; sets the exit code. */
export function close(tallies: readonly Tally[], seconds: number): void {
  const total = sumOf(tallies);
  console.log('');
  for (const line of skippedLines(total.skipped)) console.log(line);
  for (const name of total.failed) console.log(`failed: ${name}`);
  console.log(`took ${seconds.toFixed(0)} s`);
  console.log(closingLine(total));
  process.exitCode = total.failed.length === 0 ? 0 : 1;
}
