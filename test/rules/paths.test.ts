import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyWordsOf } from './empty-words.ts';

const ROOT = dirname(dirname(import.meta.dirname));

describe('a file name', () => {
  it.each([
    ['src/kube/pod-utils.ts', ['utils']],
    ['src/helpers/pods.ts', ['helpers']],
    ['src/api/types.ts', ['types']],
    ['src/api/index.ts', ['index']],
    ['src/kube/event-handler.test.ts', ['handler']],
  ])('%s is refused', (path, words) => {
    expect(emptyWordsOf(path)).toEqual(words);
  });

  it('may hold such letters inside another word', () => {
    expect(emptyWordsOf('src/ipamd/pool/datastore.ts')).toEqual([]);
  });

  it('says what is in the file, everywhere in the project', () => {
    const paths = globSync('{src,testbed,demo,test,scripts}/**/*', { cwd: ROOT });
    expect(paths.filter((path) => emptyWordsOf(path).length > 0)).toEqual([]);
  });
});
