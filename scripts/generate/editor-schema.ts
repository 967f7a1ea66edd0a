/** docs/reference/cnituning.schema.json: what an editor needs to complete and check a CniTuning in a YAML file. */
import type { Crd, Schema } from './crd.ts';
import { onlyVersion } from './crd.ts';

type JsonSchema = { readonly [key: string]: unknown };

const KEPT = [
  'type',
  'description',
  'default',
  'enum',
  'format',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'maxItems',
  'maxProperties',
] as const satisfies readonly (keyof Schema)[];

/** Kubernetes' own keywords are dropped, and unknown fields are refused, as `kubectl` does by default. */
function editorSchema(schema: Schema): JsonSchema {
  const kept = Object.fromEntries(KEPT.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]));
  if (schema['x-kubernetes-int-or-string'] === true) return { ...kept, type: ['integer', 'string'] };
  const { items, properties, additionalProperties: extra, required } = schema;
  return {
    ...kept,
    ...(items === undefined ? {} : { items: editorSchema(items) }),
    ...(required === undefined ? {} : { required }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, child]) => [name, editorSchema(child)]),
          ),
          additionalProperties: false,
        }),
    ...(typeof extra === 'object' ? { additionalProperties: editorSchema(extra) } : {}),
  };
}

export function editorSchemaText(crd: Crd): string {
  const { name, schema } = onlyVersion(crd);
  const { group, names } = crd.spec;
  const root = editorSchema(schema.openAPIV3Schema);
  const properties = root['properties'] as Record<string, JsonSchema>;
  const { status: _status, ...written } = properties;
  const document = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${names.kind} ${group}/${name}`,
    ...root,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      ...written,
      apiVersion: { ...written['apiVersion'], const: `${group}/${name}` },
      kind: { ...written['kind'], const: names.kind },
      metadata: { type: 'object' },
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
