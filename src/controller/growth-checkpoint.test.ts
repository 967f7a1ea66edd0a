import { beforeEach, describe, expect, it } from 'vitest';
import { aDaemonSet, anAccount, aSnapshot, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import { Shelf } from '../../test/support/shelf.ts';
import { PortError } from '../reconcile/ports.ts';
import { Forecaster } from '../tuning/forecast.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import { GrowthCheckpoint } from './growth-checkpoint.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';

let shelf: Shelf;
let timer: FakeTimer;
let metrics: Metrics;
let lines: string[];

beforeEach(() => {
  shelf = new Shelf(1);
  timer = new FakeTimer();
  metrics = new Metrics();
  lines = [];
});

function aReplica() {
  const forecaster = new Forecaster();
  const log = createLog('warn', { write: (line: string) => void lines.push(line) });
  const checkpoint = new GrowthCheckpoint({ store: shelf, forecaster, timer, intervalMs: MINUTE_MS, metrics, log });
  return { forecaster, checkpoint };
}

/** A pass after EC2 was read `minute` minutes in. */
function look(forecaster: Forecaster, minute: number): void {
  const account = anAccount({ takenAtMs: MONDAY_MS + minute * MINUTE_MS });
  const snapshot = aSnapshot({ daemonSet: undefined, account });
  const reserve = { kind: 'Share', share: 0.1 } as const;
  forecaster.forecast('default', { snapshot, live: liveSettingsOf(aDaemonSet()), reserve });
}

const results = async (result: string): Promise<string | undefined> =>
  (await metrics.scrape()).text
    .split('\n')
    .find((line) => line.includes(`growth_checkpoints_total{result="${result}"}`));

describe('the checkpoint of growth', () => {
  it('is written when there is a new sample, and not otherwise', async () => {
    const { forecaster, checkpoint } = aReplica();
    await checkpoint.lead();
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toHaveLength(0);
    look(forecaster, 0);
    await timer.advance(5 * MINUTE_MS);
    look(forecaster, 5);
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toHaveLength(1);
    look(forecaster, 10);
    await timer.advance(MINUTE_MS);
    expect(shelf.writes).toHaveLength(2);
  });

  it('is what the next leader goes on from', async () => {
    const before = aReplica();
    await before.checkpoint.lead();
    for (const minute of [0, 10, 20]) look(before.forecaster, minute);
    await before.checkpoint.stop();
    const after = aReplica();
    await after.checkpoint.lead();
    expect(after.forecaster.values()).toEqual(before.forecaster.values());
  });

  it('takes nothing that is older than what it knows, and is not written by who does not lead', async () => {
    const { forecaster, checkpoint } = aReplica();
    await checkpoint.lead();
    look(forecaster, 0);
    await timer.advance(MINUTE_MS);
    checkpoint.pause();
    look(forecaster, 30);
    await timer.advance(10 * MINUTE_MS);
    expect(shelf.writes).toHaveLength(1);
    await checkpoint.lead();
    expect(forecaster.newestMs()).toBe(MONDAY_MS + 30 * MINUTE_MS);
  });

  it('starts with nothing where what is stored is torn, and says so', async () => {
    shelf.parts[0] = Uint8Array.of(0x43, 0x4e, 0x54, 0x47, 1, 0, 0, 0, 0, 7);
    const { forecaster, checkpoint } = aReplica();
    await checkpoint.lead();
    expect(forecaster.newestMs()).toBe(-Infinity);
    expect(lines.join('')).toContain('its checksum does not match');
    look(forecaster, 0);
    await timer.advance(MINUTE_MS);
    expect(shelf.writes).toHaveLength(1);
  });

  it('leaves a ConfigMap of others alone, and says it once', async () => {
    shelf.parts[0] = 'Foreign';
    const { forecaster, checkpoint } = aReplica();
    await checkpoint.lead();
    look(forecaster, 0);
    await timer.advance(3 * MINUTE_MS);
    expect(shelf.parts[0]).toBe('Foreign');
    expect(lines).toHaveLength(1);
    expect(await results('CheckpointForeign')).toMatch(/ 3$/);
  });

  it('tries again after trouble, counts it, and reads before it writes', async () => {
    const before = aReplica();
    await before.checkpoint.lead();
    look(before.forecaster, 0);
    await before.checkpoint.stop();
    const { forecaster, checkpoint } = aReplica();
    shelf.failNext = new PortError('Unavailable', 'The API server does not answer.');
    await checkpoint.lead();
    look(forecaster, 10);
    await timer.advance(MINUTE_MS);
    expect(await results('CheckpointFailed')).toMatch(/ 1$/);
    expect(shelf.writes).toHaveLength(2);
  });
});
