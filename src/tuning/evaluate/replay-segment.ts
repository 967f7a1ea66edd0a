/** One segment under one setting through the ipamd model. */
import type { NodeShape } from '../../ipamd/instance-limits.ts';
import type { Replay, ReplayResult } from '../../ipamd/simulate.ts';
import type { CniSettings } from '../../ipamd/warm-settings.ts';
import { targetMode } from '../../ipamd/warm-settings.ts';
import { unitHash } from '../demand/unit-hash.ts';
import type { LifeSegment } from '../evaluation.ts';
import type { Unavoidable } from './largest-pools.ts';
import type { SegmentSums } from './segment-rows.ts';

/**
 * Demand is steady when no pod came or went for this long: an interface needs 60 s before it may be freed, and the
 * flap of WARM_ENI_TARGET=0 has a cycle of 67 to 75 s (ipamd.md 3.6).
 */
const STEADY_AFTER_MS = 120_000;

/** What distinguishes two settings for the pool of a shape: targets that the mode ignores are left out. */
export function settingsKey(settings: CniSettings, shape: NodeShape): string {
  const mode = targetMode(settings, shape.prefixCapable);
  if (mode === 'eni') return JSON.stringify({ ...settings, warmPrefix: 0 });
  return JSON.stringify({ ...settings, warmENI: 0 });
}

/** The largest pool a node of this shape can hold, with everything else as it is. */
export function largestPool(settings: CniSettings, shape: NodeShape): CniSettings {
  const slots = shape.maxENIs * (shape.ipv4PerENI - 1);
  if (targetMode(settings, shape.prefixCapable) === 'ip') return { ...settings, warmIP: slots * 16 };
  return { ...settings, warmENI: shape.maxENIs, warmPrefix: slots };
}

/** The same segment always meets the same chance, whatever the settings: a comparison of settings and nothing else. */
export function seedOf(segment: LifeSegment): number {
  return Math.floor(unitHash(segment.id, 0) * 2_147_483_647);
}

export function replaySegment(
  replay: Replay,
  segment: LifeSegment,
  shape: NodeShape,
  settings: CniSettings,
): ReplayResult {
  return replay({ shape, settings, life: segment, seed: seedOf(segment), recordCalls: true });
}

export function unavoidableOf({ delayedPods, tightPods }: ReplayResult): Unavoidable {
  return { delayed: new Set(delayedPods.map(({ pod }) => pod)), tight: new Set(tightPods) };
}

export function sumsOf(result: ReplayResult, segment: LifeSegment, inLargest: () => Unavoidable): SegmentSums {
  const { delayedPods: delayed, tightPods } = result;
  const unavoidable = delayed.filter(({ pod }) => inLargest().delayed.has(pod)).length;
  const tight = tightPods.filter((pod) => !inLargest().tight.has(pod) && !inLargest().delayed.has(pod)).length;
  const { countedMs, heldAddressMs, assignedAddressMs, p99HeldAddresses, podStarts } = result;
  const { ec2Calls, mutatingEc2Calls, enisCreated, enisFreed } = result;
  return {
    countedMs,
    heldAddressMs,
    assignedAddressMs,
    p99HeldAddresses,
    podStarts,
    delayedPods: delayed.length - unavoidable,
    unavoidableDelayedPods: unavoidable,
    tightPods: tight,
    ec2Calls,
    mutatingEc2Calls,
    enisCreated,
    enisFreed,
    eniCycles: eniCycles(result, segment),
  };
}

/** Interfaces created although no pod had come or gone for two minutes. */
function eniCycles(result: ReplayResult, segment: LifeSegment): number {
  const creations = (result.calls ?? []).filter(({ action }) => action === 'CreateNetworkInterface');
  return creations.filter(({ atMs }) => atMs - lastDemandBefore(atMs, segment) > STEADY_AFTER_MS).length;
}

function lastDemandBefore(atMs: number, { events, fromMs }: LifeSegment): number {
  let lastMs = fromMs;
  for (let at = 0; at < events.length; at += 3) {
    const eventMs = events[at] ?? 0;
    if (eventMs > atMs) break;
    lastMs = eventMs;
  }
  return lastMs;
}
