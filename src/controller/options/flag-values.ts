/** The kinds of value a flag can have: text in, value out, or `Unfit` with what it must be. */
import { parseDurationMs } from '../../api/quantities.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where a server listens; undefined: it is switched off. */
export type BindAddress = { readonly host: string; readonly port: number } | undefined;

/** Input nobody can use. From a reader, the message ends the sentence "it must be …"; above that it is a sentence. */
export class Unfit extends Error {}

export const anyText = (text: string): string => text;

export function someText(text: string): string {
  if (text === '') throw new Unfit('a name');
  return text;
}

export function yesOrNo(text: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw new Unfit('true or false');
}

export function logLevel(text: string): LogLevel {
  const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  const found = levels.find((level) => level === text);
  if (found === undefined) throw new Unfit(levels.join(', '));
  return found;
}

export function durationBetween(least: string, most: string): (text: string) => number {
  const bounds = `a duration from ${least} to ${most}, such as ${least} or 90s`;
  return (text) => {
    const ms = parseDurationMs(text);
    if (ms === undefined || ms < (parseDurationMs(least) ?? 0) || ms > (parseDurationMs(most) ?? 0))
      throw new Unfit(bounds);
    return ms;
  };
}

/** `:8080`, `127.0.0.1:8080`, `[::1]:8080`; `0` switches it off; port 0 lets the system choose. */
export function bindAddress(text: string): BindAddress {
  if (text === '0') return undefined;
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]*)):([0-9]{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Unfit('an address such as :8080 or 127.0.0.1:8080, or 0 for none');
  return { host: match[1] ?? match[2] ?? '', port };
}
