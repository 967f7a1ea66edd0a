import { describe, expect, it } from 'vitest';
import { anIpamd, storeAt } from '../../../test/support/an-ipamd.ts';
import { nextTimerMs, resume, resumeMs, startRun, stepMs } from './run.ts';
import { NAP, call, pause } from './steps.ts';

const at = (nowMs: number, ipamd = anIpamd()) => {
  ipamd.nowMs = nowMs;
  return ipamd;
};

describe('code that runs', () => {
  it('waits for the answer to its call, and does not go on by itself', () => {
    const ipamd = at(1000);
    const run = startRun(
      ipamd,
      (function* () {
        const answer = yield* call(ipamd, { action: 'DescribeSubnets' });
        if (answer.ok) yield* pause(7);
      })(),
    );
    expect(run.waiting).toEqual({ kind: 'call', request: { action: 'DescribeSubnets', id: 1 } });
    expect([stepMs(ipamd, run), resumeMs(ipamd, run, 0)]).toEqual([Infinity, Infinity]);
    ipamd.nowMs = 2000;
    resume(ipamd, run, { ok: true });
    expect(run.waiting).toEqual({ kind: 'pause', untilMs: 2007 });
    expect([stepMs(ipamd, run), resumeMs(ipamd, run, 0)]).toEqual([2007, 2007]);
    resume(ipamd, run, undefined);
    expect(run.waiting).toEqual({ kind: 'ended' });
    expect([stepMs(ipamd, run), resumeMs(ipamd, run, 0)]).toEqual([Infinity, Infinity]);
  });

  it('naps for half an interval step by step, and as long as nothing can happen when it jumps', () => {
    const ipamd = at(0, anIpamd({ env: { MINIMUM_IP_TARGET: '1' }, enis: [{ id: 'eni-1', addresses: 1 }] }));
    const run = startRun(
      ipamd,
      (function* () {
        yield NAP;
      })(),
    );
    ipamd.rest.napFromMs = 1000;
    expect(run.waiting).toEqual({ kind: 'nap' });
    expect(stepMs(ipamd, run)).toBe(3500);
    const shown = ipamd.metadata();
    Object.assign(ipamd, { metadata: () => shown });
    const { changes, structure } = storeAt(ipamd);
    Object.assign(ipamd.rest, { poolChanges: changes, poolUntilMs: Infinity });
    Object.assign(ipamd.rest, { syncedStructure: structure, syncedMetadata: shown });
    expect(resumeMs(ipamd, run, 0)).toBe(Infinity);
  });
});

it('the next timer is that of the CIDR that was emptied first', () => {
  const ipamd = anIpamd({ enis: [{ id: 'eni-1', addresses: 1 }] });
  expect(nextTimerMs(ipamd)).toBe(Infinity);
  const store = storeAt(ipamd);
  const [cidr] = store.enis[0]?.byKey.values() ?? [];
  if (cidr === undefined) throw new Error('eni-1 has an address');
  ipamd.emptyCidrs.push({ atMs: 5000, store, cidr }, { atMs: 6000, store, cidr });
  expect(nextTimerMs(ipamd)).toBe(5000);
});
