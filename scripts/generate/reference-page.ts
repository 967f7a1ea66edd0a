/** docs/reference/cnituning.md: every field of the CRD with its type, default, bounds and description. */
import type { Crd, PrinterColumn, Schema } from './crd.ts';
import { CRD_FILE, onlyVersion } from './crd.ts';

type Field = { readonly path: string; readonly schema: Schema; readonly required: boolean };

function fieldsOf(schema: Schema, path: string): readonly Field[] {
  const properties = Object.entries(schema.properties ?? {});
  return properties.flatMap(([name, child]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const required = (schema.required ?? []).includes(name);
    const inside = child.items === undefined ? fieldsOf(child, at) : fieldsOf(child.items, `${at}[]`);
    return [{ path: at, schema: child, required }, ...inside];
  });
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (typeof schema.additionalProperties === 'object') return `map of ${typeOf(schema.additionalProperties)}`;
  return schema.format === undefined ? (schema.type ?? 'any') : `${schema.type ?? 'any'} (${schema.format})`;
}

/** Bounds a user can run into, in words. */
function boundsOf(schema: Schema): readonly string[] {
  const { minimum, maximum, maxLength, maxItems, maxProperties } = schema;
  const range =
    minimum !== undefined && maximum !== undefined
      ? [`${minimum} to ${maximum}`]
      : [
          ...(minimum === undefined ? [] : [`at least ${minimum}`]),
          ...(maximum === undefined ? [] : [`at most ${maximum}`]),
        ];
  return [
    ...range,
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems} items`]),
    ...(maxProperties === undefined ? [] : [`at most ${maxProperties} entries`]),
  ];
}

function fieldSection({ path, schema, required }: Field): string {
  const facts = [
    typeOf(schema),
    ...(required ? ['required'] : []),
    ...(schema.default === undefined ? [] : [`default \`${JSON.stringify(schema.default)}\``]),
    ...boundsOf(schema),
  ];
  const rules = (schema['x-kubernetes-validations'] ?? []).flatMap(({ message }) => message ?? []);
  const refusals = rules.map((message) => `- refused otherwise: ${message}`).join('\n');
  const text = (schema.description ?? '').replaceAll('\n', ' ');
  return `#### \`${path}\`\n\n${facts.join(', ')}\n\n${text}\n${refusals === '' ? '' : `\n${refusals}\n`}`;
}

function columnRow({ name, description, priority, jsonPath }: PrinterColumn): string {
  return `| ${name} | ${(priority ?? 0) > 0 ? '`-o wide`' : 'always'} | ${description ?? ''} | \`${jsonPath}\` |`;
}

export function referencePage(crd: Crd): string {
  const { name, schema, additionalPrinterColumns } = onlyVersion(crd);
  const { openAPIV3Schema: root } = schema;
  const { group, names, scope } = crd.spec;
  const fields = fieldsOf(root, '');
  const part = (prefix: string): readonly string[] =>
    fields.filter(({ path }) => path.startsWith(`${prefix}.`)).map(fieldSection);
  return [
    `# ${names.kind}\n`,
    `Generated from \`${CRD_FILE}\` by \`npm run generate\`; never edited.\n`,
    `${(root.description ?? '').replaceAll('\n', ' ')}\n`,
    `\`${group}/${name}\`, ${scope.toLowerCase()}-scoped, short name \`${names.shortNames.join(', ')}\`, category \`${names.categories.join(', ')}\`.\n`,
    '## Columns of `kubectl get`\n',
    `| column | shown | says | from |\n|---|---|---|---|\n${additionalPrinterColumns.map(columnRow).join('\n')}\n`,
    '## Spec\n',
    ...part('spec'),
    '## Status\n',
    'Written by the operator only. Condition types and reasons: [conditions.md](conditions.md).\n',
    ...part('status'),
  ].join('\n');
}
