/**
 * Reads a demand log: what the pool of each node was asked for (CSV, optionally gzipped; header
 * `t_s,event,node,instance_type,pod`). A stream: only the events are kept, as numbers.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { DemandNodes } from './demand-nodes.ts';
import type { DemandLog } from './demand-nodes.ts';

/** A log that cannot be read; the message is a sentence with file, line and column. */
export class DemandLogError extends Error {}

/** What is wrong with a line; `column` is the number of the field, from 0. */
export class DemandLineError extends Error {
  readonly field: number;

  constructor(field: number, message: string) {
    super(message);
    this.field = field;
  }
}

const HEADER = 't_s,event,node,instance_type,pod';
const FIELDS = 5;
const EVENTS = ['node-add', 'node-remove', 'pod-add', 'pod-remove'] as const;
export type DemandEventName = (typeof EVENTS)[number];

/** One line. Times in ms; `pod` and `instanceType` are empty where they do not belong. */
export type DemandEvent = {
  readonly atMs: number;
  readonly event: DemandEventName;
  readonly node: string;
  readonly instanceType: string;
  readonly pod: string;
};

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
    throw new DemandLogError(`${path}, line 1, column 1: the file is empty; it begins with "${HEADER}".`);
  return nodes.finish(lastMs);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  if (input !== file) file.on('error', (error) => input.destroy(error));
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

function checkHeader(text: string): void {
  if (text.replace(/^\uFEFF/, '') === HEADER) return;
  throw new DemandLogError(`line 1, column 1: the header is "${text}"; it must be "${HEADER}".`);
}

/** One line; throws a DemandLineError. */
export function parseDemandLine(text: string, lastMs: number): DemandEvent {
  const fields = text.split(',');
  if (fields.length !== FIELDS) {
    throw new DemandLineError(0, `the line has ${fields.length} fields; it must have ${FIELDS}: ${HEADER}`);
  }
  const [time = '', name = '', node = '', instanceType = '', pod = ''] = fields;
  if (!/^\d+(\.\d+)?$/.test(time)) throw new DemandLineError(0, `the time "${time}" is not a number of seconds`);
  const atMs = Math.round(Number(time) * 1000);
  if (atMs < lastMs) throw new DemandLineError(0, `the time ${time} is before that of the line above`);
  const event = EVENTS.find((known) => known === name);
  if (event === undefined) throw new DemandLineError(1, `the event "${name}" is none of ${EVENTS.join(', ')}`);
  if (node === '') throw new DemandLineError(2, 'the node is missing');
  const isAdd = event === 'node-add';
  if (isAdd === (instanceType === '')) {
    throw new DemandLineError(3, isAdd ? 'the instance type is missing' : 'only node-add has an instance type');
  }
  const isPod = event === 'pod-add' || event === 'pod-remove';
  if (isPod === (pod === '')) throw new DemandLineError(4, isPod ? 'the pod is missing' : 'only pod events have a pod');
  return { atMs, event, node, instanceType, pod };
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
