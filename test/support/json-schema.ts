/** Checks a value against as much of JSON Schema as our own schemas use. */

export type Schema = {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
};

/** What is wrong, by path; empty: the value is as the schema says. */
export function schemaErrors(root: Schema, value: unknown, schema: Schema = root, path = '$'): readonly string[] {
  const { $ref } = schema;
  if ($ref !== undefined) {
    const named = root.$defs?.[$ref.replace('#/$defs/', '')];
    return named === undefined ? [`${path}: ${$ref} is not there`] : schemaErrors(root, value, named, path);
  }
  if (schema.anyOf !== undefined) {
    const errors = schema.anyOf.map((one) => schemaErrors(root, value, one, path));
    return errors.some(({ length }) => length === 0) ? [] : (errors.at(-1) ?? []);
  }
  if (schema.enum !== undefined) return schema.enum.includes(value) ? [] : [`${path}: ${String(value)} is not allowed`];
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value))) return [`${path}: is no ${types.join(' or ')}`];
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined
      ? []
      : value.flatMap((item, index) => schemaErrors(root, item, items, `${path}[${index}]`));
  }
  return typeof value === 'object' && value !== null ? fieldErrors(root, value, schema, path) : [];
}

function fieldErrors(root: Schema, value: object, schema: Schema, path: string): readonly string[] {
  const missing = (schema.required ?? [])
    .filter((name) => !(name in value))
    .map((name) => `${path}.${name}: is missing`);
  const wrong = Object.entries(value).flatMap(([name, field]) => {
    const known = schema.properties?.[name] ?? schema.additionalProperties;
    if (known === false) return [`${path}.${name}: is not in the schema`];
    return typeof known === 'object' ? schemaErrors(root, field, known, `${path}.${name}`) : [];
  });
  return [...missing, ...wrong];
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  return type === 'object' ? typeof value === 'object' && value !== null : typeof value === type;
}
