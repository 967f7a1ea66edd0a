import type { ChartValue } from './chart-values.ts';

/** values.schema.json: Helm refuses a misspelled or misshapen value with it before anything is sent to the cluster. */
export function chartSchemaText(values: readonly ChartValue[]): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the cni-tuner chart',
    // Helm itself hands `global` to every chart.
    ...groupOf([
      ...values,
      { name: 'global', fallback: {}, about: 'Given by a parent chart.', schema: {}, members: undefined },
    ]),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

function groupOf(members: readonly ChartValue[]): object {
  const properties = Object.fromEntries(members.map((value) => [value.name, schemaOf(value)]));
  return { type: 'object', additionalProperties: false, properties };
}

function schemaOf({ fallback, about, schema, members }: ChartValue): object {
  if (members !== undefined) return groupOf(members);
  return { description: about, type: typeOf(fallback), ...schema };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? 'integer' : typeof value;
}
