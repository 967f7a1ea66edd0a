/**
 * Reads a demand log: what the pool of each node was asked for (CSV, optionally gzipped; header
 * `t_s,event,node,instance_type,pod`). A stream: only the events are kept, as numbers.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { DEMAND_LOG_HEADER, DemandLineError, parseDemandLine } from './demand-line.ts';
import { DemandNodes } from './demand-nodes.ts';
import type { DemandLog } from './demand-nodes.ts';

/** A log that cannot be read; the message is a sentence with file, line and column. */
export class DemandLogError extends Error {}

/** The whole log by node. Throws a DemandLogError. */
export async function readDemandLog(path: string): Promise<DemandLog> {
  const nodes = new DemandNodes();
  let lineNumber = 0;
  let lastMs = 0;
  try {
    for await (const text of linesOf(path)) {
      lineNumber++;
      if (lineNumber === 1) {
        checkHeader(text);
        continue;
      }
      try {
        const event = parseDemandLine(text, lastMs);
        lastMs = event.atMs;
        nodes.take(event);
      } catch (error) {
        throw placed(error, path, text, lineNumber);
      }
    }
  } catch (error) {
    throw readable(error, path, lineNumber);
  }
  if (lineNumber === 0)
    throw new DemandLogError(`${path}, line 1, column 1: the file is empty; it begins with "${DEMAND_LOG_HEADER}".`);
  return nodes.finish(lastMs);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  if (input !== file) file.on('error', (error) => input.destroy(error));
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

function checkHeader(text: string): void {
  if (text.replace(/^\uFEFF/, '') === DEMAND_LOG_HEADER) return;
  throw new DemandLogError(`line 1, column 1: the header is "${text}"; it must be "${DEMAND_LOG_HEADER}".`);
}

function placed(error: unknown, path: string, text: string, lineNumber: number): unknown {
  if (!(error instanceof DemandLineError)) return error;
  const before = text.split(',').slice(0, error.field).join(',');
  const column = error.field === 0 ? 1 : before.length + 2;
  return new DemandLogError(`${path}, line ${lineNumber}, column ${column}: ${error.message}.`);
}

function readable(error: unknown, path: string, lineNumber: number): unknown {
  if (error instanceof DemandLogError) {
    return error.message.startsWith(path) ? error : new DemandLogError(`${path}, ${error.message}`);
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new DemandLogError(`${path}, line ${lineNumber + 1}, column 1: the file cannot be read further: ${reason}.`);
}
