/**
 * What upstream leaves to chance (the order of Go maps, jitter), as arguments. `seededChoices` draws them as Go
 * would; a recording can be replayed by choices that read it.
 */
import type { GoMap } from './go-map.ts';
import { emptyGoMap, insert, walk } from './go-map.ts';
import type { Cidr, DataStore, ENI, PodKey } from './datastore.ts';
import { getUnusedIP } from './pod-addresses.ts';

/** Where ENIs are visited one after another in map order. */
export type Purpose = 'grow' | 'trim' | 'start' | 'reconcile' | 'dropOtherKind' | 'dropExcluded';

/** Pauses that are lengthened at random. */
export type Pause = 'detach' | 'delete' | 'tag' | 'metadata';

export type PauseAsked = {
  readonly pause: Pause;
  /** Tries made so far, at least 1. */
  readonly tried: number;
  readonly nominalMs: number;
  readonly mostMs: number;
};

export type Choices = {
  /** Which address a pod gets: a CIDR and the place in it; `undefined` when there is none. */
  readonly podAddress: (store: DataStore, pod: PodKey, nowMs: number) => PodAddress | undefined;
  /** The ENIs of a store in map order. */
  readonly walkENIs: (store: DataStore) => readonly ENI[];
  /** The ENIs in the order of the copy of that map which GetENIInfos makes: filled in map order, then walked. */
  readonly walkENIInfos: (store: DataStore) => readonly ENI[];
  /** The order of a map that was just built of these ids. */
  readonly orderIds: (ids: readonly string[]) => readonly string[];
  /** Which of the remaining ENIs is visited next (an index); -1 = the rest was visited before, without effect. */
  readonly next: (purpose: Purpose, remaining: readonly ENI[] | readonly string[]) => number;
  /** Which CIDRs without pods go, at most `count` of them. */
  readonly freeable: (cidrs: readonly Cidr[], count: number) => readonly Cidr[];
  /** Which ENI that `passes` is freed. */
  readonly deletableENI: (store: DataStore, passes: (eni: ENI) => boolean) => ENI | undefined;
  /** How much longer than nominal a pause is. */
  readonly jitterMs: (asked: PauseAsked) => number;
};

export type PodAddress = { readonly cidr: Cidr; readonly slot: number };

/** All choices drawn as Go draws them. `random`: 0 <= x < 1. */
export function seededChoices(random: () => number): Choices {
  return {
    podAddress: (store, _pod, nowMs) => firstUnused(store, nowMs, random),
    walkENIs: (store) => walk(store.eniOrder, random()),
    walkENIInfos: (store) => walk(mapOf(walk(store.eniOrder, random()), random), random()),
    orderIds: (ids) => walk(mapOf(ids, random), random()),
    next: (_purpose, remaining) => (remaining.length === 0 ? -1 : 0),
    freeable: (cidrs, count) => inWalkOrder(cidrs, random()).slice(0, count),
    deletableENI: (store, passes) => firstPassing(store.eniOrder, random(), passes),
    jitterMs: (asked) => random() * asked.mostMs,
  };
}

/** FindFreeableCidrs walks the ENI's map: a CIDR behind empty or busy slots comes first more often. */
function inWalkOrder(cidrs: readonly Cidr[], start: number): readonly Cidr[] {
  const slots = cidrs[0]?.eni.cidrs.slots;
  if (slots === undefined || cidrs.length === 1) return cidrs;
  const from = Math.floor(start * slots.length);
  const first = cidrs.findIndex((cidr) => slots.indexOf(cidr) >= from);
  return first <= 0 ? cidrs : [...cidrs.slice(first), ...cidrs.slice(0, first)];
}

function mapOf<T>(entries: readonly T[], random: () => number): GoMap<T> {
  const map = emptyGoMap<T>(random);
  for (const entry of entries) insert(map, entry);
  return map;
}

function firstPassing(order: GoMap<ENI>, start: number, passes: (eni: ENI) => boolean): ENI | undefined {
  const { slots } = order;
  const offset = Math.floor(start * slots.length);
  for (let step = 0; step < slots.length; step++) {
    const eni = slots[(step + offset) & (slots.length - 1)];
    if (eni !== undefined && passes(eni)) return eni;
  }
  return undefined;
}

/** AssignPodIPv4Address's two walks, pkg/ipamd/datastore/data_store.go: ENIs, and CIDRs in each. */
function firstUnused(store: DataStore, nowMs: number, random: () => number): PodAddress | undefined {
  if (store.unassigned === 0) return undefined;
  const { slots } = store.eniOrder;
  const offset = Math.floor(random() * slots.length);
  for (let step = 0; step < slots.length; step++) {
    const eni = slots[(step + offset) & (slots.length - 1)];
    if (eni === undefined || eni.isExcludedForPodIPs) continue;
    const found = firstUnusedOf(store, eni, nowMs, random());
    if (found !== undefined) return found;
  }
  return undefined;
}

function firstUnusedOf(store: DataStore, eni: ENI, nowMs: number, start: number): PodAddress | undefined {
  const { slots } = eni.cidrs;
  const offset = Math.floor(start * slots.length);
  for (let step = 0; step < slots.length; step++) {
    const cidr = slots[(step + offset) & (slots.length - 1)];
    if (cidr === undefined || cidr.isPrefix !== store.isPDEnabled || cidr.assigned === cidr.records.length) continue;
    const slot = getUnusedIP(cidr, nowMs, store.ipCooldownMs);
    if (slot !== -1) return { cidr, slot };
  }
  return undefined;
}
