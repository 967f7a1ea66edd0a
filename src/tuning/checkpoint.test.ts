import { describe, expect, it } from 'vitest';
import { aNode, HOUR_MS, MINUTE_MS, MONDAY_MS } from '../../test/support/builders.ts';
import { DemandTeller, withOwnPodNumbers } from '../../test/support/told-demand.ts';
import type { CheckpointReading } from './checkpoint.ts';
import { PARTS, readCheckpoint, TAIL_BYTES } from './checkpoint.ts';
import { crc32 } from './checkpoint/crc32.ts';
import { CheckpointWriter } from './checkpoint/checkpoint-writer.ts';
import { DemandHistory } from './demand.ts';
import type { RestoredDemand } from './demand/demand-picture.ts';
import { representsAbove } from './demand/settled-sample.ts';

type Parts = (Uint8Array | undefined)[];

/** Stores as the operator does: one part, one write. */
class Shelf {
  readonly parts: Parts = Array.from({ length: PARTS }, () => undefined);
  readonly writes: { readonly index: number; readonly bytes: number }[] = [];
  readonly writer = new CheckpointWriter(0);

  keep(memory: DemandHistory, takenAtMs: number): void {
    const draft = this.writer.next(memory.picture(takenAtMs));
    this.parts[draft.index] = draft.bytes;
    this.writes.push({ index: draft.index, bytes: draft.bytes.length });
    this.writer.stored(draft);
  }

  get bytes(): number {
    return this.parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
  }
}

function demandIn(reading: CheckpointReading): RestoredDemand {
  if (reading.kind !== 'Read') throw new Error(`not read: ${JSON.stringify(reading)}`);
  return reading.demand;
}

/** What a checkpoint of everything must give back. */
function everythingIn(memory: DemandHistory, takenAtMs: number): RestoredDemand {
  const { watched, shapes } = memory.picture(takenAtMs);
  const stretches = shapes.flatMap(({ shapeKey, settled, open, log2Threshold }) => [
    ...settled.map((kept) => ({ shapeKey, stretch: kept.stretch, represents: representsAbove(log2Threshold, kept) })),
    ...open.map(({ stretch }) => ({ shapeKey, stretch, represents: stretch.represents })),
  ]);
  return {
    takenAtMs,
    watched,
    stretches: stretches.map(({ shapeKey, stretch, represents }) => ({
      shapeKey,
      stretch: withOwnPodNumbers({ ...stretch, represents }),
    })),
  };
}

const byId = ({ stretches, ...rest }: RestoredDemand) => ({
  ...rest,
  stretches: stretches.toSorted((a, b) => (a.stretch.id < b.stretch.id ? -1 : 1)),
});

function aMemory(minutes: number): { memory: DemandHistory; teller: DemandTeller } {
  const memory = new DemandHistory({ seed: 3 });
  const teller = new DemandTeller(memory, {
    nodes: 12,
    instanceTypes: ['m5.large', 'c5.xlarge'],
    podEventsPerNodeMinute: 1.5,
  });
  teller.tell(minutes);
  return { memory, teller };
}

