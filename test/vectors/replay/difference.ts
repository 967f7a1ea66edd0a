/** The first thing at which a replay and its recording part, in words. */
import type { EC2Request, EC2Response } from '../../../src/ipamd/ec2-calls.ts';
import { eniNumber } from './node-state.ts';
import type { RecordedCall, StateRecord } from './vector-line.ts';

export type Difference = {
  readonly t: number;
  /** `call`, `state`, `pod`, `lifecycle` or `choice`. */
  readonly what: string;
  readonly recorded: string;
  readonly model: string;
};

/** Ends a replay. */
export class Diverged extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super(`${difference.what} at ${difference.t}: recorded ${difference.recorded}, model ${difference.model}`);
    this.difference = difference;
  }
}

/** A model's call in the form of a recorded one, without its result. */
export function callRecord(t: number, request: EC2Request, subnets: readonly string[]): RecordedCall {
  return { t: Math.floor(t), op: request.action, ...callFields(request, subnets) };
}

function callFields(request: EC2Request, subnets: readonly string[]): Partial<RecordedCall> {
  switch (request.action) {
    case 'AssignPrivateIpAddresses':
      return { eni: eniNumber(request.eni), n: request.count, kind: request.kind };
    case 'UnassignPrivateIpAddresses':
      return { eni: eniNumber(request.eni), n: request.addresses.length, kind: request.kind, addr: request.addresses };
    case 'CreateNetworkInterface':
      return { n: request.count, kind: request.kind, subnet: subnets.indexOf(request.subnet) };
    case 'AttachNetworkInterface':
      return { eni: eniNumber(request.eni), dev: request.device };
    case 'ModifyNetworkInterfaceAttribute':
      return { eni: eniNumber(request.eni), kind: request.attribute };
    case 'DescribeNetworkInterfaces':
      return request.enis.length === 1 ? { eni: eniNumber(request.enis[0] ?? ''), n: 1 } : { n: request.enis.length };
    case 'CreateTags':
    case 'DetachNetworkInterface':
    case 'DeleteNetworkInterface':
      return { eni: eniNumber(request.eni) };
    default:
      return {};
  }
}

/** Whether the recorded call is the one made; fields that the recording leaves out are not compared. */
export function isSameCall(made: RecordedCall, recorded: RecordedCall): boolean {
  return (
    made.t === recorded.t &&
    made.op === recorded.op &&
    made.kind === recorded.kind &&
    (made.n ?? 0) === (recorded.n ?? 0) &&
    (made.op === 'CreateNetworkInterface' || recorded.eni === undefined || made.eni === recorded.eni) &&
    (recorded.dev === undefined || made.dev === recorded.dev) &&
    (recorded.subnet === undefined || made.subnet === recorded.subnet)
  );
}

export function tellCall(call: RecordedCall | undefined): string {
  if (call === undefined) return 'no call';
  const parts = [call.op, call.eni === undefined ? '' : `eni ${call.eni}`];
  if (call.n !== undefined) parts.push(`${call.n} ${call.kind ?? ''}`.trim());
  else if (call.kind !== undefined) parts.push(call.kind);
  if (call.dev !== undefined) parts.push(`device ${call.dev}`);
  if (call.subnet !== undefined) parts.push(`subnet ${call.subnet}`);
  if (call.err !== undefined) parts.push(call.err);
  return `${parts.filter((part) => part !== '').join(' ')} at ${call.t}`;
}

export function tellAnswer(answer: EC2Response): string {
  if (!answer.ok) return answer.code;
  const given = answer.addresses ?? answer.created?.addresses;
  return given === undefined ? 'success' : `success [${given.join(' ')}]`;
}

type StateField = Exclude<keyof StateRecord, 't'>;

const TOTALS: readonly StateField[] = [
  'phase',
  'total',
  'assigned',
  'cooling',
  'available',
  'prefixes',
  'ec2Enis',
  'ec2Addresses',
  'subnetFree',
];

/** The fields of a state that part, `enis` in the order of their numbers; empty = equal. */
export function stateDifferences(
  model: StateRecord,
  recorded: StateRecord,
  also: { readonly freePrefixes: boolean; readonly perENI: boolean },
): readonly { readonly field: string; readonly recorded: string; readonly model: string }[] {
  const fields: StateField[] = [...TOTALS];
  if (also.freePrefixes) fields.push('freePrefixes');
  if (also.perENI) fields.push('enis');
  return fields.flatMap((field) => {
    const [ours, theirs] = [tellField(model[field]), tellField(recorded[field])];
    return ours === theirs ? [] : [{ field, recorded: theirs, model: ours }];
  });
}

function tellField(value: StateRecord[StateField]): string {
  if (!Array.isArray(value)) return String(value);
  const rows = value.map((row: number | readonly number[]) =>
    typeof row === 'number' ? String(row) : `[${row.join(',')}]`,
  );
  const isPerENI = value.some((row: number | readonly number[]) => typeof row !== 'number');
  return (isPerENI ? rows.sort(byNumber) : rows).join(' ');
}

function byNumber(a: string, b: string): number {
  return Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10);
}
