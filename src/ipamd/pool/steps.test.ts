import { describe, expect, it } from 'vitest';
import { anIpamd, played } from '../../../test/support/an-ipamd.ts';
import type { PauseAsked } from './choices.ts';
import { call, pause, withBackoff } from './steps.ts';

const BACKOFF = { pause: 'detach', tries: 12, firstMs: 200, jitter: 0.15 } as const;

/** Tries that work from the given one on (never, if 0), each noted with its time. */
function tried(worksAt: number, backoff: Parameters<typeof withBackoff>[1] = BACKOFF) {
  const asked: PauseAsked[] = [];
  const ipamd = anIpamd();
  const choices = {
    ...ipamd.choices,
    jitterMs: (pauseAsked: PauseAsked) => {
      asked.push(pauseAsked);
      return 1;
    },
  };
  Object.assign(ipamd, { choices });
  const atMs: number[] = [];
  const steps = withBackoff(ipamd, backoff, function* () {
    atMs.push(ipamd.nowMs);
    return atMs.length === worksAt;
  });
  const { result } = played(ipamd, steps, () => ({ ok: true }));
  return { result, atMs, asked, endMs: ipamd.nowMs };
}

describe('a call', () => {
  it('has the next number, and its answer comes back', () => {
    const ipamd = anIpamd();
    const first = call(ipamd, { action: 'DescribeSubnets' });
    expect(first.next().value).toEqual({ kind: 'call', request: { action: 'DescribeSubnets', id: 1 } });
    const answer = { ok: true, subnets: [] } as const;
    expect(first.next(answer)).toEqual({ done: true, value: answer });
    const second = call(ipamd, { action: 'DescribeInstances' });
    expect(second.next().value).toMatchObject({ request: { id: 2 } });
  });

  it('that gets no answer has failed', () => {
    const steps = call(anIpamd(), { action: 'DescribeSubnets' });
    steps.next();
    expect(steps.next(undefined).value).toEqual({ ok: false, code: 'NoResponse' });
  });
});

describe('a pause', () => {
  it('is waited for, unless it is none', () => {
    expect(pause(10).next()).toEqual({ done: false, value: { kind: 'pause', ms: 10 } });
    expect(pause(0).next().done).toBe(true);
  });
});

describe('a helper that tries again', () => {
  it('stops at the first try that works', () => {
    expect(tried(1)).toEqual({ result: true, atMs: [0], asked: [], endMs: 0 });
    expect(tried(3)).toMatchObject({ result: true, atMs: [0, 201, 602], endMs: 602 });
  });

  it('gives up after its last try, without a pause then', () => {
    const { result, atMs, endMs } = tried(0, { ...BACKOFF, tries: 3 });
    expect({ result, atMs, endMs }).toEqual({ result: false, atMs: [0, 201, 602], endMs: 602 });
  });

  it('doubles its pauses up to a minute', () => {
    const { asked } = tried(0);
    expect(asked.map(({ nominalMs }) => nominalMs)).toEqual([
      200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
    ]);
  });

  it('says for each pause what it is, after which try, and by how much it may be longer', () => {
    const { asked } = tried(3, { ...BACKOFF, firstMs: 1000, jitter: 0.3 });
    expect(asked).toEqual([
      { pause: 'detach', tried: 1, nominalMs: 1000, mostMs: 300 },
      { pause: 'detach', tried: 2, nominalMs: 2000, mostMs: 600 },
    ]);
  });
});
