/** What the API server puts around its objects: watch events, the envelope of each object, and its Status. */
import type { Status } from '../errors.ts';
import type { RawObject } from '../raw-objects.ts';
import { Fields, MalformedProtobuf } from './fields.ts';
import type { ReadObject } from './objects.ts';
import { bookmarkOf } from './objects.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** "k8s" and the only version of the envelope there is. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export type WatchEvent = { readonly type: string; readonly object: RawObject & Status };

/** One frame of a watch: WatchEvent around RawExtension around the object in its envelope. */
export function watchEventOf(frame: Buffer, readObject: ReadObject): WatchEvent {
  let type = '';
  let object: Fields | undefined;
  for (const fields = new Fields(frame); fields.next(); ) {
    if (fields.number === 1) type = fields.text();
    else if (fields.number === 2) object = bareObjectOf(firstBytesOf(fields.message()));
  }
  if (object === undefined) throw new MalformedProtobuf(`A watch event of type "${type}" has no object.`);
  if (type === 'ERROR') return { type, object: statusOf(object) };
  return { type, object: type === 'BOOKMARK' ? bookmarkOf(object) : readObject(object) };
}

/** The Status of a refusal, as an answer's whole body. */
export function statusOfBody(body: Buffer): Status {
  return statusOf(bareObjectOf(body));
}

function firstBytesOf(fields: Fields): Buffer {
  while (fields.next()) if (fields.number === 1) return fields.bytes();
  return Buffer.alloc(0);
}

/** The message inside of runtime.Unknown. */
function bareObjectOf(enveloped: Buffer): Fields {
  if (!enveloped.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new MalformedProtobuf('An object is not in the envelope of Kubernetes.');
  }
  const unknown = new Fields(enveloped, MAGIC.length);
  while (unknown.next()) if (unknown.number === 2) return unknown.message();
  return new Fields(Buffer.alloc(0));
}

function statusOf(fields: Fields): Status {
  const status: { -readonly [Key in keyof Status]: Status[Key] } = { kind: 'Status' };
  while (fields.next()) {
    if (fields.number === 3) status.message = fields.text();
    else if (fields.number === 4) status.reason = fields.text();
    else if (fields.number === 5) status.details = detailsOf(fields.message());
    else if (fields.number === 6) status.code = fields.whole();
  }
  return status;
}

/** Of the details only what a refused read can have; causes come with refused writes, which speak JSON. */
function detailsOf(fields: Fields): NonNullable<Status['details']> {
  let retryAfterSeconds = 0;
  while (fields.next()) if (fields.number === 5) retryAfterSeconds = fields.whole();
  return retryAfterSeconds === 0 ? {} : { retryAfterSeconds };
}
