/** What is watched of nodes, pods and events, and what is kept of each. */
import { nodeOf, podOf } from '../protobuf/objects.ts';
import type { NodeView } from '../../tuning/snapshot.ts';
import type { BoundPodView } from '../views.ts';
import { boundPodOf, nodeViewOf } from '../views.ts';
import type { WatchSource } from '../watch/contract.ts';
import { Interner } from './interner.ts';
import type { Refusal } from './refusals.ts';
import { refusalOf } from './refusals.ts';

/** Labels and zones of a cluster are a few hundred strings, host names one a node. */
const INTERNED_STRINGS = 20_000;

export function nodeSource(): WatchSource<NodeView> {
  const interner = new Interner(INTERNED_STRINGS);
  const share = (text: string): string => interner.intern(text);
  return { name: 'nodes', path: '/api/v1/nodes', readProtobuf: nodeOf, project: (raw) => nodeViewOf(raw, share) };
}

/** Finished pods stay at the API server; pods without an address of the pool are dropped as they arrive. */
export function podSource(isFollowed: (daemonSet: string) => boolean): WatchSource<BoundPodView> {
  return {
    name: 'pods',
    path: '/api/v1/pods',
    readProtobuf: podOf,
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
    project: (raw) => boundPodOf(raw, isFollowed, Date.now()),
  };
}

/** Events are not in the API server's watch cache, so no bookmarks come: only its own limit (600 s) ends a silence. */
export const refusalSource: WatchSource<Refusal> = {
  silentForMs: 660_000,
  name: 'events',
  path: '/api/v1/events',
  fieldSelector: 'reason=FailedCreatePodSandBox',
  project: refusalOf,
};
