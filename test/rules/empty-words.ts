/** File and folder names that say nothing. */

const EMPTY_WORDS = new Set(
  'util utils helper helpers common misc manager managers handler handlers service services data info types lib'.split(
    ' ',
  ),
);

/** The empty words in a path, and `index` for a barrel: `src/kube/pod-utils.ts` → `utils`. */
export function emptyWordsOf(path: string): readonly string[] {
  const names = path.split('/').map((name) => name.replace(/\..*$/, ''));
  const isBarrel = names.at(-1) === 'index';
  return [
    ...names.flatMap((name) => name.split('-').filter((word) => EMPTY_WORDS.has(word))),
    ...(isBarrel ? ['index'] : []),
  ];
}
