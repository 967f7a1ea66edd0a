import { describe, expect, it } from 'vitest';
import { wholeNumber } from './arguments.ts';
import type { Command } from './command.ts';
import { CannotAnswer } from './command.ts';
import { allCommands, COMMANDS } from './commands.ts';
import { commandText, overviewText } from './help.ts';
import { OUTPUT_FLAG } from './output-flag.ts';
import { runCommand } from './run-command.ts';

const surroundings = { env: {}, nowMs: () => 0, progress: () => ({ at: () => {}, end: () => {} }) };
const NODES = { name: 'nodes', shape: 'N', fallback: '10', about: 'How many nodes.' };
const count: Command = {
  name: 'count',
  about: 'counts',
  teaches: 'Counts nodes.',
  examples: [{ line: 'cni-tuner count', says: 'counts' }],
  flags: [NODES, { name: 'fail', shape: '', fallback: '', about: 'Fails.' }, OUTPUT_FLAG],
  answer: (given) => {
    if (given.isOn('fail')) throw new CannotAnswer('The cluster does not answer.');
    return Promise.resolve({
      kind: 'Answer',
      answer: { value: { nodes: wholeNumber(given, 'nodes', 1, 99) }, sections: [] },
    });
  },
};
const run = async (...argv: readonly string[]) =>
  await runCommand(count, argv, surroundings, { isTerminal: false, columns: undefined });

describe('a command', () => {
  it('prints its answer in the format that was asked for', async () => {
    expect(await run('--nodes', '3', '-o', 'json')).toEqual({
      exitCode: 0,
      stdout: '{\n  "nodes": 3\n}\n',
      stderr: '',
    });
    expect((await run('-o', 'yaml')).stdout).toBe('nodes: 10\n');
  });

  it.each([
    [['--nodes', '0'], '--nodes is "0"; it must be a whole number between 1 and 99.'],
    [['--nodes=many'], '--nodes is "many"; it must be a whole number between 1 and 99.'],
    [['-o', 'xml'], '--output is "xml"; it must be one of table, wide, json, yaml, csv, markdown.'],
    [['extra'], '"extra" is one argument too many; `cni-tuner count --help` shows how it is called.'],
    [['--colour'], "Unknown option '--colour'; `cni-tuner count --help` shows how it is called."],
  ])('refuses %j with one sentence and exit code 2', async (argv, sentence) => {
    expect(await run(...argv)).toEqual({ exitCode: 2, stdout: '', stderr: `cni-tuner count: ${sentence}\n` });
  });

  it('says trouble outside in one sentence, with exit code 1', async () => {
    expect(await run('--fail')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'cni-tuner count: The cluster does not answer.\n',
    });
  });

  it('teaches with --help, whatever else is on the line', async () => {
    const { exitCode, stdout } = await run('--nodes', 'x', '--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Counts nodes.');
    expect(stdout).toContain('How many nodes. Default 10.');
  });
});

describe('the command table', () => {
  it('has help of at most 80 columns for every command', () => {
    const texts = [overviewText(allCommands()), ...COMMANDS.map(commandText)];
    for (const text of texts) expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('names every command once', () => {
    const names = allCommands().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
