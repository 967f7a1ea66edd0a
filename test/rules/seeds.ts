/**
 * One seeded violation for every rule of .oxlintrc.json, and the neighbours that must stay allowed. All of them are
 * written into one temporary project and linted in one run with the real configuration.
 */

export type Seed = {
  /** What the rule says, as a sentence. */
  readonly says: string;
  readonly path: string;
  readonly text: string;
  /** `plugin(rule)` as oxlint prints it; undefined: nothing may be reported. */
  readonly rule: string | undefined;
};

const IMPORTS = 'eslint(no-restricted-imports)';

function forbidden(says: string, path: string, from: string): Seed {
  return { says, path, text: `import { thing } from '${from}';\nexport const copy = thing;\n`, rule: IMPORTS };
}

function forbiddenType(says: string, path: string, from: string): Seed {
  return { says, path, text: `import type { Thing } from '${from}';\nexport type Copy = Thing;\n`, rule: IMPORTS };
}

function allowed(says: string, path: string, text: string): Seed {
  return { says, path, text, rule: undefined };
}

function broken(says: string, path: string, text: string, rule: string): Seed {
  return { says, path, text, rule };
}

/** Who may import whom: docs/architecture.md. */
export const IMPORT_SEEDS: readonly Seed[] = [
  forbidden('api imports nothing of ours', 'src/api/a1.ts', '../ipamd/step.ts'),
  forbiddenType('api imports nothing of ours, not even a type', 'src/api/a2.ts', '../tuning/plan.ts'),
  forbidden('api imports nothing from outside src', 'src/api/a3.ts', '../../testbed/testbed.ts'),
  forbidden('api does no I/O', 'src/api/a4.ts', 'node:fs'),
  forbidden('ipamd imports nothing of ours, not even api', 'src/ipamd/i1.ts', '../api/reasons.ts'),
  forbidden('a subfolder of ipamd imports nothing of ours either', 'src/ipamd/pool/i2.ts', '../../api/reasons.ts'),
  forbidden('ipamd imports nothing from outside src', 'src/ipamd/i3.ts', '../../test/support/a-node.ts'),
  forbidden('ipamd imports no package', 'src/ipamd/i4.ts', 'yaml'),
  forbidden('ipamd imports nothing of Node', 'src/ipamd/i5.ts', 'node:crypto'),
  forbidden('tuning does not import reconcile', 'src/tuning/t1.ts', '../reconcile/ports.ts'),
  forbiddenType('tuning takes no type from kube', 'src/tuning/t2.ts', '../kube/cluster.ts'),
  forbidden('tuning imports nothing from outside src', 'src/tuning/t3.ts', '../../scripts/generate.ts'),
  forbidden('tuning imports no package', 'src/tuning/t4.ts', 'prom-client'),
  forbidden('tuning asks croner in one file only', 'src/tuning/t5.ts', 'croner'),
  forbidden('the file that asks croner imports no other package', 'src/tuning/windows/cron-times.ts', 'cronstrue'),
  forbidden('reconcile does not import kube', 'src/reconcile/r1.ts', '../kube/cluster.ts'),
  forbiddenType('reconcile takes no type from aws', 'src/reconcile/r2.ts', '../aws/account.ts'),
  forbidden('reconcile does not run the model', 'src/reconcile/r3.ts', '../ipamd/simulate.ts'),
  forbidden('reconcile imports nothing from outside src', 'src/reconcile/r4.ts', '../../demo/main.ts'),
  forbidden('reconcile imports no SDK', 'src/reconcile/r5.ts', '@kubernetes/client-node'),
  forbidden('kube does not import aws', 'src/kube/k1.ts', '../aws/account.ts'),
  forbidden('kube does not import controller', 'src/kube/k2.ts', '../controller/queue.ts'),
  forbidden('kube takes no value from tuning', 'src/kube/k3.ts', '../tuning/plan.ts'),
  broken(
    'kube takes no value but PortError from reconcile',
    'src/kube/k4.ts',
    "import { reconcile } from '../reconcile/reconcile.ts';\nexport const copy = reconcile;\n",
    IMPORTS,
  ),
  forbidden('kube imports nothing from outside src', 'src/kube/k5.ts', '../../testbed/testbed.ts'),
  forbidden('kube does not import the AWS SDK', 'src/kube/k6.ts', '@aws-sdk/client-ec2'),
  forbidden('aws does not import kube', 'src/aws/w1.ts', '../kube/cluster.ts'),
  forbidden('aws takes no value from tuning', 'src/aws/w2.ts', '../tuning/plan.ts'),
  forbidden('aws takes no value but PortError from reconcile', 'src/aws/w3.ts', '../reconcile/status.ts'),
  forbidden('aws imports nothing from outside src', 'src/aws/w4.ts', '../../test/support/fake-ec2.ts'),
  forbidden('aws does not import the Kubernetes client', 'src/aws/w5.ts', '@kubernetes/client-node'),
  forbidden('controller imports nothing from outside src', 'src/controller/c1.ts', '../../testbed/testbed.ts'),
  forbidden('controller does not import the Kubernetes client', 'src/controller/c2.ts', '@kubernetes/client-node'),
  forbidden('cli does not import the AWS SDK', 'src/cli/c3.ts', '@aws-sdk/client-ec2'),
  forbidden('controller does not import undici', 'src/controller/c4.ts', 'undici'),
  forbidden(
    'the controller makes no adapter outside its composition root',
    'src/controller/c5.ts',
    '../kube/cluster.ts',
  ),
  forbidden('the composition root does not import cli', 'src/controller/main.ts', '../cli/main.ts'),
  forbidden('the testbed does not import the operator', 'testbed/b1.ts', '../src/controller/main.ts'),
  forbidden('the testbed does not import the demo', 'testbed/b2.ts', '../demo/main.ts'),
  forbidden('nothing imports cli', 'demo/d1.ts', '../src/cli/main.ts'),
  forbidden('a test does not sleep', 'test/integration/s1.test.ts', 'node:timers/promises'),
];

