/**
 * A vitest reporter that writes the run's Tally as JSON to the file named by CNI_TUNER_TALLY. Everything vitest knows
 * to be wrong counts as failed: tests, files that could not be loaded, hooks, errors outside any test.
 */
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import type { Tally } from './tally.ts';
import { sumOf } from './tally.ts';

function nameOf(test: TestCase): string {
  return `${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`;
}

function tallyOfTest(test: TestCase): Tally {
  const result = test.result();
  if (result.state === 'passed') return { passed: 1, failed: [], skipped: [] };
  if (result.state !== 'skipped') return { passed: 0, failed: [nameOf(test)], skipped: [] };
  return { passed: 0, failed: [], skipped: [{ name: nameOf(test), reason: result.note ?? 'marked as skipped' }] };
}

/** A file or suite with an error of its own: it did not load, or a hook failed. */
function tallyOfErrors(place: TestModule | TestSuite, name: string): Tally {
  const failed = place.errors().map((error) => `${name}: ${error.message}`);
  return { passed: 0, failed, skipped: [] };
}

function tallyOfModule(module: TestModule): Tally {
  const file = relative(process.cwd(), module.moduleId);
  return sumOf([
    tallyOfErrors(module, file),
    ...[...module.children.allSuites()].map((suite) => tallyOfErrors(suite, `${file} > ${suite.fullName}`)),
    ...[...module.children.allTests()].map(tallyOfTest),
  ]);
}

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const file = process.env['CNI_TUNER_TALLY'];
    if (file === undefined) return;
    const outside: Tally = { passed: 0, failed: unhandled.map(({ message }) => message), skipped: [] };
    writeFileSync(file, JSON.stringify(sumOf([...modules.map(tallyOfModule), outside])));
  }
}
