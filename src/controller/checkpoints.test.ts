import { beforeEach, describe, expect, it } from 'vitest';
import { aNode, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { FakeTimer } from '../../test/support/fake-timer.ts';
import { Shelf } from '../../test/support/shelf.ts';
import { PortError } from '../reconcile/ports.ts';
import { PARTS } from '../tuning/checkpoint.ts';
import { DemandHistory } from '../tuning/demand.ts';
import { Checkpoints } from './checkpoints.ts';
import { createLog } from './log.ts';
import { Metrics } from './metrics.ts';

let shelf: Shelf;
let metrics: Metrics;
let timer: FakeTimer;
let brokenSinceMs: number | undefined;
let changes: number;

beforeEach(() => {
  shelf = new Shelf(PARTS);
  metrics = new Metrics();
  timer = new FakeTimer();
  brokenSinceMs = undefined;
  changes = 0;
});

const nowMs = (): number => MONDAY_MS + timer.nowMs();

/** A process of its own with a node that it sees from now on. */
function aReplica(seed = 1): { memory: DemandHistory; checkpoints: Checkpoints } {
  const memory = new DemandHistory({ seed });
  memory.record({ kind: 'NodeSeen', atMs: nowMs(), node: aNode('a') });
  const checkpoints = new Checkpoints({
    store: shelf,
    memory,
    knownUntilMs: () => brokenSinceMs ?? nowMs(),
    timer,
    intervalMs: MINUTE_MS,
    foldMs: HOUR_MS,
    metrics,
    log: createLog('error'),
    onChange: () => (changes += 1),
  });
  return { memory, checkpoints };
}

const shown = async (series: string): Promise<number | undefined> => {
  const line = (await metrics.scrape()).text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};
const results = (result: string) => shown(`cnituning_history_checkpoints_total{result="${result}"}`);

describe('Checkpoints', () => {
  it('store once a minute while this replica leads: a base first and each hour, between them the tail', async () => {
    const { checkpoints } = aReplica();
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toEqual([]);
    await checkpoints.lead();
    await timer.advance(62 * MINUTE_MS);
    expect(shelf.writes).toEqual([0, ...Array.from({ length: 59 }, () => 1), 0, 1]);
    checkpoints.pause();
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toHaveLength(62);
    expect(await shown('cnituning_history_checkpoint_timestamp_seconds')).toBe((MONDAY_MS + 67 * MINUTE_MS) / 1_000);
    expect(await results('stored')).toBe(62);
  });

  it('give the next leader what the last one knew, and say so once', async () => {
    const first = aReplica();
    await first.checkpoints.lead();
    await timer.advance(10 * MINUTE_MS + 1_000);
    expect(first.checkpoints.keeping()).toEqual({ kind: 'Kept', refused: undefined });
    expect(changes).toBe(1);
    first.checkpoints.pause();
    const second = aReplica(2);
    await second.checkpoints.lead();
    expect(second.memory.watchedMs(HOUR_MS, nowMs())).toBe(10 * MINUTE_MS);
    expect(await shown('cnituning_history_restores_total{result="Read"}')).toBe(1);
  });

  it('store what is left when the process is told to stop', async () => {
    const { checkpoints } = aReplica();
    await checkpoints.lead();
    await timer.advance(90_000);
    await checkpoints.stop();
    expect(shelf.writes).toEqual([0, 1]);
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toHaveLength(2);
  });

  it('store nothing while a watch is broken, and never more than it told', async () => {
    const { checkpoints } = aReplica();
    await checkpoints.lead();
    await timer.advance(MINUTE_MS);
    brokenSinceMs = nowMs() + 5_000;
    await timer.advance(5 * MINUTE_MS);
    expect(shelf.writes).toEqual([0, 1]);
    expect(await shown('cnituning_history_checkpoint_timestamp_seconds')).toBe(brokenSinceMs / 1_000);
  });

  it('store nothing over what could not be read yet', async () => {
    const first = aReplica();
    await first.checkpoints.lead();
    await timer.advance(10 * MINUTE_MS);
    first.checkpoints.pause();
    const second = aReplica(2);
    shelf.failNext = new PortError('Unavailable', 'The API server gave no answer.');
    await second.checkpoints.lead();
    expect(second.checkpoints.keeping()).toMatchObject({ kind: 'NotKept', reason: 'CheckpointFailed' });
    await timer.advance(MINUTE_MS);
    expect(second.memory.watchedMs(HOUR_MS, nowMs())).toBe(11 * MINUTE_MS);
    expect(second.checkpoints.keeping()).toEqual({ kind: 'Kept', refused: undefined });
  });

  it.each([
    ['Forbidden', 'CheckpointForbidden'],
    ['Invalid', 'CheckpointRefused'],
    ['Unavailable', 'CheckpointFailed'],
    ['Conflict', 'CheckpointFailed'],
  ] as const)(
    'after a write that ended %s say %s, and begin with a base that needs nothing before it',
    async (kind, reason) => {
      const { checkpoints } = aReplica();
      await checkpoints.lead();
      await timer.advance(2 * MINUTE_MS);
      shelf.failNext = new PortError(kind, 'No.');
      await timer.advance(MINUTE_MS);
      expect(checkpoints.keeping()).toEqual({ kind: 'NotKept', reason, message: 'No.' });
      expect(await results(reason)).toBe(1);
      await timer.advance(MINUTE_MS);
      expect(shelf.writes).toEqual([0, 1, 0]);
      expect(checkpoints.keeping()).toEqual({ kind: 'Kept', refused: undefined });
    },
  );

  it('leave what is not theirs alone, and say so', async () => {
    shelf.parts[0] = 'Foreign';
    const { checkpoints } = aReplica();
    await checkpoints.lead();
    await timer.advance(MINUTE_MS);
    expect(shelf.parts[0]).toBe('Foreign');
    expect(checkpoints.keeping()).toMatchObject({ kind: 'NotKept', reason: 'CheckpointForeign' });
    expect(await results('CheckpointForeign')).toBe(1);
    expect(await shown('cnituning_history_restores_total{result="Foreign"}')).toBe(1);
  });

  it('say for as long as the process lives why an earlier history was refused', async () => {
    shelf.parts[0] = new Uint8Array([1, 2, 3]);
    const { checkpoints } = aReplica();
    await checkpoints.lead();
    await timer.advance(5 * MINUTE_MS);
    expect(checkpoints.keeping()).toEqual({
      kind: 'Kept',
      refused: 'Part 0 of the history checkpoint was not written by cni-tuner.',
    });
  });
});
