/** Do two JSON values say the same, whatever the order of their fields? */
export function saysTheSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => saysTheSame(item, b[at]))
    );
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const ofB = new Map<string, unknown>(Object.entries(b));
  const entries = Object.entries(a);
  return (
    entries.length === ofB.size && entries.every(([key, value]) => ofB.has(key) && saysTheSame(value, ofB.get(key)))
  );
}
