/**
 * Text → a number in (0, 1), the same every time: chance that can be repeated. FNV-1a over the code units, then the
 * finalizer of MurmurHash3, since FNV alone leaves similar names close together.
 */
export function unitHash(text: string, seed: number): number {
  return (hash32(text, seed) + 0.5) / 4_294_967_296;
}

/** Text → an unsigned 32-bit number. */
export function hash32(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}
