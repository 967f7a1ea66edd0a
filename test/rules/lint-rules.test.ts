import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Seed } from './seeds.ts';
import { ALLOWED_SEEDS, HABIT_SEEDS, IMPORT_SEEDS } from './seeds.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const SEEDS = [...IMPORT_SEEDS, ...HABIT_SEEDS, ...ALLOWED_SEEDS];

type Diagnostic = {
  readonly code: string;
  readonly message: string;
  readonly help?: string;
  readonly filename: string;
};
type Rules = Readonly<Record<string, unknown>>;
type Config = { readonly rules: Rules; readonly overrides: readonly { readonly rules: Rules }[] };

/** The configuration may hold whole-line comments. */
function readConfig(): Config {
  const text = readFileSync(join(ROOT, '.oxlintrc.json'), 'utf8').replaceAll(/^\s*\/\/.*$/gm, '');
  return JSON.parse(text) as Config;
}

let folder = '';
let diagnostics: readonly Diagnostic[] = [];

function plant({ path, text }: Seed): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function lint(): readonly Diagnostic[] {
  const run = spawnSync(join(folder, 'node_modules/.bin/oxlint'), ['-f', 'json'], { cwd: folder, encoding: 'utf8' });
  return (JSON.parse(run.stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cni-tuner-lint-'));
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'scripts/lint']) {
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  SEEDS.forEach(plant);
  diagnostics = lint();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function reported(seed: Seed): readonly Diagnostic[] {
  return diagnostics.filter(({ filename }) => filename === seed.path);
}

describe('the linter refuses', () => {
  it.each([...IMPORT_SEEDS, ...HABIT_SEEDS].map((seed) => [seed.says, seed] as const))('%s', (_, seed) => {
    expect(reported(seed).map(({ code }) => code)).toContain(seed.rule);
  });
});

describe('the linter allows', () => {
  it.each(ALLOWED_SEEDS.map((seed) => [seed.says, seed] as const))('%s', (_, seed) => {
    expect(reported(seed)).toEqual([]);
  });
});

/** `typescript/no-explicit-any` as oxlint prints it: `typescript(no-explicit-any)`. */
function codeOf(rule: string): string {
  const [plugin, name] = rule.includes('/') ? rule.split('/') : ['eslint', rule];
  return `${plugin}(${name})`;
}

function restrictedMessages(rules: Rules): readonly string[] {
  const text = JSON.stringify(rules['no-restricted-imports'] ?? []);
  return [...text.matchAll(/"message":"([^"]+)"/g)].map(([, message]) => message ?? '');
}

describe('the configuration', () => {
  const { rules, overrides } = readConfig();
  const everyRules = [rules, ...overrides.map((override) => override.rules)];

  it('names no rule without a seeded violation', () => {
    const on = everyRules.flatMap((set) => Object.keys(set).filter((rule) => set[rule] !== 'off'));
    const seen = new Set(diagnostics.map(({ code }) => code));
    expect([...new Set(on)].filter((rule) => !seen.has(codeOf(rule)))).toEqual([]);
  });

  it('limits no import without a seeded violation', () => {
    const said = diagnostics.map(({ message, help }) => `${message} ${help ?? ''}`).join('\n');
    expect(everyRules.flatMap(restrictedMessages).filter((message) => !said.includes(message))).toEqual([]);
  });
});
