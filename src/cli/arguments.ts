/** The arguments after a command's name: read once, refused with one sentence. */
import { parseArgs } from 'node:util';
import type { Command, Flag, Given } from './command.ts';
import { WrongInput } from './command.ts';

/** Throws WrongInput. Every flag is read as text; `choices` are checked here. */
export function parseArguments(command: Command, argv: readonly string[]): Given {
  const { values, positionals } = parsed(command, argv);
  const [argument = '', extra] = positionals;
  const expected = command.argument;
  if (extra !== undefined || (expected === undefined && argument !== '')) {
    throw new WrongInput(`"${extra ?? argument}" is one argument too many${seeHelp(command)}`);
  }
  if (expected?.isRequired === true && argument === '') {
    throw new WrongInput(`${expected.shape} is missing: ${expected.about}${seeHelp(command)}`);
  }
  const flagOf = (name: string): Flag => {
    const flag = command.flags.find((each) => each.name === name);
    if (flag === undefined) throw new Error(`the command ${command.name} has no flag ${name}`);
    return flag;
  };
  for (const flag of command.flags) checkChoice(flag, values[flag.name]);
  return {
    argument,
    text: (name) => {
      const value = values[flagOf(name).name];
      return typeof value === 'string' ? value : flagOf(name).fallback;
    },
    isOn: (name) => values[flagOf(name).name] === true,
  };
}

type Parsed = {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
};

function parsed(command: Command, argv: readonly string[]): Parsed {
  const options = Object.fromEntries(command.flags.map(({ name, shape }) => [name, optionOf(name, shape)]));
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: true });
  } catch (error) {
    const first = (error instanceof Error ? error.message : String(error)).split(/\.\s|\n/)[0] ?? '';
    throw new WrongInput(`${first.replace(/\.$/, '')}${seeHelp(command)}`);
  }
}

function optionOf(name: string, shape: string): { readonly type: 'string' | 'boolean'; readonly short?: string } {
  return { type: shape === '' ? 'boolean' : 'string', ...(name === 'output' ? { short: 'o' } : {}) };
}

function checkChoice({ name, choices }: Flag, value: string | boolean | undefined): void {
  if (choices === undefined || typeof value !== 'string' || choices.includes(value)) return;
  throw new WrongInput(`--${name} is "${value}"; it must be one of ${choices.join(', ')}.`);
}

function seeHelp({ name }: Command): string {
  return `; \`cni-tuner ${name} --help\` shows how it is called.`;
}

/** A whole number between two bounds; throws WrongInput that names the flag. */
export function wholeNumber(given: Given, flag: string, least: number, most: number): number {
  const text = given.text(flag);
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new WrongInput(`--${flag} is "${text}"; it must be a whole number between ${least} and ${most}.`);
}
