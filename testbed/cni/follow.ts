/**
 * Follows one kind of object: what is there, then every change, for ever. After a break it lists again and tells
 * the difference, so whoever listens needs no other path for lost watches.
 */
import type { ApiClient, WatchEvent } from '../control-plane/api-client.ts';
import { type Json, at, listAt, text } from './json.ts';

export type Follower<View> = {
  /** What is kept of an object; the rest is forgotten at once, so that 30,000 pods stay small. */
  readonly view: (object: Json) => View;
  /** New or changed. */
  readonly onSeen: (view: View) => void;
  readonly onGone: (view: View) => void;
  /** The first list has been told. */
  readonly onSynced?: () => void;
};

type Followed<View> = {
  readonly api: ApiClient;
  /** Of the collection, without a query. */
  readonly path: string;
  readonly follower: Follower<View>;
  readonly known: Map<string, View>;
};

const PAUSE_AFTER_BREAK_MS = 500;
const PAGE_SIZE = 500;
/** The server ends a watch after this long and it is opened again where it stopped. */
const WATCH_SECONDS = 300;

/** Resolves when `signal` ends it. `path` is that of the collection, without a query. */
export async function follow<View>(
  where: { readonly api: ApiClient; readonly path: string; readonly signal: AbortSignal },
  follower: Follower<View>,
): Promise<void> {
  const followed: Followed<View> = { api: where.api, path: where.path, follower, known: new Map() };
  let from: string | undefined;
  let synced = false;
  while (!where.signal.aborted) {
    try {
      from ??= await relist(followed);
      if (!synced) follower.onSynced?.();
      synced = true;
      from = await watch(followed, from, where.signal);
    } catch {
      // Refused, broken or stopped: look at the whole again, a little later.
      from = undefined;
      await pause(PAUSE_AFTER_BREAK_MS, where.signal);
    }
  }
}

/** Tells events until the server ends the watch. The version to go on from; undefined = the place is lost. */
async function watch<View>(followed: Followed<View>, start: string, signal: AbortSignal): Promise<string | undefined> {
  let from: string | undefined = start;
  const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=${WATCH_SECONDS}&resourceVersion=${start}`;
  const onEvent = ({ type, object }: WatchEvent<Json>): void => {
    if (type === 'ERROR') from = undefined;
    if (type === 'ERROR' || from === undefined) return;
    if (type === 'DELETED') gone(followed, object);
    else if (type !== 'BOOKMARK') seen(followed, object);
    from = metadataOf(object).resourceVersion;
  };
  await followed.api.watch(`${followed.path}?${query}`, onEvent, signal);
  return from;
}

function seen<View>({ follower, known }: Followed<View>, object: Json): void {
  const view = follower.view(object);
  known.set(metadataOf(object).uid, view);
  follower.onSeen(view);
}

function gone<View>({ follower, known }: Followed<View>, object: Json): void {
  known.delete(metadataOf(object).uid);
  follower.onGone(follower.view(object));
}

async function relist<View>(followed: Followed<View>): Promise<string> {
  const { api, path, follower, known } = followed;
  const present = new Set<string>();
  let resourceVersion = '';
  let next = '';
  do {
    const page: Json = await api.get(
      `${path}?limit=${PAGE_SIZE}${next === '' ? '' : `&continue=${encodeURIComponent(next)}`}`,
    );
    const listed = at(page, 'metadata');
    resourceVersion = text(listed['resourceVersion']);
    next = text(listed['continue']);
    for (const object of listAt(page, 'items')) {
      present.add(metadataOf(object).uid);
      seen(followed, object);
    }
  } while (next !== '');
  for (const [uid, view] of known) {
    if (present.has(uid)) continue;
    known.delete(uid);
    follower.onGone(view);
  }
  return resourceVersion;
}

function metadataOf(object: Json): { readonly uid: string; readonly resourceVersion: string } {
  const metadata = at(object, 'metadata');
  return { uid: text(metadata['uid']), resourceVersion: text(metadata['resourceVersion']) };
}

/** Ends early, without complaint, when `signal` does. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
