/** Reads fields of an object nobody has checked. Each reader returns the value or throws `Unreadable`. */

/** A field that does not hold what it must. The message is one sentence with the path, the value and the remedy. */
export class Unreadable extends Error {
  constructor(path: string, value: unknown, must: string) {
    super(`\`${path}\` is ${JSON.stringify(value) ?? 'missing'}; it must be ${must}.`);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown, path: string): Fields {
  if (isFields(value)) return value;
  throw new Unreadable(path, value, 'a mapping of fields');
}

export function oneOf<T extends string>(value: unknown, path: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  throw new Unreadable(path, value, allowed.join(' or '));
}

export function booleanOf(value: unknown, path: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new Unreadable(path, value, 'true or false');
}

export function stringOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new Unreadable(path, value, 'a string');
}

export function listOf(value: unknown, path: string, of = ''): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Unreadable(path, value, `a list${of}`);
}

export function stringsOf(value: unknown, path: string): readonly string[] {
  return listOf(value, path, ' of strings').map((item, index) => stringOf(item, `${path}[${index}]`));
}

export function wholeNumberOf(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Unreadable(path, value, 'a whole number of at least 0');
}
