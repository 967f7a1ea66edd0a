/** The schema of a CniTuning's status: what the API server would refuse of one, and the largest that it would take. */
import type { Schema } from '../../scripts/generate/crd.ts';
import { onlyVersion, readCrd } from '../../scripts/generate/crd.ts';

export function statusSchema(): Schema {
  const { status } = onlyVersion(readCrd()).schema.openAPIV3Schema.properties ?? {};
  if (status === undefined) throw new Error('the CRD has no status');
  return status;
}

/** By path; empty: the API server takes it, and prunes nothing of it. */
export function refusedOf(schema: Schema, value: unknown, path = 'status'): readonly string[] {
  if (Array.isArray(value)) return refusedOfList(schema, value, path);
  if (typeof value === 'object' && value !== null) return refusedOfObject(schema, value, path);
  const { minimum = -Infinity, minLength = 0, maxLength = Infinity } = schema;
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [`${path}: is none of the enum`];
  if (typeof value === 'string') {
    const { length } = [...value];
    if (schema.type !== 'string') return [`${path}: is a string`];
    return length < minLength || length > maxLength ? [`${path}: has ${length} characters`] : [];
  }
  if (typeof value === 'boolean') return schema.type === 'boolean' ? [] : [`${path}: is a boolean`];
  if (schema.type !== 'integer' || !Number.isInteger(value)) return [`${path}: is no ${schema.type}`];
  return Number(value) < minimum ? [`${path}: is below ${minimum}`] : [];
}

function refusedOfList({ items, maxItems = Infinity, ...schema }: Schema, value: unknown[], path: string) {
  if (items === undefined) return [`${path}: is a list`];
  const keys = schema['x-kubernetes-list-map-keys'];
  const named = keys === undefined ? [] : value.map((item) => JSON.stringify(keys.map((key) => Object(item)[key])));
  return [
    ...(value.length > maxItems ? [`${path}: has ${value.length} items`] : []),
    ...(new Set(named).size < named.length ? [`${path}: has two items of one name`] : []),
    ...value.flatMap((item, at) => refusedOf(items, item, `${path}[${at}]`)),
  ];
}

function refusedOfObject({ properties = {}, required = [] }: Schema, value: object, path: string): readonly string[] {
  const missing = required.filter((name) => !(name in value)).map((name) => `${path}.${name}: is missing`);
  const wrong = Object.entries(value).flatMap(([name, field]) => {
    const known = properties[name];
    return known === undefined ? [`${path}.${name}: is not in the schema`] : refusedOf(known, field, `${path}.${name}`);
  });
  return [...missing, ...wrong];
}

/** Every field, every list and every text as long as it may be; `filler` is what texts are made of. */
export function largestOf(schema: Schema, filler: string, at = 0): unknown {
  const { type, properties = {}, items, maxItems, maxLength } = schema;
  if (schema.enum !== undefined) return schema.enum.map(String).toSorted((a, b) => b.length - a.length)[0];
  if (type === 'object') {
    return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, largestOf(field, filler, at)]));
  }
  if (type === 'array') {
    if (items === undefined || maxItems === undefined) throw new Error('a list without a bound');
    return Array.from({ length: maxItems }, (_, index) => largestOf(items, filler, index));
  }
  if (type === 'boolean') return false;
  if (type === 'integer') return schema.format === 'int64' ? Number.MAX_SAFE_INTEGER : 2_147_483_647;
  if (maxLength === undefined) throw new Error('a text without a bound');
  if (schema.format === 'date-time') return `2026-03-02T00:00:00.${'0'.repeat(maxLength - 21)}Z`;
  // Names within a list differ.
  const name = String(at).padStart(2, '0');
  return `${name}${filler.repeat(maxLength - name.length)}`;
}