describe('a checkpoint', () => {
  it('gives back all of it after each single write, over bases, tails, breaks and nodes that go', () => {
    const { memory, teller } = aMemory(350);
    const shelf = new Shelf();
    for (let minute = 0; minute < 90; minute++) {
      if (minute % 40 === 39) shelf.writer.startOver();
      if (minute === 20) memory.record({ kind: 'NodeGone', atMs: teller.nowMs, nodeName: 'node-3' });
      if (minute === 30)
        memory.record({ kind: 'Blind', fromMs: teller.nowMs - 3 * MINUTE_MS, untilMs: teller.nowMs - 1_000 });
      if (minute === 31) {
        const node = aNode('late', { uid: 'not a UUID', createdAtMs: teller.nowMs });
        memory.record({ kind: 'NodeSeen', atMs: teller.nowMs, node });
      }
      teller.tell(1);
      shelf.keep(memory, teller.nowMs);
      const read = byId(demandIn(readCheckpoint(shelf.parts)));
      expect(read).toEqual(byId(everythingIn(memory, teller.nowMs)));
    }
    expect(new Set(shelf.writes.map(({ index }) => index))).toEqual(new Set([0, 1]));
  });

  it('leaves out what its reader would refuse: a node with more pods than any node takes', () => {
    const memory = new DemandHistory({ seed: 3 });
    memory.record({ kind: 'NodeSeen', atMs: MONDAY_MS, node: aNode('small') });
    memory.record({ kind: 'NodeSeen', atMs: MONDAY_MS, node: aNode('huge') });
    for (let pod = 0; pod < 5_000; pod++)
      memory.record({ kind: 'PodBound', atMs: MONDAY_MS, nodeName: 'huge', pod, alreadyRunning: true });
    const shelf = new Shelf();
    for (const minute of [1, 2]) {
      shelf.keep(memory, MONDAY_MS + minute * MINUTE_MS);
      const { stretches } = demandIn(readCheckpoint(shelf.parts));
      expect(stretches.map(({ stretch }) => stretch.startingPods.length)).toEqual([0]);
    }
  });

  it('of a moment that is past takes nothing away from what came after it', () => {
    const memory = new DemandHistory({ seed: 3 });
    const teller = new DemandTeller(memory, { nodes: 1, podEventsPerNodeMinute: 1_000 });
    teller.tell(1);
    const pastMs = teller.nowMs;
    // A watch broke then; the other one goes on telling.
    for (let pod = 10_000; pod < 10_024; pod++)
      memory.record({ kind: 'PodBound', atMs: pastMs + pod, nodeName: 'node-0', pod, alreadyRunning: false });
    const startsIn = (takenAtMs: number): number =>
      everythingIn(memory, takenAtMs).stretches.reduce((sum, { stretch }) => sum + stretch.podStarts, 0);
    const before = startsIn(pastMs);
    expect(startsIn(pastMs + MINUTE_MS)).toBe(before + 24);
  });

  it('writes little where little happens', () => {
    const memory = new DemandHistory({ seed: 3 });
    const teller = new DemandTeller(memory, { nodes: 50, podEventsPerNodeMinute: 0 });
    teller.tell(10);
    const shelf = new Shelf();
    shelf.keep(memory, teller.nowMs);
    teller.tell(1);
    shelf.keep(memory, teller.nowMs);
    expect(shelf.writes[1]?.bytes).toBeLessThan(64);
    expect(demandIn(readCheckpoint(shelf.parts)).takenAtMs).toBe(teller.nowMs);
  });

  it('begins the next tail part when one is full, and a new base after the last', () => {
    const memory = new DemandHistory({ seed: 3 });
    const teller = new DemandTeller(memory, { nodes: 200, podEventsPerNodeMinute: 25 });
    const shelf = new Shelf();
    const indexes: number[] = [];
    for (let minute = 0; minute < 24; minute++) {
      teller.tell(1);
      shelf.keep(memory, teller.nowMs);
      indexes.push(shelf.writes.at(-1)?.index ?? -1);
      expect(byId(demandIn(readCheckpoint(shelf.parts))).takenAtMs).toBe(teller.nowMs);
    }
    const steps = indexes.filter((index, at) => index !== indexes[at - 1]);
    expect(steps.slice(0, 6)).toEqual([0, 1, 2, 3, 4, 0]);
  });

  it('stays below 1 MiB and 64 KiB a minute with 5,000 busy nodes of ten types', { timeout: 60_000 }, () => {
    const memory = new DemandHistory({ seed: 1 });
    const instanceTypes = ['m5', 'c5', 'r5', 'm6i', 'c6i'].flatMap((family) => [`${family}.large`, `${family}.xlarge`]);
    const teller = new DemandTeller(memory, { nodes: 5_000, instanceTypes, podEventsPerNodeMinute: 1 });
    const shelf = new Shelf();
    const hours = 2;
    for (let minute = 0; minute < hours * 60; minute += 5) {
      teller.tell(5);
      shelf.keep(memory, teller.nowMs);
      expect(shelf.bytes).toBeLessThanOrEqual(1_048_576);
    }
    const tails = shelf.writes.filter(({ index }) => index > 0);
    expect(Math.max(...tails.map(({ bytes }) => bytes))).toBeLessThanOrEqual(TAIL_BYTES);
    const { stretches } = demandIn(readCheckpoint(shelf.parts));
    const nodeHours =
      stretches.reduce((sum, { stretch }) => sum + stretch.represents * (stretch.untilMs - stretch.fromMs), 0) /
      HOUR_MS;
    // What was kept stands for all of it.
    expect(nodeHours / (5_000 * hours)).toBeGreaterThan(0.67);
    expect(nodeHours / (5_000 * hours)).toBeLessThan(1.5);
  });
});

