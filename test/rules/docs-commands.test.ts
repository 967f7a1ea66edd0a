import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RUN_COMMAND, allCommands } from '../../src/cli/commands.ts';
import { commandsOf } from '../support/documented-commands.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const PAGES = globSync(['*.md', 'docs/*.md', 'docs/how-to/*.md', 'deploy/chart/README.md'], { cwd: ROOT });
const commands = PAGES.flatMap((page) => commandsOf(page, readFileSync(join(ROOT, page), 'utf8')));
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
const values = readFileSync(join(ROOT, 'deploy/chart/README.md'), 'utf8');

describe('the documented commands', () => {
  it('are found line by line, a here-document with the line that opens it', () => {
    const markdown = '```sh\n# no\na b\nc <<X\nd\nX\n```\n   ```sh\n   e\n   ```\n```yaml\nf: g\n```';
    expect(commandsOf('p', markdown).map(({ text }) => text)).toEqual(['a b', 'c <<X\nd\nX', 'e']);
    expect(commands.length).toBeGreaterThan(40);
  });

  it('name only npm scripts that exist', () => {
    const named = commands.flatMap(({ text }) =>
      [...text.matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => scripts[name ?? ''] === undefined)).toEqual([]);
  });

  it('set only values that the chart has', () => {
    const flags = commands.flatMap(({ text }) =>
      [...text.matchAll(/--set(?:-json)?[ =]'?(\S+)/g)].map(([, set]) => set ?? ''),
    );
    const set = flags
      .flatMap((flag) => (flag.includes('[') ? [flag] : flag.split(',')))
      .map((each) => each.split('=')[0] ?? '');
    expect(set.filter((name) => !values.includes(`\`${name}\``))).toEqual([]);
    expect(set.length).toBeGreaterThan(5);
  });

  it('use only commands that the command line has', () => {
    const known = [RUN_COMMAND, ...allCommands()].map(({ name }) => name);
    const used = commands.flatMap(({ text }) =>
      [...text.matchAll(/npx cni-tuner ([a-z]+)/g)].map(([, name]) => name ?? ''),
    );
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });
});
