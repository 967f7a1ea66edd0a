/**
 * One scenario of a folder of golden trajectories (../shared/ipamd-vectors/README.md has the format), checked when
 * read. Absent numbers are 0, as the format says.
 */
import { limitsOf } from '../../../src/ipamd/instance-limits.ts';

export type ScriptStep = {
  readonly t: number;
  readonly op: string;
  readonly pod?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly downMs?: number;
  readonly eni?: number;
  readonly n?: number;
  readonly subnet?: number;
  readonly ranges?: readonly (readonly [number, number])[];
};

export type RecordedCall = {
  readonly t: number;
  readonly op: string;
  readonly eni?: number;
  readonly n?: number;
  readonly kind?: string;
  readonly ms?: number;
  readonly err?: string;
  readonly addr?: readonly number[];
  readonly dev?: number;
  readonly subnet?: number;
};

export type PodOutcome = {
  readonly t: number;
  readonly op: string;
  readonly pod: string;
  readonly ok: boolean;
  readonly err?: string;
  readonly eni?: number;
  readonly addr?: number;
};

export type StateRecord = {
  readonly t: number;
  readonly phase: string;
  readonly total: number;
  readonly assigned: number;
  readonly cooling: number;
  readonly available: number;
  readonly prefixes: number;
  readonly freePrefixes: number;
  readonly enis: readonly (readonly number[])[];
  readonly ec2Enis: number;
  readonly ec2Addresses: number;
  readonly subnetFree: readonly number[];
};

export type RecordedSubnet = {
  readonly id: string;
  readonly cidr: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly freeRanges?: readonly (readonly [number, number])[];
};

export type Fault = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ops: readonly string[];
  readonly code: string;
};

export type VectorLine = {
  readonly name: string;
  readonly family: string;
  readonly seed: number;
  readonly instanceType: string;
  readonly limits: { readonly maxENIs: number; readonly ipv4PerENI: number; readonly maxPods: number };
  readonly settings: Readonly<Record<string, string>>;
  readonly durationMs: number;
  readonly ec2: {
    readonly latencyMs: Readonly<Record<string, number>>;
    readonly subnets: readonly RecordedSubnet[];
    readonly createPrefixError: string;
    readonly faults: readonly Fault[];
    readonly imdsLagMs: number;
    readonly preattached?: readonly {
      readonly tags?: Readonly<Record<string, string>>;
      readonly secondaries?: number;
    }[];
  };
  readonly addRetryMs: number;
  readonly script: readonly ScriptStep[];
  readonly lifecycle: readonly { readonly t: number; readonly what: string; readonly info?: string }[];
  readonly podOutcomes: readonly PodOutcome[];
  readonly ec2Calls: readonly RecordedCall[];
  readonly trajectory: readonly StateRecord[];
  readonly nondeterministic: readonly string[];
  readonly spread: Readonly<Record<string, readonly [number, number]>>;
};

/** What is wrong with a line, as the end of a sentence that starts with file and line. */
export class VectorFormatError extends Error {}

type Check = (value: unknown) => boolean;

const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const isText: Check = (value) => typeof value === 'string';
const isRecord: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const hasFields =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([name, check]) => check((value as Record<string, unknown>)[name]));
const isTextMap: Check = (value) => isRecord(value) && Object.values(value as object).every(isText);
const isOptional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const timed = { t: isNumber };

/** Name, whether the value has the right form, and what the form is called. */
const FIELDS: readonly (readonly [string, Check, string])[] = [
  ['name', isText, 'a text'],
  ['family', isText, 'a text'],
  ['instanceType', isText, 'a text'],
  ['limits', hasFields({ maxENIs: isNumber, ipv4PerENI: isNumber, maxPods: isNumber }), 'an object of three numbers'],
  ['settings', isTextMap, 'an object of texts'],
  ['durationMs', isNumber, 'a number'],
  ['ec2', hasFields({ subnets: isList(hasFields({ id: isText, cidr: isText })) }), 'an object with a list of subnets'],
  ['addRetryMs', isOptional(isNumber), 'a number'],
  ['script', isOptional(isList(hasFields({ ...timed, op: isText }))), 'a list of {t, op}'],
  ['lifecycle', isList(hasFields({ ...timed, what: isText })), 'a list of {t, what}'],
  ['podOutcomes', isOptional(isList(hasFields({ ...timed, op: isText, pod: isText }))), 'a list of {t, op, pod}'],
  ['ec2Calls', isOptional(isList(hasFields({ ...timed, op: isText }))), 'a list of {t, op}'],
  ['trajectory', isList(hasFields({ ...timed, phase: isText, enis: isList(isList(isNumber)) })), 'a list of states'],
  ['nondeterministic', isOptional(isList(isText)), 'a list of texts'],
];

/** Reads one line of JSON; throws a VectorFormatError. */
export function parseVectorLine(text: string): VectorLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new VectorFormatError(`is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isRecord(value)) throw new VectorFormatError('is not an object');
  const raw = value as Record<string, unknown>;
  for (const [field, check, form] of FIELDS) {
    if (!check(raw[field])) throw new VectorFormatError(`has no field "${field}" that is ${form}`);
  }
  return withDefaults(raw);
}

function withDefaults(raw: Record<string, unknown>): VectorLine {
  const ec2 = raw['ec2'] as Partial<VectorLine['ec2']>;
  const line = {
    seed: 1,
    addRetryMs: 0,
    script: [],
    podOutcomes: [],
    ec2Calls: [],
    nondeterministic: [],
    spread: {},
    ...raw,
    ec2: { latencyMs: {}, createPrefixError: 'InvalidParameterValue', faults: [], imdsLagMs: 0, ...ec2 },
  } as unknown as VectorLine;
  for (const subnet of line.ec2.subnets) {
    if (!/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(subnet.cidr)) {
      throw new VectorFormatError(`has a subnet with the CIDR "${subnet.cidr}"`);
    }
  }
  if (line.ec2.subnets.length === 0) throw new VectorFormatError('has no subnet');
  return line;
}

/** Of the types used, upstream's table of trunk-compatible types lacks t3.medium; unknown types count as compatible. */
export function isTrunkCompatible(line: VectorLine): boolean {
  return limitsOf(line.instanceType)?.trunkCompatible ?? true;
}
