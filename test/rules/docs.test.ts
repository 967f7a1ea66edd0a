import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOLD_REASONS, OTHER_REASONS } from '../../src/api/reasons.ts';
import { deadLinksOf, localLinksOf, namedFilesOf } from './links.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT });

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('the runbook', () => {
  const sections = [...textOf('docs/runbook.md').matchAll(/^### (\w+)$/gm)].map(([, reason]) => reason);

  it('has one section for every reason, holds in the order in which the guards ask', () => {
    expect(sections).toEqual([...HOLD_REASONS, ...OTHER_REASONS]);
  });

  it('says for each reason what it means, what to do and how to undo it', () => {
    const parts = textOf('docs/runbook.md').split(/^### /m).slice(1);
    const thin = parts.filter((part) => !/\*\*Means\.\*\*[\s\S]+\*\*Do\.\*\*[\s\S]+\*\*Undo\.\*\*/.test(part));
    expect(thin.map((part) => part.split('\n', 1)[0])).toEqual([]);
  });
});

describe('the README', () => {
  it('shows no figure in its picture that the output below it does not have', () => {
    const [, output = ''] = /<!-- example:demo -->([\s\S]*)<!-- \/example:demo -->/.exec(textOf('README.md')) ?? [];
    const figures = [...textOf('docs/images/demo.svg').matchAll(/>([\d,]+)<\/text>/g)].map(
      ([, figure]) => figure ?? '',
    );
    expect(figures).toHaveLength(10);
    expect(figures.filter((figure) => !new RegExp(`\\s${figure}\\s`).test(output))).toEqual([]);
  });
});

describe('the decision records', () => {
  const records = globSync('docs/decisions/[0-9]*.md', { cwd: ROOT });

  it('name every dependency of package.json', () => {
    const project = JSON.parse(textOf('package.json')) as Record<string, Record<string, string> | undefined>;
    const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'];
    const packages = kinds.flatMap((kind) => Object.keys(project[kind] ?? {}));
    const text = records.map(textOf).join('\n');
    expect(packages.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('are all listed in their index, and dated', () => {
    const listed = localLinksOf(textOf('docs/decisions/README.md')).map((name) => `docs/decisions/${name}`);
    expect(listed.toSorted()).toEqual(records.toSorted());
    expect(records.filter((path) => !/^\d{4}-\d\d-\d\d, accepted(;.*)?$/m.test(textOf(path)))).toEqual([]);
  });
});

describe('the pages', () => {
  it('refuse a link that leads nowhere', () => {
    expect(localLinksOf('[a](missing.md#part) [b](https://example.com) `[c](no.md)`')).toEqual(['missing.md']);
  });

  it.each(PAGES)('%s links only to files that exist', (page) => {
    expect(deadLinksOf(ROOT, page)).toEqual([]);
  });

  it('refuse the name of a file that does not exist', () => {
    expect(namedFilesOf('`src/kube/missing.ts` and `x.test.ts`')).toEqual(['src/kube/missing.ts']);
  });

  it.each(PAGES)('%s names only files that exist', (page) => {
    const isMissing = (path: string) => !['', 'src'].some((folder) => existsSync(join(ROOT, folder, path)));
    expect(namedFilesOf(textOf(page)).filter(isMissing)).toEqual([]);
  });

  it('are named in code only when they exist', () => {
    const sources = globSync('{src,testbed,demo,scripts,test,crds}/**/*.{ts,mjs,yaml,mod,go}', { cwd: ROOT });
    const named = sources.flatMap((path) =>
      [...textOf(path).matchAll(/(?<![\w/.])docs\/(?!reference)[\w/-]+\.md/g)].map(([page]) => page),
    );
    expect([...new Set(named)].filter((page) => !globSync(page, { cwd: ROOT }).length)).toEqual([]);
  });
});
