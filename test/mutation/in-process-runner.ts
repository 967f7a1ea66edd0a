/**
 * StrykerJS's test runner for the model: loads the unit tests and the committed recordings once, and runs for each
 * mutant those that reach it, the quick and the deadly ones first, until one fails. The model has no state of its own, so nothing
 * has to be loaded anew between two mutants.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collectFile, collectedTests } from './small-vitest.ts';
import type { CollectedTest } from './small-vitest.ts';

const TESTS = (process.env['MUTATION_TESTS'] ?? 'src/ipamd/**/*.test.ts,test/mutation/*.test.ts').split(',');
/** Slow, and they say no more here. */
const LEFT_OUT = /\.property\.test\.ts$/;
/** How long each test took, for the processes that Stryker starts later. */
const TIMES = 'mutation-times.json';

/** What instrumented code reads and counts: the names are Stryker's. */
type Instrumented = {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  mutantCoverage?: object;
  hitCount?: number;
  hitLimit?: number | undefined;
};

type MutantRun = {
  readonly activeMutant: { readonly id: string };
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
};

const instrumented = ((globalThis as { __stryker__?: Instrumented }).__stryker__ ??= {});

class InProcessRunner {
  #tests: readonly CollectedTest[] = [];
  /** Mutants that each test was the first to kill: it comes first the next time. */
  readonly #kills = new Map<string, number>();

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    useSmallVitest();
    const files = TESTS.flatMap((pattern) => globSync(pattern)).filter((file) => !LEFT_OUT.test(file));
    for (const file of files.toSorted()) await collectFile(file, () => import(pathToFileURL(file).href));
    this.#tests = collectedTests();
  }

  async dryRun() {
    instrumented.activeMutant = undefined;
    const tests = [];
    for (const test of this.#tests) {
      instrumented.currentTestId = test.id;
      const startMs = performance.now();
      const failure = await failureOf(test);
      const timeSpentMs = performance.now() - startMs;
      const result = { id: test.id, name: test.id, timeSpentMs };
      tests.push(failure === undefined ? { ...result, status: 0 } : { ...result, status: 1, failureMessage: failure });
    }
    instrumented.currentTestId = undefined;
    writeFileSync(TIMES, JSON.stringify(Object.fromEntries(tests.map((test) => [test.id, test.timeSpentMs]))));
    return { status: 'complete', tests, mutantCoverage: instrumented.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit }: MutantRun) {
    const wanted = new Set(testFilter ?? this.#tests.map((test) => test.id));
    const tests = this.#inOrder(this.#tests.filter((test) => wanted.has(test.id)));
    Object.assign(instrumented, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    let nrOfTests = 0;
    for (const test of tests) {
      nrOfTests++;
      const failureMessage = await failureOf(test);
      if (hitLimit !== undefined && (instrumented.hitCount ?? 0) > hitLimit) return { status: 'timeout' };
      if (failureMessage === undefined) continue;
      this.#kills.set(test.id, (this.#kills.get(test.id) ?? 0) + 1);
      return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests };
    }
    return { status: 'survived', nrOfTests };
  }

  #inOrder(tests: readonly CollectedTest[]): readonly CollectedTest[] {
    const timesMs = JSON.parse(readFileSync(TIMES, 'utf8')) as Record<string, number>;
    // A kill weighs as much as being four times as quick: what killed often goes first, unless it is slow.
    const cost = ({ id }: CollectedTest) => (timesMs[id] ?? 0) / 4 ** (this.#kills.get(id) ?? 0);
    return tests.toSorted((a, b) => cost(a) - cost(b));
  }
}

async function failureOf(test: CollectedTest): Promise<string | undefined> {
  try {
    await test.run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Tests import `vitest`; only the stand-in itself gets the real one. */
function useSmallVitest(): void {
  const smallVitest = pathToFileURL(join(import.meta.dirname, 'small-vitest.ts')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'vitest' && context.parentURL !== smallVitest
        ? { url: smallVitest, shortCircuit: true }
        : next(specifier, context),
  });
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', injectableClass: InProcessRunner }];
