import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { selfSigned } from './certificate.ts';

const NOW_MS = Date.UTC(2026, 2, 2, 7);

it('a certificate of our own names the host, is valid for a year and is signed by its key', () => {
  const { cert, key } = selfSigned('cni-tuner-7d9-abc', NOW_MS);
  const read = new X509Certificate(cert);
  expect(read.checkHost('cni-tuner-7d9-abc')).toBe('cni-tuner-7d9-abc');
  expect([read.subject, read.issuer]).toEqual(['CN=cni-tuner-7d9-abc', 'CN=cni-tuner-7d9-abc']);
  expect(read.validFromDate.toISOString()).toBe('2026-03-01T07:00:00.000Z');
  expect(read.validToDate.toISOString()).toBe('2027-03-01T07:00:00.000Z');
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(selfSigned('cni-tuner-7d9-abc', NOW_MS).key).not.toBe(key);
});

it('a long name of a pod fits', () => {
  const host = `${'a'.repeat(200)}.example`;
  expect(new X509Certificate(selfSigned(host, NOW_MS).cert).subjectAltName).toBe(`DNS:${host}`);
});
