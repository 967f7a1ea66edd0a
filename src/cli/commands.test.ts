import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { runCommand } from './run-command.ts';

const SRC = join(import.meta.dirname, '..');

/** Every file that loads with this one: static imports of values, not of types, and not `import()`. */
function loadedWith(path: string, seen: Set<string>): ReadonlySet<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  const imports = readFileSync(path, 'utf8').matchAll(/^(?:import|export) (?!type )[^;]*?from '(?<from>[^']+)'/gm);
  for (const { groups } of imports) {
    const from = groups?.['from'] ?? '';
    if (from.startsWith('.')) loadedWith(join(dirname(path), from), seen);
    else seen.add(from);
  }
  return seen;
}

it('a command that stays offline loads no adapter, no SDK and no part of the operator', () => {
  const loaded = [...loadedWith(join(import.meta.dirname, 'main.ts'), new Set())].map((path) =>
    path.startsWith('/') ? relative(SRC, path) : path,
  );
  expect(loaded).toContain('cli/commands.ts');
  expect(loaded.filter((path) => /^(kube|aws|reconcile)\/|^@|^undici|^pino|^prom-client/.test(path))).toEqual([]);
});

describe('--operator', () => {
  const asking = COMMANDS.filter(({ flags }) => flags.some(({ name }) => name === 'operator'));
  const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };
  const screen = { isTerminal: false, columns: undefined };

  it('is taken by every command that reads the whole of a cluster', () => {
    const reading = COMMANDS.filter(({ flags }) => flags.some(({ name }) => name === 'no-aws'));
    expect(asking.map(({ name }) => name)).toEqual([
      'explain',
      'plan',
      'history',
      'top',
      'forecast',
      'doctor',
      'snapshot',
    ]);
    expect(asking).toEqual(reading);
  });

  it.each(asking)(
    'is refused by $name where it is no namespace and name, before a cluster is asked',
    async (command) => {
      const what = command.argument?.isRequired === true ? ['subnets'] : [];
      for (const wrong of ['', 'cni-tuner', '/cni-tuner', 'cni-tuner/', 'a/b/c'])
        expect(await runCommand(command, [...what, '--operator', wrong], surroundings, screen)).toEqual({
          exitCode: 2,
          stdout: '',
          stderr: `cni-tuner ${command.name}: --operator is "${wrong}"; it must be NAMESPACE/NAME, such as cni-tuner/cni-tuner.\n`,
        });
    },
  );
});
