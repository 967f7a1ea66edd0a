/** The log: one JSON object a line on stdout, constant messages, everything that varies in fields. */
import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './options/flag-values.ts';

type Fields = Readonly<Record<string, unknown>>;

export type Log = Readonly<Record<LogLevel, (message: string, fields?: Fields) => void>>;

/** Writes synchronously, so that the last line before an exit is not lost. Errors go in the field `error`. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  const at = (name: LogLevel) => (message: string, fields?: Fields) => logger[name](fields ?? {}, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** What the log keeps of an error: never the cause, which may hold request headers. */
export function errorFields(error: unknown): Fields {
  return error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) };
}
