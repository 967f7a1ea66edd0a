/** What crosses between the process and its evaluation thread. Plain structured-cloneable values. */
import type { Evaluation, EvaluationRequest, LifeSegment } from '../../tuning/evaluation.ts';

export type ToWorker =
  /** An evaluation begins; its segments follow in pieces, so that no single copy holds up the process. */
  | { readonly kind: 'Begin'; readonly key: string; readonly request: Omit<EvaluationRequest, 'segments'> }
  | { readonly kind: 'Segments'; readonly segments: readonly LifeSegment[] }
  /** All segments are there: evaluate. */
  | { readonly kind: 'Evaluate' }
  /** Nothing about this key will be asked again. */
  | { readonly kind: 'Forget'; readonly key: string };

export type FromWorker =
  /** Sent about once a second while it evaluates: silence means that it hangs. */
  | { readonly kind: 'Alive' }
  | { readonly kind: 'Finished'; readonly key: string; readonly evaluation: Evaluation }
  /** The evaluation threw: a bug. The thread goes on. */
  | { readonly kind: 'Failed'; readonly key: string; readonly error: string; readonly stack: string | undefined };
