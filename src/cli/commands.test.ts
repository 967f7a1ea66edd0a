import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

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
