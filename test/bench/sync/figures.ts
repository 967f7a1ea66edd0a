/** What one sync took, in a process of its own. */
export type SyncFigures = {
  /** From opening the watches to every cache holding its first state. */
  readonly syncMs: number;
  /** The most the process ever had resident (VmHWM), from its start. */
  readonly peakRssBytes: number;
  /** Heap after a collection, with the caches still held. */
  readonly heapBytes: number;
  readonly cpuMs: number;
  readonly requests: number;
  readonly nodes: number;
  readonly pods: number;
  /** 99th percentile and worst delay of the event loop; a Go program has none. */
  readonly loopDelayP99Ms?: number;
  readonly loopDelayMaxMs?: number;
  /** One pass over a CniTuning, its status written; a peer that only syncs makes none. */
  readonly passMs?: number;
  /** What it was built with: `client-go v0.36.3, go1.26.8`. */
  readonly goVersion?: string;
  readonly clientVersion?: string;
};
