/**
 * Reads a demand log: CSV, gzipped or not, header `t_s,event,node,instance_type,pod`, times in seconds that do not
 * decrease. What is wrong in it is said in one sentence with file and line.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { DemandEvent } from './demand.ts';

export const DEMAND_LOG_HEADER = 't_s,event,node,instance_type,pod';

/** Line by line, so that a log of any length can be played. Throws an Error whose message names file and line. */
export async function* demandLog(file: string): AsyncGenerator<DemandEvent> {
  let line = 0;
  let beforeMs = 0;
  for await (const text of createInterface({ input: contentOf(file) })) {
    line += 1;
    if (line === 1 && text.trim() !== DEMAND_LOG_HEADER) {
      throw new Error(`${file}:1: the header must be "${DEMAND_LOG_HEADER}", not "${text.slice(0, 80)}".`);
    }
    if (line === 1 || text === '') continue;
    const event = eventOf(text, `${file}:${line}`);
    if (event.atMs < beforeMs) throw new Error(`${file}:${line}: time goes back to ${event.atMs / 1000} s.`);
    beforeMs = event.atMs;
    yield event;
  }
}

function contentOf(file: string): Readable {
  const bytes = createReadStream(file);
  return file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
}

function eventOf(text: string, where: string): DemandEvent {
  const [seconds = '', event = '', node = '', instanceType = '', pod = ''] = text.trim().split(',');
  const atMs = Math.round(Number(seconds) * 1000);
  if (seconds === '' || !Number.isFinite(atMs) || atMs < 0) {
    throw new Error(`${where}: "${seconds}" is no time in seconds.`);
  }
  if (node === '') throw new Error(`${where}: the node is missing.`);
  switch (event) {
    case 'node-add':
      if (instanceType === '') throw new Error(`${where}: a node-add needs an instance_type.`);
      return { atMs, event, node, instanceType };
    case 'node-remove':
      return { atMs, event, node };
    case 'pod-add':
    case 'pod-remove':
      if (pod === '') throw new Error(`${where}: a ${event} needs a pod.`);
      return { atMs, event, node, pod };
    default:
      throw new Error(`${where}: the event "${event}" is none of node-add, node-remove, pod-add, pod-remove.`);
  }
}
