/** One pass over one CniTuning: observe, recommend, guard, plan, apply, report. */
import type { PassResult } from './pass-record.ts';
import type { Ports } from './ports.ts';

/** The pass over the CniTuning named `key`. Rejects only for a bug: trouble outside is part of the record. */
export type Reconcile = (key: string, ports: Ports, nowMs: () => number) => Promise<PassResult>;
