/** What a workload asks of a cluster, in order of time: nodes and pods that come and go. */

export type DemandEvent =
  | { readonly atMs: number; readonly event: 'node-add'; readonly node: string; readonly instanceType: string }
  | { readonly atMs: number; readonly event: 'node-remove'; readonly node: string }
  | { readonly atMs: number; readonly event: 'pod-add' | 'pod-remove'; readonly node: string; readonly pod: string };
