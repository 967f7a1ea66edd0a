import { afterEach, expect, it } from 'vitest';
import { FakeCluster } from '../../test/support/fake-cluster.ts';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import { accountReader } from './account-reader.ts';

const REFRESH_MS = 10_000;
const SILENT = { debug: () => {}, error: () => {}, info: () => {}, warn: () => {} };

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Of a cluster whose nodes name no region: a reading ends at once. */
function quietCluster() {
  const timer = new FakeTimer();
  let wakes = 0;
  let read = (): void => {};
  const account = accountReader({
    options: { enabled: true, region: '', refreshMs: REFRESH_MS },
    reader: { snapshot: () => ({ ...new FakeCluster().snapshot(), nodes: [] }) },
    log: SILENT,
    timer,
    onReading: () => {
      wakes += 1;
      read();
    },
    onCall: () => {},
  });
  closers.push(() => account.close());
  const nextWake = (): Promise<void> => new Promise((resolve) => (read = resolve));
  return { account, timer, nextWake, wakes: () => wakes };
}

it('wakes the passes when a reading has ended and when the next is due, though nothing else happens', async () => {
  const { account, timer, nextWake, wakes } = quietCluster();
  const ended = nextWake();
  account.latest(Date.now());
  await ended;
  expect(wakes()).toBe(1);
  await timer.advance(REFRESH_MS * 0.8);
  expect(wakes()).toBe(1);
  await timer.advance(REFRESH_MS * 0.4);
  expect(wakes()).toBe(2);
});

it('wakes nobody after it was closed', async () => {
  const { account, timer, nextWake } = quietCluster();
  const ended = nextWake();
  account.latest(Date.now());
  await ended;
  expect(timer.pending).toBe(1);
  account.close();
  expect(timer.pending).toBe(0);
});
