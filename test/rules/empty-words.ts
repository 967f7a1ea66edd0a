/** File and folder names that say nothing. */

const EMPTY_WORDS = new Set(
  'util utils helper helpers common misc manager managers handler handlers service services data info types lib'.split(
    ' ',
  ),
);

/** Upstream's own words, kept so that the two can be read side by side: ipamd has a pool manager. */
const UPSTREAM_NAMES = new Set(['pool-manager']);

/** The empty words in a path, and `index` for a barrel: `src/kube/pod-utils.ts` → `utils`. */
export function emptyWordsOf(path: string): readonly string[] {
  const names = path.split('/').map((name) => name.replace(/\..*$/, ''));
  const isBarrel = names.at(-1) === 'index';
  const ours = names.filter((name) => !UPSTREAM_NAMES.has(name));
  return [
    ...ours.flatMap((name) => name.split('-').filter((word) => EMPTY_WORDS.has(word))),
    ...(isBarrel ? ['index'] : []),
  ];
}
