import { beforeEach, describe, expect, it } from 'vitest';
import { aPassRecord, aTuningObject } from '../../test/support/a-pass-record.ts';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import type { PassResult } from '../reconcile/pass-record.ts';
import { PortError } from '../reconcile/ports.ts';
import { Controller } from './controller.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';

let timer: FakeTimer;
let metrics: Metrics;
let lines: Record<string, unknown>[];
let passes: string[];

beforeEach(() => {
  timer = new FakeTimer();
  metrics = new Metrics();
  lines = [];
  passes = [];
});

function aController(result: (name: string) => PassResult, names: readonly string[] = ['default']) {
  return new Controller({
    pass: async (name) => {
      passes.push(name);
      return result(name);
    },
    names: () => names,
    timer,
    random: () => 1,
    metrics,
    log: createLog('info', { write: (line: string) => void lines.push(JSON.parse(line)) }),
  });
}

const onEvent = (name = 'default'): PassResult => ({
  record: aPassRecord({ object: aTuningObject({ name }) }),
  requeue: { kind: 'OnEvent' },
});
const samples = async (start: string) =>
  (await metrics.scrape()).text.split('\n').filter((line) => line.startsWith(start));

describe('Controller', () => {
  it('runs no pass before it is started, and one for every CniTuning then', async () => {
    const controller = aController(onEvent, ['default', 'other']);
    controller.wake(['default']);
    await timer.advance(60_000);
    expect(passes).toEqual([]);
    controller.start();
    await timer.advance(1_000);
    expect(passes.toSorted()).toEqual(['default', 'other']);
  });

  it('shows its objects while it leads, and none once another replica does', async () => {
    const controller = aController(onEvent);
    controller.start();
    await timer.advance(1_000);
    expect(await samples('cnituning_suspended{name="default"}')).toHaveLength(1);
    controller.pause();
    expect(await samples('cnituning_suspended{')).toEqual([]);
    controller.start();
    await timer.advance(1_000);
    expect(await samples('cnituning_suspended{name="default"}')).toHaveLength(1);
  });

  it('makes one pass of a burst of events', async () => {
    const controller = aController(onEvent, []);
    controller.start();
    for (let event = 0; event < 50; event += 1) controller.wake(['default']);
    await timer.advance(10_000);
    expect(passes).toEqual(['default']);
  });

  it('comes back when the pass says so', async () => {
    const controller = aController(() => ({ ...onEvent(), requeue: { kind: 'After', ms: 30_000 } }));
    controller.start();
    await timer.advance(95_000);
    expect(passes).toHaveLength(4);
    expect(await samples('controller_runtime_reconcile_total')).toEqual([
      'controller_runtime_reconcile_total{controller="cnituning",result="requeue_after"} 4',
    ]);
  });

  it('backs off while the outside fails, and counts it', async () => {
    const error = new PortError('Unavailable', 'The API server does not answer.');
    const controller = aController(() => ({
      record: aPassRecord({ outcome: { kind: 'Failed', error } }),
      requeue: { kind: 'Backoff' },
    }));
    controller.start();
    await timer.advance(16_000);
    expect(passes).toHaveLength(5);
    expect(await samples('controller_runtime_reconcile_errors_total')).toEqual([
      'controller_runtime_reconcile_errors_total{controller="cnituning"} 5',
    ]);
    expect(await samples('controller_runtime_reconcile_panics_total')).toEqual([]);
    expect(lines).toHaveLength(1);
  });

  it('goes on showing when the last good pass ended while passes fail, so that its age can alarm', async () => {
    const error = new PortError('Unavailable', 'The API server does not answer.');
    let isAway = false;
    const controller = aController(() =>
      isAway ? { ...onEvent(), record: aPassRecord({ outcome: { kind: 'Failed', error } }) } : onEvent(),
    );
    controller.start();
    await timer.advance(1_000);
    const good = await samples('cnituning_last_success_timestamp_seconds');
    expect(good).toHaveLength(1);
    isAway = true;
    for (let failed = 0; failed < 3; failed += 1) {
      controller.wake(['default']);
      await timer.advance(1_000);
    }
    expect(await samples('cnituning_last_success_timestamp_seconds')).toEqual(good);
  });

  it('logs a bug with its stack, counts it, and goes on with the other objects', async () => {
    const controller = aController(
      (name) => {
        if (name === 'broken') throw new Error('not a function');
        return onEvent(name);
      },
      ['broken', 'default'],
    );
    controller.start();
    await timer.advance(2_000);
    expect(passes).toEqual(['broken', 'default', 'broken']);
    expect(lines[0]).toMatchObject({ level: 'error', message: 'Bug: the pass threw', tuning: 'broken' });
    expect(String(lines[0]?.['stack'])).toContain('controller.test.ts');
    expect(await samples('controller_runtime_reconcile_panics_total')).toEqual([
      'controller_runtime_reconcile_panics_total{controller="cnituning"} 2',
    ]);
  });

  it('forgets an object that is gone, its series included', async () => {
    let gone = false;
    const controller = aController(() => (gone ? { record: undefined, requeue: { kind: 'OnEvent' } } : onEvent()));
    controller.start();
    await timer.advance(1_000);
    expect(await samples('cnituning_suspended')).toHaveLength(1);
    gone = true;
    controller.wake(['default']);
    await timer.advance(1_000);
    expect(await samples('cnituning_suspended')).toEqual([]);
  });

  it('begins no pass while another replica leads, and catches up when it leads again', async () => {
    const controller = aController(onEvent, ['default']);
    controller.start();
    await timer.advance(1_000);
    controller.pause();
    controller.wake(['default', 'other']);
    await timer.advance(60_000);
    expect(passes).toEqual(['default']);
    controller.start();
    await timer.advance(1_000);
    expect(passes.toSorted()).toEqual(['default', 'default', 'other']);
  });
});
