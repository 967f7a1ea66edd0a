/** Where the leader keeps what outlives it: ConfigMaps beside its Lease, each of which says what it is. */
import type { CheckpointPlace } from '../kube/checkpoint-store.ts';
import { PARTS } from '../tuning/checkpoint.ts';

type Lease = { readonly namespace: string; readonly name: string };

/** `<lease>-history-0` to `-4`. */
export function historyPlace({ namespace, name }: Lease): CheckpointPlace {
  const about =
    'A part of the history that cni-tuner advises from. Written by the operator only; without it, history is collected anew.';
  const names = Array.from({ length: PARTS }, (_, part) => `${name}-history-${part}`);
  return { namespace, lease: name, names, about };
}

/** `<lease>-growth`. */
export function growthPlace({ namespace, name }: Lease): CheckpointPlace {
  const about =
    'How full the subnets were, from which cni-tuner forecasts when they run into their reserve. Written by the operator only; without it, forecasts begin anew.';
  return { namespace, lease: name, names: [`${name}-growth`], about };
}
