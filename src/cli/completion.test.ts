import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Completable } from './completion.ts';
import { completionScript } from './completion.ts';

const COMMANDS: readonly Completable[] = [
  {
    name: 'capacity',
    about: "whether a subnet holds a fleet, and what doesn't fit",
    flags: [
      { name: 'nodes', shape: 'N', fallback: '', about: 'How many.' },
      { name: 'output', shape: 'FORMAT', fallback: 'table', about: 'How.', choices: ['table', 'json'] },
    ],
  },
  { name: 'plan', about: 'what would be done now', flags: [] },
];

/** What bash offers at the end of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const script = completionScript('bash', COMMANDS);
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _cni_tuner; echo "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', ask], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split(' ');
}

describe('completion', () => {
  it('offers the commands, then the flags of the one given, then the values of a flag', () => {
    expect(offered('cni-tuner', 'ca')).toEqual(['capacity']);
    expect(offered('cni-tuner', 'capacity', '--')).toEqual(['--nodes', '--output', '--help']);
    expect(offered('cni-tuner', 'capacity', '-o', '')).toEqual(['table', 'json']);
    expect(offered('cni-tuner', 'plan', '-')).toEqual(['--help']);
  });

  it('quotes what fish would end a text at', () => {
    expect(completionScript('fish', COMMANDS)).toContain(`-d 'whether a subnet holds a fleet, and what doesn\\'t fit'`);
  });

  it('loads as a zsh function too', () => {
    expect(completionScript('zsh', COMMANDS)).toMatch(/^#compdef cni-tuner\n/);
  });
});
