/**
 * What commands know of a cluster: the same ClusterSnapshot that a pass of the operator reads, the CniTunings, and
 * the operator's evaluations where they are known. Read from a live cluster, or from a file of `snapshot`.
 */
import type { DaemonSetRef } from '../api/tuning-spec.ts';
import type { TuningObject } from '../reconcile/ports.ts';
import type { Evaluation } from '../tuning/evaluation.ts';
import type { ClusterSnapshot } from '../tuning/snapshot.ts';
import { WrongInput } from './command.ts';

export const STATE_FORMAT = 'cni-tuner-snapshot/2';

export type ObservedDaemonSet = { readonly ref: DaemonSetRef; readonly snapshot: ClusterSnapshot };

/** What the operator's memory gave a pass; of a live cluster what its stored history gives. */
export type RememberedDemand = { readonly watchedMs: number; readonly evaluation: Evaluation | undefined };

/** Whether an operator leads, by the Lease of that name (`NAMESPACE/NAME`). */
export type OperatorSeen = {
  readonly lease: string;
  readonly kind: 'Leads' | 'NoLease' | 'NotReadable';
  /** Of `Leads`: who holds it, empty when given back, and when it was renewed, by the holder's clock. */
  readonly holder?: string;
  readonly renewedAtMs?: number;
};

export type ClusterState = {
  readonly format: typeof STATE_FORMAT;
  readonly takenAtMs: number;
  readonly isRedacted: boolean;
  /** Oldest first. */
  readonly tunings: readonly TuningObject[];
  /** One per DaemonSet that a CniTuning names; the usual one where none does. */
  readonly daemonSets: readonly ObservedDaemonSet[];
  /** Absent where it was not looked for. */
  readonly operator?: OperatorSeen;
  /** By name of the CniTuning. */
  readonly remembered: Readonly<Record<string, RememberedDemand>>;
};

/** Maps are written as `{"map": [[key, value], …]}`. */
export function stateText(state: ClusterState): string {
  return `${JSON.stringify(state, (_, value: unknown) => (value instanceof Map ? { map: [...value] } : value), 1)}\n`;
}

/** Throws WrongInput with file, line and column. */
export function parseState(text: string, path: string): ClusterState {
  const raw = parsed(text, path);
  const isState =
    raw !== null && typeof raw === 'object' && Array.isArray(raw.tunings) && Array.isArray(raw.daemonSets);
  if (!isState || typeof raw.format !== 'string') {
    throw new WrongInput(noSnapshot(path));
  }
  if (raw.format !== STATE_FORMAT) {
    throw new WrongInput(
      `${path} has the format "${raw.format}"; this version reads ${STATE_FORMAT}: take the snapshot again.`,
    );
  }
  return { ...raw, format: STATE_FORMAT };
}

function noSnapshot(path: string): string {
  return `${path} is no snapshot; \`cni-tuner snapshot > FILE\` writes one.`;
}

type Unchecked = Omit<ClusterState, 'format'> & { readonly format?: string };

function parsed(text: string, path: string): Unchecked | null {
  try {
    return JSON.parse(text, revived);
  } catch (error) {
    if (!text.trimStart().startsWith('{')) throw new WrongInput(noSnapshot(path));
    const said = error instanceof Error ? error.message : String(error);
    const at = /line (?<line>\d+) column (?<column>\d+)/.exec(said)?.groups;
    const lines = text.split('\n');
    const line = at?.['line'] ?? String(lines.length);
    const column = at?.['column'] ?? String((lines.at(-1)?.length ?? 0) + 1);
    throw new WrongInput(
      `${path}, line ${line}, column ${column}: the file is not whole JSON; \`cni-tuner snapshot > FILE\` writes it.`,
    );
  }
}

function revived(_: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || !('map' in value) || !Array.isArray(value.map)) return value;
  return new Map<unknown, unknown>(value.map);
}

export function sameRef(a: DaemonSetRef, b: DaemonSetRef): boolean {
  return a.namespace === b.namespace && a.name === b.name && a.container === b.container;
}
