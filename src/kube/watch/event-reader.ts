/** The events of a watch out of its bytes, in the encoding that the API server chose to answer in. */
import { PROTOBUF, type WatchEvent, watchEventOf } from '../protobuf/envelope.ts';
import { FrameSplitter } from '../protobuf/frames.ts';
import type { ReadObject } from '../protobuf/objects.ts';
import { LineSplitter } from './lines.ts';

export type { WatchEvent } from '../protobuf/envelope.ts';

/** To be read to the end before the next chunk. */
export type EventReader = { push(chunk: Uint8Array): Iterable<WatchEvent> };

/** What to ask for: JSON too, which every API server and every proxy in between can do. */
export function acceptFor(readObject: ReadObject | undefined): string {
  return readObject === undefined ? 'application/json' : `${PROTOBUF},application/json`;
}

export function eventReader(contentType: string, readObject: ReadObject | undefined): EventReader {
  return readObject !== undefined && contentType.startsWith(PROTOBUF) ? protobufReader(readObject) : jsonReader();
}

function protobufReader(readObject: ReadObject): EventReader {
  const frames = new FrameSplitter();
  return {
    *push(chunk) {
      for (const frame of frames.push(chunk)) yield watchEventOf(frame, readObject);
    },
  };
}

function jsonReader(): EventReader {
  const lines = new LineSplitter();
  return {
    *push(chunk) {
      for (const line of lines.push(chunk)) yield JSON.parse(line) as WatchEvent;
    },
  };
}
