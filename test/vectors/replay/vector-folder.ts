/** A folder of golden trajectories: `<family>.jsonl.gz` (or `.jsonl`), one scenario a line. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { VectorFormatError, parseVectorLine } from './vector-line.ts';
import type { VectorLine } from './vector-line.ts';

/** A folder or file that cannot be replayed; the message is a sentence that names file and line. */
export class VectorFolderError extends Error {}

export type VectorFile = { readonly family: string; readonly path: string };

export type PlacedLine = { readonly line: VectorLine; readonly path: string; readonly lineNumber: number };

/** The files of the folder by name; throws a VectorFolderError. */
export function vectorFiles(folder: string): readonly VectorFile[] {
  const names = entriesOf(folder).filter((name) => /\.jsonl(\.gz)?$/.test(name));
  if (names.length === 0) throw new VectorFolderError(`${folder} holds no file named <family>.jsonl.gz.`);
  return names.sort().map((name) => ({ family: name.replace(/\.jsonl(\.gz)?$/, ''), path: join(folder, name) }));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new VectorFolderError(`${folder} cannot be read as a folder: ${reasonOf(error)}.`);
  }
}

/** One scenario after another, with the line it stands on; throws a VectorFolderError. */
export function* linesOf(file: VectorFile): Generator<PlacedLine> {
  const texts = textOf(file.path).split('\n');
  for (const [index, text] of texts.entries()) {
    if (text.trim() === '') continue;
    const lineNumber = index + 1;
    try {
      yield { line: parseVectorLine(text), path: file.path, lineNumber };
    } catch (error) {
      throw placed(error, file.path, lineNumber);
    }
  }
}

/** The same error with file and line, where the line's form is to blame. */
export function placed(error: unknown, path: string, lineNumber: number): unknown {
  if (!(error instanceof VectorFormatError)) return error;
  return new VectorFolderError(`${path}, line ${lineNumber}: the line ${error.message}.`);
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new VectorFolderError(`${path} cannot be read: ${reasonOf(error)}.`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error);
}
