/** What a run of tests and checks came to, and the closing line that says so. */

export type Skipped = { readonly name: string; readonly reason: string };

export type Tally = {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly Skipped[];
};

export function sumOf(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.flatMap(({ failed }) => failed),
    skipped: tallies.flatMap(({ skipped }) => skipped),
  };
}

/** The last line of `npm test` and `npm run check`: `812 passed, 0 failed, 3 skipped`. */
export function closingLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}

/** Skipped names under the reason they share, so that a whole skipped tier is one paragraph. */
export function skippedLines(skipped: readonly Skipped[]): readonly string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason);
  return [...byReason].flatMap(([reason, tests]) => [
    `skipped ${tests.length}: ${reason}`,
    ...tests.slice(0, SHOWN_NAMES).map(({ name }) => `    ${name}`),
    ...(tests.length > SHOWN_NAMES ? [`    … and ${tests.length - SHOWN_NAMES} more`] : []),
  ]);
}

const SHOWN_NAMES = 3;
