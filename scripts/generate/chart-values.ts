/** The chart's values.yaml as rows: what its README's table and its JSON schema are made of. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, isScalar, parse, parseDocument, type Pair, type YAMLMap } from 'yaml';

export const CHART = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'deploy/chart');

type Json = Readonly<Record<string, unknown>>;

/** One value a user may set, or a group of such. */
export type ChartValue = {
  readonly name: string;
  readonly fallback: unknown;
  /** Whole sentences; empty for a group. */
  readonly about: string;
  /** What the comment's @schema line adds. */
  readonly schema: Json;
  /** Of a group; a value with a comment is none, whatever is in it. */
  readonly members: readonly ChartValue[] | undefined;
};

export function readChartValues(text = readFileSync(join(CHART, 'values.yaml'), 'utf8')): readonly ChartValue[] {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new Error('values.yaml is no map.');
  return membersOf(document.contents);
}

function membersOf(map: YAMLMap): readonly ChartValue[] {
  return map.items.map((pair, index) => valueOf(pair, index === 0 ? (map.commentBefore ?? '') : ''));
}

/** The parser gives the comment of a map's first key to the map. */
function valueOf({ key, value }: Pair, commentOfMap: string): ChartValue {
  if (!isScalar(key)) throw new Error('A key of values.yaml is no name.');
  const name = String(key.value);
  const { about, schema } = commentOf(`${commentOfMap}\n${key.commentBefore ?? ''}`, name);
  const isGroup = isMap(value) && value.items.length > 0 && about === '';
  if (about === '' && !isGroup)
    throw new Error(`The value "${name}" of values.yaml has no comment that begins with --.`);
  const members = isGroup ? membersOf(value) : undefined;
  const fallback = isScalar(value)
    ? value.value
    : isMap(value)
      ? value.toJSON()
      : (value as { toJSON(): unknown }).toJSON();
  return { name, fallback, about, schema, members };
}

function commentOf(comment: string, name: string): { readonly about: string; readonly schema: Json } {
  const lines = comment.split('\n').map((line) => line.trim());
  const from = lines.findIndex((line) => line.startsWith('-- '));
  if (from === -1) return { about: '', schema: {} };
  const [schemas, words] = [true, false].map((is) =>
    lines.slice(from).filter((line) => line.startsWith('@schema ') === is),
  );
  const about = words?.join(' ').replace(/^-- /, '').trim() ?? '';
  const schema: unknown = parse(schemas?.map((line) => line.slice('@schema '.length)).join(' ') || '{}');
  if (typeof schema !== 'object' || schema === null) throw new Error(`The @schema line of "${name}" is no map.`);
  return { about, schema: schema as Json };
}
