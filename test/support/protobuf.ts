/** Writes protobuf messages for tests, independently of the reader in src/kube/protobuf. */

/** A field's number, and its text, whole number, flag or message. */
export type Field = readonly [number, string | number | boolean | Buffer];

export function aMessage(...fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(([number, value]) => aField(number, value)));
}

function aField(number: number, value: Field[1]): Buffer {
  if (typeof value === 'number' || typeof value === 'boolean') {
    return Buffer.concat([varint(BigInt(number) << 3n), varint(BigInt(value))]);
  }
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(bytes.length)), bytes]);
}

/** Negative numbers as int64 has them: ten bytes. */
function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** An object in the envelope of Kubernetes. */
export const enveloped = (object: Buffer): Buffer =>
  Buffer.concat([Buffer.from('k8s\0'), aMessage([1, aMessage([1, 'v1'])], [2, object], [3, ''], [4, ''])]);

/** The frame of a watch event without its length. */
export const anEvent = (type: string, object: Buffer): Buffer =>
  aMessage([1, type], [2, aMessage([1, enveloped(object)])]);

export function framed(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}
