/**
 * What the model's tests use of vitest, kept in memory so that they can be run again and again in one process: a
 * mutant then costs the milliseconds of its tests, where vitest would load every test file anew.
 */
import { format } from 'node:util';

export { expect } from 'vitest';

export type CollectedTest = { readonly id: string; readonly run: () => unknown };

type Body = (...row: readonly unknown[]) => unknown;
type Each = (rows: readonly unknown[]) => (title: string, body: Body) => void;

const collected = new Map<string, CollectedTest>();
const path: string[] = [];

/** Every test that was declared so far, in order. */
export function collectedTests(): readonly CollectedTest[] {
  return [...collected.values()];
}

function declare(title: string, run: () => unknown): void {
  const name = [...path, title].join(' > ');
  let id = name;
  for (let again = 2; collected.has(id); again++) id = `${name} (${again})`;
  collected.set(id, { id, run });
}

function within(title: string, body: () => unknown): void {
  path.push(title);
  body();
  path.pop();
}

/** The tests of one file stand under its name. */
export async function collectFile(name: string, load: () => Promise<unknown>): Promise<void> {
  path.push(name);
  await load();
  path.pop();
}

const rowOf = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row]);

const eachOf =
  (declareOne: (title: string, body: () => unknown) => void): Each =>
  (rows) =>
  (title, body) => {
    for (const row of rows) declareOne(format(title, ...rowOf(row)), () => body(...rowOf(row)));
  };

export const it = Object.assign(declare, { each: eachOf(declare) });
export const describe = Object.assign(within, { each: eachOf(within) });
