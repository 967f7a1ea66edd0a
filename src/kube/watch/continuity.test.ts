import { beforeEach, describe, expect, it } from 'vitest';
import { Continuity } from './continuity.ts';

let continuity: Continuity;

/** One stream: when it was accepted, when it last said something, when and how it ended. */
function aStream(times: { opened?: number; heard?: number; ended: number; silent?: boolean }): void {
  const { opened, heard, ended, silent = false } = times;
  if (opened !== undefined) continuity.opened(opened);
  if (heard !== undefined) {
    continuity.heard(heard);
    continuity.proven();
  }
  continuity.ended(ended, { silent });
}

beforeEach(() => {
  continuity = new Continuity();
});

describe('Continuity', () => {
  it('is broken from the end of the stream on', () => {
    aStream({ opened: 0, heard: 50, ended: 100 });
    continuity.broken(140);
    expect(continuity.brokenSinceMs).toBe(100);
    expect(continuity.gap(900, true)).toEqual({ fromMs: 100, untilMs: 900, lossless: true });
  });

  it('is broken from the last sound on when the stream fell silent', () => {
    aStream({ opened: 0, heard: 50, ended: 190_000, silent: true });
    continuity.broken(190_010);
    expect(continuity.brokenSinceMs).toBe(50);
  });

  it('is not broken by silence while it can be opened again', () => {
    aStream({ opened: 0, heard: 50, ended: 190_000, silent: true });
    continuity.opened(190_001);
    expect(continuity.gap(190_001, true)).toBeUndefined();
    expect(continuity.brokenSinceMs).toBeUndefined();
  });

  it('doubts all since the last sound when the stream after it is refused at once', () => {
    aStream({ opened: 0, heard: 50, ended: 190_000, silent: true });
    continuity.opened(190_001);
    continuity.mended({ lossless: true });
    continuity.heard(190_002);
    continuity.ended(190_002, { silent: false });
    continuity.broken(190_002);
    expect(continuity.gap(190_500, false)).toEqual({ fromMs: 50, untilMs: 190_500, lossless: false });
  });

  it('trusts a silent stream up to its beginning: it would have been refused by its first word', () => {
    aStream({ opened: 0, heard: 50, ended: 190_000, silent: true });
    aStream({ opened: 190_001, ended: 380_000, silent: true });
    aStream({ opened: 380_001, ended: 570_000, silent: true });
    continuity.broken(570_001);
    expect(continuity.brokenSinceMs).toBe(380_001);
  });

  it('trusts no stream that ended before it could have been refused', () => {
    aStream({ opened: 0, heard: 50, ended: 100 });
    aStream({ opened: 200, ended: 300 });
    continuity.broken(300);
    expect(continuity.brokenSinceMs).toBe(100);
  });

  it('goes back to the break before when the stream that seemed to mend it is refused', () => {
    aStream({ opened: 0, heard: 50, ended: 100 });
    continuity.broken(100);
    continuity.opened(500);
    continuity.mended({ lossless: true });
    expect(continuity.brokenSinceMs).toBeUndefined();
    continuity.ended(501, { silent: false });
    continuity.broken(501);
    expect(continuity.brokenSinceMs).toBe(100);
  });

  it('begins anew once the whole state was read', () => {
    aStream({ opened: 0, heard: 50, ended: 100 });
    continuity.broken(100);
    continuity.opened(500);
    continuity.proven();
    continuity.mended({ lossless: false });
    continuity.ended(700, { silent: false });
    continuity.broken(700);
    expect(continuity.brokenSinceMs).toBe(700);
  });
});
