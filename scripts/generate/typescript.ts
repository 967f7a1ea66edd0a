/** CRD schema → TypeScript: the object as the server returns it, so a field with a default is always there. */
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import type { Crd, Schema } from './crd.ts';
import { onlyVersion } from './crd.ts';

const HEADER = `/**
 * Generated from crds/cnituning.dev_cnitunings.yaml by \`npm run generate\`; never edited.
 * The object as the API server returns it: a field with a default is always there.
 */`;

/** Objects that get a type name of their own, by their path in the schema. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  spec: 'CniTuningSpec',
  'spec.daemonSetRef': 'DaemonSetRefSpec',
  'spec.settings': 'SettingsSpec',
  'spec.objectives': 'ObjectivesSpec',
  'spec.history': 'HistorySpec',
  'spec.ownership': 'OwnershipSpec',
  status: 'CniTuningStatus',
  'status.conditions[]': 'Condition',
  'status.settings[]': 'SettingStatus',
  'status.settings[].original': 'OriginalStatus',
  'status.recommendation': 'RecommendationStatus',
  'status.recommendation.current': 'FiguresStatus',
  'status.recommendation.evidence': 'EvidenceStatus',
  'status.candidates[]': 'CandidateStatus',
  'status.nodes': 'NodesStatus',
  'status.nodes.skipped[]': 'SkippedNodes',
  'status.addresses': 'AddressesStatus',
  'status.subnets[]': 'SubnetStatus',
  'status.rollout': 'RolloutStatus',
  'status.hold': 'HoldStatus',
  'status.changes[]': 'ChangeStatus',
  'status.rollback': 'RollbackStatus',
};

/** Objects with the same fields as another one: they share its type. */
const SAME_TYPE: Readonly<Record<string, string>> = { 'status.recommendation.expected': 'FiguresStatus' };

function scalarType(schema: Schema): Partial<JSONSchema> {
  if (schema['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  return schema.enum === undefined ? { type: schema.type as 'string' } : { enum: [...schema.enum] as string[] };
}

function objectType(schema: Schema, path: string): JSONSchema {
  const properties = Object.entries(schema.properties ?? {});
  const filled = properties.filter(([, child]) => child.default !== undefined).map(([name]) => name);
  const extra = schema.additionalProperties;
  return {
    type: 'object',
    ...(TYPE_NAMES[path] === undefined ? {} : { title: TYPE_NAMES[path] }),
    required: [...new Set([...(schema.required ?? []), ...filled])],
    properties: Object.fromEntries(
      properties.map(([name, child]) => [name, typeOf(child, path === '' ? name : `${path}.${name}`)]),
    ),
    additionalProperties: typeof extra === 'object' ? typeOf(extra, `${path}{}`) : false,
  };
}

function typeOf(schema: Schema, path: string): JSONSchema {
  const description = schema.description === undefined ? {} : { description: schema.description };
  const shared = SAME_TYPE[path];
  if (shared !== undefined) return { ...description, tsType: shared };
  if (schema.type === 'object' && path !== 'metadata') return { ...objectType(schema, path), ...description };
  if (schema.type === 'object') return { tsType: 'ObjectMeta' };
  if (schema.type === 'array') return { ...description, type: 'array', items: typeOf(schema.items ?? {}, `${path}[]`) };
  return { ...description, ...scalarType(schema) };
}

/** `name?: T[];` → `readonly name?: readonly T[];`: json-schema-to-typescript has no switch for it. */
function readonlyLine(line: string): string {
  return line
    .replace(/^(\s+)(?!\*|\/\*)(\[?[A-Za-z][\w]*)(: string\])?(\??: )/, '$1readonly $2$3$4')
    .replace(/: ([\w]+\[\]);$/, ': readonly $1;');
}

export async function typescriptOf(crd: Crd): Promise<string> {
  const schema = typeOf(onlyVersion(crd).schema.openAPIV3Schema, '');
  const body = await compile({ ...schema, title: 'CniTuning' }, 'CniTuning', {
    bannerComment: HEADER,
    format: true,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 120 },
  });
  const meta = `/** The part of the object's metadata that the program reads. */
export interface ObjectMeta {
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
}
`;
  return `${body.split('\n').map(readonlyLine).join('\n')}\n${meta}`;
}
