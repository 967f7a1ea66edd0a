/** EC2's filters: all names must match, any value of a name suffices, with `*` and `?` as wildcards. */
import { Ec2Error } from './ec2-error.ts';
import type { QueryFilter } from './query-request.ts';

/** What a record says to a filter name: zero or more texts. */
export type FilterTable<Item> = Readonly<Record<string, (item: Item) => readonly string[]>>;

/** One test for all filters of a request; throws `InvalidParameterValue` on a name that the table does not know. */
export function matcherOf<Item>(
  filters: readonly QueryFilter[],
  table: FilterTable<Item>,
  tagsOf: (item: Item) => Readonly<Record<string, string>>,
): (item: Item) => boolean {
  const tests = filters.map((filter) => testOf(filter, table, tagsOf));
  return (item) => tests.every((test) => test(item));
}

/** The values of a filter when they are all literal, so that an index can be used instead of a scan. */
export function literalValues(filters: readonly QueryFilter[], name: string): readonly string[] | undefined {
  const values = filters.find((filter) => filter.name === name)?.values;
  return values?.some((value) => /[*?]/.test(value)) === true ? undefined : values;
}

function testOf<Item>(
  filter: QueryFilter,
  table: FilterTable<Item>,
  tagsOf: (item: Item) => Readonly<Record<string, string>>,
): (item: Item) => boolean {
  const accepts = acceptorOf(filter.values);
  if (filter.name.startsWith('tag:')) {
    const key = filter.name.slice('tag:'.length);
    return (item) => {
      const value = tagsOf(item)[key];
      return value !== undefined && accepts(value);
    };
  }
  if (filter.name === 'tag-key') return (item) => Object.keys(tagsOf(item)).some(accepts);
  const read = table[filter.name];
  if (read === undefined) throw new Ec2Error('InvalidParameterValue', `The filter '${filter.name}' is invalid`);
  return (item) => read(item).some(accepts);
}

function acceptorOf(values: readonly string[]): (text: string) => boolean {
  const literal = new Set(values.filter((value) => !/[*?]/.test(value)));
  const patterns = values.filter((value) => /[*?]/.test(value)).map(patternOf);
  return (text) => literal.has(text) || patterns.some((pattern) => pattern.test(text));
}

function patternOf(value: string): RegExp {
  const escaped = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 's');
}