describe('a checkpoint that is not whole', () => {
  const { memory, teller } = aMemory(30);
  const shelf = new Shelf();
  shelf.keep(memory, teller.nowMs);
  const baseOnly = byId(demandIn(readCheckpoint([shelf.parts[0]])));
  teller.tell(1);
  shelf.keep(memory, teller.nowMs);
  const [base = new Uint8Array(), tail = new Uint8Array()] = shelf.parts;

  it('is refused wherever it is cut', () => {
    for (let length = 0; length < base.length; length++) {
      expect(readCheckpoint([base.subarray(0, length), tail])).toMatchObject({
        kind: 'Refused',
        refused: { reason: 'Torn', index: 0 },
      });
    }
  });

  it('is refused whatever byte is changed', () => {
    for (let at = 0; at < base.length; at++) {
      const changed = base.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(readCheckpoint([changed, tail]).kind).toBe('Refused');
    }
  });

  it('is read up to a tail part that is cut or changed', () => {
    for (let at = 0; at < tail.length; at++) {
      const changed = tail.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      for (const broken of [changed, tail.subarray(0, at)]) {
        const reading = readCheckpoint([base, broken]);
        expect(reading).toMatchObject({ kind: 'Read', refused: { index: 1 } });
        expect(byId(demandIn(reading))).toEqual(baseOnly);
      }
    }
  });

  it.each([
    ['Foreign', new TextEncoder().encode('kind: Shopping list'), 'was not written by cni-tuner'],
    ['OtherVersion', base.with(4, 9), 'was written by another version'],
    ['Torn', new Uint8Array(), 'its checksum does not match'],
    ['Inconsistent', tail, 'goes on with a stretch that is not open'],
  ])('is refused as %s, with a sentence', (reason, bytes, says) => {
    const reading = readCheckpoint([bytes]);
    expect(reading).toMatchObject({ kind: 'Refused', refused: { reason, sentence: expect.stringContaining(says) } });
  });

  it('is read or refused, and never thrown at, when somebody makes its checksum match again', () => {
    const kinds = new Set<string>();
    for (let at = 5; at < base.length - 4; at += 5) {
      for (const bits of [0x01, 0x80, 0xff]) {
        const forged = base.slice();
        forged[at] = (forged[at] ?? 0) ^ bits;
        new DataView(forged.buffer).setUint32(forged.length - 4, crc32(forged.subarray(0, -4)), true);
        kinds.add(readCheckpoint([forged, tail]).kind);
      }
    }
    expect(kinds).toEqual(new Set(['Read', 'Refused']));
  });

  it('is nothing where there is no base, whatever tails there are', () => {
    expect(readCheckpoint([undefined, tail])).toEqual({ kind: 'Nothing' });
  });

  it('takes no tail that was left over from an older base', () => {
    shelf.writer.startOver();
    shelf.keep(memory, teller.nowMs);
    const reading = readCheckpoint(shelf.parts);
    expect(shelf.parts[1]).toBe(tail);
    expect(reading).toMatchObject({ kind: 'Read', generation: 2, refused: undefined });
    expect(byId(demandIn(reading))).toEqual(byId(everythingIn(memory, teller.nowMs)));
  });
});

describe('a memory that goes on from a checkpoint', () => {
  it('knows what was before, counts the time between as unknown, and fills nothing in', () => {
    const before = new DemandHistory({ seed: 3 });
    before.record({ kind: 'NodeSeen', atMs: MONDAY_MS, node: aNode('a', { uid: 'uid-a' }) });
    before.record({ kind: 'PodBound', atMs: MONDAY_MS + MINUTE_MS, nodeName: 'a', pod: 1, alreadyRunning: false });
    const shelf = new Shelf();
    shelf.keep(before, MONDAY_MS + 60 * MINUTE_MS);

    const startMs = MONDAY_MS + 70 * MINUTE_MS;
    const after = new DemandHistory({ seed: 4 });
    after.record({ kind: 'NodeSeen', atMs: startMs, node: aNode('a', { uid: 'uid-a' }) });
    after.record({ kind: 'PodBound', atMs: startMs, nodeName: 'a', pod: 1, alreadyRunning: true });
    after.precede(demandIn(readCheckpoint(shelf.parts)), startMs + 1_000);

    const nowMs = startMs + 10 * MINUTE_MS;
    expect(after.watchedMs(24 * HOUR_MS, nowMs)).toBe(70 * MINUTE_MS);
    const history = { windowMs: 168 * HOUR_MS, halfLifeMs: 72 * HOUR_MS, minimumMs: 0 };
    const { segments } = after.recall({ history, nodeSelector: {}, nowMs });
    expect(
      segments.map(({ fromMs, untilMs, startingPods, events }) => [
        fromMs,
        untilMs,
        startingPods.length,
        events.length,
      ]),
    ).toEqual([
      [MONDAY_MS, MONDAY_MS + 60 * MINUTE_MS, 0, 3],
      [startMs, nowMs, 1, 0],
    ]);
  });

  it('takes of a leader that it watched beside only the time before its own', () => {
    const { memory: leader, teller } = aMemory(60);
    const standby = new DemandHistory({ seed: 4 });
    const startMs = teller.nowMs;
    standby.record({ kind: 'NodeSeen', atMs: startMs, node: aNode('node-0') });
    teller.tell(30);
    const shelf = new Shelf();
    shelf.keep(leader, teller.nowMs);
    standby.precede(demandIn(readCheckpoint(shelf.parts)), teller.nowMs + 1_000);
    expect(standby.watchedMs(24 * HOUR_MS, teller.nowMs)).toBe(90 * MINUTE_MS);
    const { stretches } = byId(everythingIn(standby, teller.nowMs));
    const inherited = stretches.filter(({ stretch }) => stretch.fromMs < startMs);
    expect(inherited).toHaveLength(12);
    expect(Math.max(...inherited.map(({ stretch }) => stretch.untilMs))).toBe(startMs);
  });
});
