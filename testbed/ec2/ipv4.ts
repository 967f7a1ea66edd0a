/** IPv4 arithmetic of the endpoint's model: addresses are unsigned 32-bit numbers. */

export type Cidr = { readonly base: number; readonly prefixLength: number; readonly size: number };

/** `10.0.1.4` as a number; undefined for anything else. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatAddress(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** `10.0.0.0/16` with no host bits set; throws a sentence otherwise. */
export function parseCidr(text: string): Cidr {
  const [network = '', length = ''] = text.split('/');
  const base = parseAddress(network);
  const prefixLength = /^\d{1,2}$/.test(length) ? Number(length) : 33;
  const size = 2 ** (32 - prefixLength);
  if (base === undefined || prefixLength > 32 || base % size !== 0) throw new Error(`"${text}" is not an IPv4 CIDR`);
  return { base, prefixLength, size };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.base)}/${cidr.prefixLength}`;
}

export function cidrContains(outer: Cidr, inner: Cidr): boolean {
  return inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;
}
