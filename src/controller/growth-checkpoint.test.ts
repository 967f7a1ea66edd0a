import { beforeEach, describe, expect, it } from 'vitest';
import { aDaemonSet, anAccount, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import type { CheckpointStore } from '../reconcile/ports.ts';
import { PortError } from '../reconcile/ports.ts';
import type { StoredPart } from '../tuning/checkpoint.ts';
import { Forecaster } from '../tuning/forecast.ts';
import { liveSettingsOf } from '../tuning/live-settings.ts';
import { GrowthCheckpoint } from './growth-checkpoint.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';

/** One part in memory; what it is told to throw, it throws at the next request. */
class Shelf implements CheckpointStore {
  part: StoredPart;
  writes = 0;
  failNext: PortError | undefined;

  async read(): Promise<readonly StoredPart[]> {
    this.#fail();
    return [this.part];
  }

  async write(_: number, bytes: Uint8Array): Promise<'Stored' | 'Foreign'> {
    this.#fail();
    if (this.part === 'Foreign') return 'Foreign';
    this.part = bytes;
    this.writes += 1;
    return 'Stored';
  }

  #fail(): void {
    const error = this.failNext;
    this.failNext = undefined;
    if (error !== undefined) throw error;
  }
}

let shelf: Shelf;
let timer: FakeTimer;
let metrics: Metrics;
let lines: string[];

beforeEach(() => {
  shelf = new Shelf();
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
  const snapshot = {
    takenAtMs: MONDAY_MS,
    synced: true,
    staleSinceMs: undefined,
    nodes: [],
    podsByNode: new Map(),
    addressFailures: [],
    daemonSet: undefined,
    awsNodePods: [],
    account: anAccount({ takenAtMs: MONDAY_MS + minute * MINUTE_MS }),
  };
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
    expect(shelf.writes).toBe(0);
    look(forecaster, 0);
    await timer.advance(5 * MINUTE_MS);
    look(forecaster, 5);
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toBe(1);
    look(forecaster, 10);
    await timer.advance(MINUTE_MS);
    expect(shelf.writes).toBe(2);
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
    expect(shelf.writes).toBe(1);
    await checkpoint.lead();
    expect(forecaster.newestMs()).toBe(MONDAY_MS + 30 * MINUTE_MS);
  });

  it('starts with nothing where what is stored is torn, and says so', async () => {
    shelf.part = Uint8Array.of(0x43, 0x4e, 0x54, 0x47, 1, 0, 0, 0, 0, 7);
    const { forecaster, checkpoint } = aReplica();
    await checkpoint.lead();
    expect(forecaster.newestMs()).toBe(-Infinity);
    expect(lines.join('')).toContain('its checksum does not match');
    look(forecaster, 0);
    await timer.advance(MINUTE_MS);
    expect(shelf.writes).toBe(1);
  });

  it('leaves a ConfigMap of others alone, and says it once', async () => {
    shelf.part = 'Foreign';
    const { forecaster, checkpoint } = aReplica();
    await checkpoint.lead();
    look(forecaster, 0);
    await timer.advance(3 * MINUTE_MS);
    expect(shelf.part).toBe('Foreign');
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
    expect(shelf.writes).toBe(2);
  });
});