const named = "import { PortError } from '../reconcile/ports.ts';\nexport const copy = PortError;\n";
const typed = "import type { NodeView } from '../tuning/snapshot.ts';\nexport type Copy = NodeView;\n";

export const ALLOWED_SEEDS: readonly Seed[] = [
  allowed('kube takes PortError from reconcile', 'src/kube/ok1.ts', named),
  allowed('aws takes PortError from reconcile', 'src/aws/ok2.ts', named),
  allowed('kube takes types from tuning', 'src/kube/ok3.ts', typed),
  allowed('aws takes types from tuning', 'src/aws/ok4.ts', typed),
  allowed(
    'tuning imports the ipamd model',
    'src/tuning/ok5.ts',
    "import { step } from '../ipamd/step.ts';\nexport const copy = step;\n",
  ),
  allowed('a given instant may become a Date in a pure room', 'src/api/ok6.ts', 'export const at = new Date(0);\n'),
  allowed('the controller reads the clock', 'src/controller/ok7.ts', 'export const at = Date.now();\n'),
];

const CLOCK = 'src/tuning';

/** Everything else that .oxlintrc.json turns on by name. */
export const HABIT_SEEDS: readonly Seed[] = [
  broken(
    'loose equality',
    'src/api/h1.ts',
    'export const same = (a: string, b: string) => a == b;\n',
    'eslint(eqeqeq)',
  ),
  broken('var', 'src/api/h2.ts', 'export function f() {\n  var a = 1;\n  return a;\n}\n', 'eslint(no-var)'),
  broken('let that never changes', 'src/api/h3.ts', 'let a = 1;\nexport const b = a;\n', 'eslint(prefer-const)'),
  broken(
    'else after return',
    'src/api/h4.ts',
    'export function f(a: boolean) {\n  if (a) {\n    return 1;\n  } else {\n    return 2;\n  }\n}\n',
    'eslint(no-else-return)',
  ),
  broken('unused name', 'src/api/h5.ts', 'const a = 1;\nexport const b = 2;\n', 'eslint(no-unused-vars)'),
  broken('console in src', 'src/controller/h6.ts', "console.log('x');\nexport {};\n", 'eslint(no-console)'),
  broken(
    'a file over 300 lines',
    'src/api/h7.ts',
    `export const a = 1;\n${'\n// x'.repeat(300)}\n`,
    'eslint(max-lines)',
  ),
  broken(
    'a function over 50 lines',
    'src/api/h8.ts',
    `export function f(a: number) {\n  let b = a;\n${'  b += 1;\n'.repeat(50)}  return b;\n}\n`,
    'eslint(max-lines-per-function)',
  ),
  broken(
    'five parameters',
    'src/api/h9.ts',
    'export const f = (a: number, b: number, c: number, d: number, e: number) => a + b + c + d + e;\n',
    'eslint(max-params)',
  ),
  broken(
    'four levels of nesting',
    'src/api/h10.ts',
    'export function f(a: number) {\n  if (a > 1) {\n    if (a > 2) {\n      if (a > 3) {\n        if (a > 4) {\n          return 1;\n        }\n      }\n    }\n  }\n  return 2;\n}\n',
    'eslint(max-depth)',
  ),
  broken(
    'an import cycle',
    'src/api/h11.ts',
    "import { b } from './h11b.ts';\nexport const a = () => b();\n",
    'import(no-cycle)',
  ),
  broken(
    'the other end of the cycle',
    'src/api/h11b.ts',
    "import { a } from './h11.ts';\nexport const b = (): number => a();\n",
    'import(no-cycle)',
  ),
  broken('default export', 'src/api/h12.ts', 'export default 1;\n', 'import(no-default-export)'),
  broken('mutable export', 'src/api/h13.ts', 'export let a = 1;\na = 2;\n', 'import(no-mutable-exports)'),
  broken('any', 'src/api/h14.ts', 'export const f = (a: any) => String(a);\n', 'typescript(no-explicit-any)'),
  broken(
    'non-null assertion',
    'src/kube/h15.ts',
    'export const f = (a: string | undefined) => a!;\n',
    'typescript(no-non-null-assertion)',
  ),
  broken(
    'a type imported as a value',
    'src/kube/h16.ts',
    "import { NodeView } from '../tuning/snapshot.ts';\nexport type A = NodeView;\n",
    'typescript(consistent-type-imports)',
  ),
  broken(
    'interface',
    'src/api/h17.ts',
    'export interface A { readonly a: 1 }\n',
    'typescript(consistent-type-definitions)',
  ),
  broken(
    'a promise left alone',
    'src/kube/h18.ts',
    'export function f() {\n  Promise.resolve(1);\n}\n',
    'typescript(no-floating-promises)',
  ),
  broken(
    'a promise where a void is expected',
    'src/kube/h19.ts',
    'export const f = (run: (done: () => void) => void) => run(async () => {\n  await Promise.resolve();\n});\n',
    'typescript(no-misused-promises)',
  ),
  broken(
    'await on a value',
    'src/kube/h20.ts',
    'export const f = async () => await 1;\n',
    'typescript(await-thenable)',
  ),
  broken(
    'a thrown string',
    'src/kube/h21.ts',
    "export function f() {\n  throw 'x';\n}\n",
    'typescript(only-throw-error)',
  ),
  broken(
    'a promise returned out of its try',
    'src/kube/h22.ts',
    'export async function f(run: () => Promise<number>) {\n  try {\n    return run();\n  } catch {\n    return 0;\n  }\n}\n',
    'typescript(return-await)',
  ),
  broken(
    'a switch that forgets a kind',
    'src/api/h23.ts',
    "export function f(a: 'x' | 'y'): number {\n  switch (a) {\n    case 'x':\n      return 1;\n  }\n  return 2;\n}\n",
    'typescript(switch-exhaustiveness-check)',
  ),
  broken(
    'an assertion that says nothing',
    'src/kube/h24.ts',
    'export const f = (a: string) => a as string;\n',
    'typescript(no-unnecessary-type-assertion)',
  ),
  broken(
    'a deprecated name',
    'src/kube/h25.ts',
    '/** @deprecated old */\nexport const old = 1;\nexport const copy = old;\n',
    'typescript(no-deprecated)',
  ),
  broken('a file name not in kebab-case', 'src/api/hCamel.ts', 'export const a = 1;\n', 'unicorn(filename-case)'),
  broken(
    'module mocking',
    'src/api/h26.test.ts',
    "import { vi } from 'vitest';\nvi.mock('./x.ts');\n",
    'vitest(no-restricted-vi-methods)',
  ),
  broken(
    'an expectation without a matcher',
    'src/api/h39.test.ts',
    "import { expect, it } from 'vitest';\nit('forgets', () => {\n  expect(1);\n});\n",
    'vitest(valid-expect)',
  ),
  broken('enum', 'src/api/h27.ts', 'export enum A { B }\n', 'house(no-enum)'),
  broken('barrel', 'src/api/h28.ts', "export * from './h1.ts';\n", 'house(no-barrel)'),
  broken('an empty word in a name', 'src/kube/h29.ts', 'export const podManager = 1;\n', 'house(plain-export-name)'),
  broken(
    'Date.now in a pure room',
    `${CLOCK}/h30.ts`,
    'export const a = () => Date.now();\n',
    'eslint(no-restricted-properties)',
  ),
  broken(
    'new Date() in a pure room',
    'src/reconcile/h31.ts',
    'export const a = () => new Date();\n',
    'house(no-clock-read)',
  ),
  broken(
    'Math.random in the model',
    'src/ipamd/h32.ts',
    'export const a = () => Math.random();\n',
    'eslint(no-restricted-properties)',
  ),
  broken(
    'performance.now in the pass',
    'src/reconcile/h33.ts',
    'export const a = () => performance.now();\n',
    'eslint(no-restricted-globals)',
  ),
  broken(
    'setTimeout in a pure room',
    `${CLOCK}/h34.ts`,
    'export const a = (f: () => void) => setTimeout(f, 1);\n',
    'eslint(no-restricted-globals)',
  ),
  broken(
    'process in the pass',
    'src/reconcile/h35.ts',
    'export const a = () => process.env;\n',
    'eslint(no-restricted-globals)',
  ),
  broken(
    'process in an adapter',
    'src/aws/h36.ts',
    'export const a = () => process.env;\n',
    'eslint(no-restricted-globals)',
  ),
  broken(
    'a cast in a pure room',
    `${CLOCK}/h37.ts`,
    'export const f = (a: unknown) => a as string;\n',
    'typescript(consistent-type-assertions)',
  ),
  broken(
    'a cast in the controller',
    'src/controller/h38.ts',
    'export const f = (a: unknown) => a as string;\n',
    'typescript(consistent-type-assertions)',
  ),
];
