/** The choices of ipamd taken from a recording, each checked for being legal. */
import type { Choices, PauseAsked, PodAddress, Purpose } from '../../../src/ipamd/pool/choices.ts';
import type { Cidr, DataStore, ENI } from '../../../src/ipamd/pool/datastore.ts';
import { cidrContaining, freeableCidrs, getUnusedIP, isUnusedIP } from '../../../src/ipamd/pool/pod-addresses.ts';
import { eniId } from '../../../src/ipamd/replay/simulated-eni.ts';
import { Diverged } from './difference.ts';
import { eniNumber } from './node-state.ts';
import type { PodOutcome, RecordedCall, VectorLine } from './vector-line.ts';
import type { VirtualNode } from './virtual-node.ts';

/** What of the recording is still to come. */
export type Recording = {
  readonly line: VectorLine;
  /** The next recorded calls, from the first that was not made yet. */
  readonly upcoming: (ahead: number) => RecordedCall | undefined;
  readonly outcome: () => PodOutcome | undefined;
  readonly node: () => VirtualNode;
  /** One of several ends of a wait that the recording does not show; tried one after another. */
  readonly pick: (options: readonly number[]) => number;
};

export function guidedChoices(recording: Recording): Choices {
  const plans = new MetadataWaits(recording);
  const emptied = new WeakMap<object, Set<string>>();
  return {
    podAddress: (store, _pod, nowMs) => recordedAddress(recording, store, nowMs),
    walkENIs: (store) => [...store.eniPool.values()],
    walkENIInfos: (store) => [...store.eniPool.values()],
    orderIds: (ids) => ids,
    next: (purpose, remaining) => nextENI(recording, purpose, remaining, emptied),
    freeable: (cidrs, count) => recordedCidrs(recording, cidrs, count),
    deletableENI: (store, passes) => recordedENI(recording, store, passes),
    jitterMs: (asked) => (asked.pause === 'metadata' ? plans.jitterMs(asked) : jitterToNextCall(recording, asked)),
  };
}

function recordedAddress(recording: Recording, store: DataStore, nowMs: number): PodAddress | undefined {
  const outcome = recording.outcome();
  if (outcome?.ok !== true) return anyAddress(store, nowMs);
  const cidr = cidrContaining(store, outcome.addr ?? -1);
  const slot = cidr === undefined ? -1 : (outcome.addr ?? 0) - cidr.first;
  const legal =
    cidr !== undefined &&
    cidr.isPrefix === store.isPDEnabled &&
    !cidr.eni.isExcludedForPodIPs &&
    cidr.eni.id === eniId(outcome.eni ?? 0) &&
    isUnusedIP(cidr, slot, nowMs, store.ipCooldownMs);
  if (legal) return { cidr, slot };
  const model = anyAddress(store, nowMs) === undefined ? 'no address is free' : 'that address is not free';
  const recorded = `${outcome.pod} gets address ${outcome.addr ?? 0} of eni ${outcome.eni ?? 0}`;
  throw new Diverged({ t: nowMs, what: 'pod', recorded, model });
}

/** Any address a pod could get: there must be none when the recording refuses the pod. */
function anyAddress(store: DataStore, nowMs: number): PodAddress | undefined {
  for (const eni of store.eniPool.values()) {
    if (eni.isExcludedForPodIPs) continue;
    for (const cidr of eni.byKey.values()) {
      if (cidr.isPrefix !== store.isPDEnabled) continue;
      const slot = getUnusedIP(cidr, nowMs, store.ipCooldownMs);
      if (slot !== -1) return { cidr, slot };
    }
  }
  return undefined;
}

const CALL_OF: Readonly<Record<Purpose, string>> = {
  grow: 'AssignPrivateIpAddresses',
  trim: 'UnassignPrivateIpAddresses',
  dropOtherKind: 'UnassignPrivateIpAddresses',
  dropExcluded: 'UnassignPrivateIpAddresses',
  start: 'CreateTags',
  reconcile: '',
};

function nextENI(
  recording: Recording,
  purpose: Purpose,
  remaining: readonly ENI[] | readonly string[],
  emptied: WeakMap<object, Set<string>>,
): number {
  if (remaining.length === 0) return -1;
  const ids = remaining.map((eni) => (typeof eni === 'string' ? eni : eni.id));
  const told = nextTold(recording, purpose, ids);
  const visitable = purpose === 'trim' || purpose === 'dropOtherKind' || purpose === 'dropExcluded';
  const enis = remaining.filter((eni) => typeof eni !== 'string');
  const seen = emptied.get(remaining) ?? new Set<string>();
  if (visitable) {
    for (const eni of enis) if (freeableOf(recording, purpose, eni).length === 0) seen.add(eni.id);
    emptied.set(remaining, seen);
  }
  if (told !== -1) return told;
  if (purpose === 'start') return earliestShown(recording, ids);
  if (purpose === 'reconcile')
    return Math.max(
      0,
      ids.findIndex((id) => !isStored(recording, id)),
    );
  if (!visitable) return 0;
  const empty = enis.findIndex((eni) => freeableOf(recording, purpose, eni).length === 0);
  if (empty !== -1) return empty;
  return ids.every((id) => seen.has(id)) ? -1 : 0;
}

/** The ENI of the next recorded call, if that is made now and belongs to this walk. */
function nextTold(recording: Recording, purpose: Purpose, ids: readonly string[]): number {
  const call = recording.upcoming(0);
  if (call === undefined || call.t !== Math.floor(recording.node().nowMs) || call.eni === undefined) return -1;
  if (CALL_OF[purpose] !== '' && call.op !== CALL_OF[purpose]) return -1;
  return ids.indexOf(eniId(call.eni));
}

