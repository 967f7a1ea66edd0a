/** A variable of the aws-node container, as the flags write it. */
import { isDeepStrictEqual } from 'node:util';
import { fromEnv } from '../ipamd/warm-settings.ts';
import { WrongInput } from './command.ts';

/**
 * `WARM_ENI_TARGET=1` of the list after `--flag`, as name and value. Throws WrongInput, for a name without effect too:
 * with a misspelt one the answer would be that of another setting.
 */
export function assignmentOf(flag: string, part: string): readonly [string, string] {
  const [, name = '', value = ''] = /^\s*([A-Z][A-Za-z0-9_]*)=(\S*)\s*$/.exec(part) ?? [];
  if (name === '') throw new WrongInput(`--${flag} has "${part}"; each part must look like WARM_ENI_TARGET=1.`);
  if (isRead(name)) return [name, value];
  throw new WrongInput(`--${flag} names ${name}, which the model of the pool does not read; check its spelling.`);
}

/** Whatever is read as a number or a switch is read otherwise with a text in it. */
function isRead(name: string): boolean {
  return !isDeepStrictEqual(fromEnv({}), fromEnv({ [name]: 'neither number nor switch' }));
}
