import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeTimer } from '../../../test/support/fake-timer.ts';
import { CannotListen } from '../server.ts';
import { followCertificate, readCertificate } from './certificate-files.ts';
import { type Certificate, selfSigned } from './certificate.ts';

const [FIRST, SECOND] = ['first', 'second'].map((host) => selfSigned(host, Date.UTC(2026, 2, 2))) as [
  Certificate,
  Certificate,
];
const MINUTE_MS = 60_000;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cni-tuner-certificate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put({ cert, key }: Certificate): void {
  writeFileSync(join(folder, 'tls.crt'), cert);
  writeFileSync(join(folder, 'tls.key'), key);
}

function followed() {
  const timer = new FakeTimer();
  const said: string[] = [];
  const log = { debug: () => {}, error: () => {}, info: () => {}, warn: (message: string) => void said.push(message) };
  const renewed: Certificate[] = [];
  const end = followCertificate({ folder, timer, log, onRenewed: (found) => void renewed.push(found) }, FIRST);
  return { timer, said, renewed, end };
}

describe('a certificate in a folder', () => {
  it('is refused in a sentence where it is missing or does not fit its key', async () => {
    await expect(readCertificate(folder)).rejects.toThrow(CannotListen);
    await expect(readCertificate(folder)).rejects.toThrow(
      /^The certificate in \S+ \(tls.crt, tls.key\) cannot be used: /,
    );
    put({ cert: FIRST.cert, key: SECOND.key });
    await expect(readCertificate(folder)).rejects.toThrow(CannotListen);
    put(FIRST);
    expect(await readCertificate(folder)).toEqual(FIRST);
  });

  it('is used within a minute after it was renewed', async () => {
    put(FIRST);
    const { timer, renewed, said } = followed();
    await timer.advance(MINUTE_MS);
    await vi.waitFor(() => expect(timer.pending).toBe(1));
    expect(renewed).toEqual([]);
    put(SECOND);
    await timer.advance(MINUTE_MS);
    await vi.waitFor(() => expect(renewed).toEqual([SECOND]));
    expect(said).toEqual([]);
  });

  it('goes on with the one it has while half of the new one is there', async () => {
    put({ cert: SECOND.cert, key: FIRST.key });
    const { timer, renewed, said } = followed();
    await timer.advance(MINUTE_MS);
    await vi.waitFor(() => expect(said).toHaveLength(1));
    put(SECOND);
    await vi.waitFor(() => expect(timer.pending).toBe(1));
    await timer.advance(MINUTE_MS);
    await vi.waitFor(() => expect(renewed).toEqual([SECOND]));
  });

  it('is not looked at after the end', () => {
    const { timer, end } = followed();
    end();
    expect(timer.pending).toBe(0);
  });
});