function isStored(recording: Recording, id: string): boolean {
  return recording.node().ipamd?.stores[0]?.eniPool.has(id) ?? false;
}

function freeableOf(recording: Recording, purpose: Purpose, eni: ENI): readonly Cidr[] {
  if (purpose === 'trim') return freeableCidrs(eni, 'any');
  const prefixes = recording.node().ipamd?.enablePrefixDelegation === true;
  return freeableCidrs(eni, prefixes === (purpose === 'dropExcluded') ? 'prefix' : 'ip');
}

/** At start the order shows only in the records: which ENI is in the store, and has its addresses, first. */
function earliestShown(recording: Recording, ids: readonly string[]): number {
  const { nowMs, line } = recording.node();
  const rank = (id: string): readonly [number, number] => {
    const number = eniNumber(id);
    const later = line.trajectory.filter((record) => record.t > nowMs);
    const shown = later.findIndex((record) => record.enis.some(([eni]) => eni === number));
    const row = later[shown]?.enis.find(([eni]) => eni === number);
    return [shown === -1 ? Number.POSITIVE_INFINITY : shown, -((row?.[2] ?? 0) + (row?.[5] ?? 0))];
  };
  const order = ids.map((id, index) => ({ index, rank: rank(id) }));
  order.sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.index - b.index);
  return order[0]?.index ?? 0;
}

/** The addresses of the next unassign call, and of a second one for the other kind on the same ENI. */
function recordedCidrs(recording: Recording, cidrs: readonly Cidr[], count: number): readonly Cidr[] {
  const first = recording.upcoming(0);
  const second = recording.upcoming(1);
  const chosen = cidrs.filter((cidr) => isOf(cidr, first));
  if (chosen.length < count && second?.eni === first?.eni) chosen.push(...cidrs.filter((cidr) => isOf(cidr, second)));
  return chosen.length === count ? chosen : cidrs.slice(0, count);
}

function isOf(cidr: Cidr, call: RecordedCall | undefined): boolean {
  if (call?.op !== 'UnassignPrivateIpAddresses' || cidr.isPrefix !== (call.kind === 'prefix')) return false;
  return call.addr?.includes(cidr.first) ?? false;
}

function recordedENI(recording: Recording, store: DataStore, passes: (eni: ENI) => boolean): ENI | undefined {
  const candidates = [...store.eniPool.values()].filter(passes);
  const call = recording.upcoming(0);
  const told = call?.op === 'DescribeNetworkInterfaces' ? eniId(call.eni ?? 0) : '';
  return candidates.find((eni) => eni.id === told) ?? candidates[0];
}

/** So much longer that the next call falls on its printed millisecond, in the middle of what is possible. */
function jitterToNextCall(recording: Recording, asked: PauseAsked): number {
  const call = recording.upcoming(0);
  const nominal = recording.node().nowMs + asked.nominalMs;
  if (call === undefined) return 0;
  const from = Math.max(nominal, call.t);
  const to = Math.min(nominal + asked.mostMs, call.t + 1);
  return from < to ? (from + to) / 2 - nominal : 0;
}

const HALF_MS = 2500;
const METADATA_TRIES = 12;
const FIRST_PAUSE_MS = 100;

/** Waiting for the metadata: many pauses, of which only the end of the last one shows. */
class MetadataWaits {
  readonly #recording: Recording;
  #untilMs = 0;
  #pauses = 0;

  constructor(recording: Recording) {
    this.#recording = recording;
  }

  jitterMs(asked: PauseAsked): number {
    const { nowMs } = this.#recording.node();
    if (asked.tried === 1) this.#plan(nowMs);
    if (asked.tried >= this.#pauses) {
      return Math.min(Math.max(0, this.#untilMs - nowMs - asked.nominalMs), asked.mostMs * (1 - 1e-9));
    }
    // As little as the pauses after this one can make up for.
    const laterMs = nominalSum(this.#pauses) - nominalSum(asked.tried);
    const needed = this.#untilMs - nowMs - asked.nominalMs - laterMs * 1.15;
    return Math.min(Math.max(0, needed), asked.mostMs);
  }

  /** When the wait ends, and after how many pauses. */
  #plan(nowMs: number): void {
    const ends = this.#possibleEnds(nowMs);
    this.#untilMs = this.#recording.pick(ends);
    this.#pauses = 1;
    while (this.#pauses < METADATA_TRIES - 1 && nominalSum(this.#pauses) * 1.15 < this.#untilMs - nowMs) this.#pauses++;
  }

  #possibleEnds(nowMs: number): readonly number[] {
    const call = this.#recording.upcoming(0);
    if (call === undefined) return [nowMs + nominalSum(METADATA_TRIES - 1)];
    const ends: number[] = [];
    for (let halves = 0; halves < 40; halves++) {
      const end = call.t + 0.5 - halves * HALF_MS;
      if (end < nowMs + FIRST_PAUSE_MS) break;
      if (fits(end - nowMs)) ends.push(end);
    }
    return ends.length === 0 ? [nowMs + nominalSum(METADATA_TRIES - 1)] : ends;
  }
}

/** Whether some number of pauses, lengthened by up to 15 %, takes this long. */
function fits(forMs: number): boolean {
  for (let pauses = 1; pauses < METADATA_TRIES; pauses++) {
    if (nominalSum(pauses) <= forMs && forMs <= nominalSum(pauses) * 1.15) return true;
  }
  return false;
}

/** 100 + 200 + ... with each pause at most a minute. */
function nominalSum(pauses: number): number {
  let sum = 0;
  for (let index = 0; index < pauses; index++) sum += Math.min(60_000, FIRST_PAUSE_MS * 2 ** index);
  return sum;
}
