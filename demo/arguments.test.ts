import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

describe('parseArguments', () => {
  it('runs 48 nodes and stops afterwards unless told otherwise', () => {
    expect(parseArguments([])).toEqual({ kind: 'Run', demo: { nodes: 48, keep: false, seed: 1 } });
    expect(parseArguments(['--nodes', '12', '--keep', '--seed=7', '--figures', 'f.json'])).toEqual({
      kind: 'Run',
      demo: { nodes: 12, keep: true, seed: 7, figures: 'f.json' },
    });
  });

  it.each([
    [['--nodes', '3'], '--nodes is "3"; it must be a whole number from 8 to 500.'],
    [['--nodes', 'many'], '--nodes is "many"; it must be a whole number from 8 to 500.'],
    [['--seed', 'x'], '--seed is "x"; it must be a whole number.'],
    [['--fast'], "Unknown option '--fast'; `npm run demo -- --help` lists the options."],
  ])('refuses %j in one sentence', (argv, sentence) => {
    expect(parseArguments(argv)).toEqual({ kind: 'Refused', sentence });
  });
});
