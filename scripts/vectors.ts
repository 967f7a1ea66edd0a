/**
 * `npm run vectors -- DIR`: replays every golden trajectory of a folder, guided by the recording and freely. Exit
 * code 0: all equal; 1: a difference; 2: the folder cannot be read.
 */
import { VectorFolderError, vectorFiles } from '../test/vectors/replay/vector-folder.ts';
import { replayFamily, tellFamily } from '../test/vectors/replay/replay-family.ts';

const USAGE = 'Usage: npm run vectors -- DIR, a folder with files named <family>.jsonl.gz.';

function main(args: readonly string[]): number {
  const [folder, ...more] = args;
  if (folder === undefined || more.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const files = vectorFiles(folder);
  const width = Math.max(...files.map((file) => file.family.length));
  let isEqual = true;
  const sums = { guided: 0, guidedOf: 0, free: 0, freeOf: 0 };
  for (const file of files) {
    const result = replayFamily(file);
    for (const text of tellFamily(result, width)) console.log(text);
    isEqual &&= result.guided.first === undefined && result.free.first === undefined;
    sums.guided += result.guided.equal;
    sums.guidedOf += result.guided.total;
    sums.free += result.free.equal;
    sums.freeOf += result.free.total;
  }
  console.log(`all: guided ${sums.guided} / ${sums.guidedOf}, free ${sums.free} / ${sums.freeOf}`);
  return isEqual ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof VectorFolderError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
