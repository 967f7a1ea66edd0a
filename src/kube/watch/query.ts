import type { Query } from '../client.ts';

/** A watch that goes on from `resourceVersion`, or one that begins with the whole state (WatchList). */
export function watchQuery(
  { fieldSelector }: { readonly fieldSelector?: string },
  resourceVersion: string | undefined,
  random: () => number,
): Query {
  return {
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: 300 + Math.floor(random() * 300),
    fieldSelector,
    ...(resourceVersion === undefined
      ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion }),
  };
}
