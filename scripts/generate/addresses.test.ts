import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../gate/step.ts';
import { addressed, addressedFiles, projectOf } from './addresses.ts';

describe('the address of the project', () => {
  it('is brought into a text, the image in lower case as registries ask', () => {
    const text = 'https://github.com/a/cni-tuner/blob/main/x and ghcr.io/a/cni-tuner:0.1.0';
    expect(addressed(text, 'New/cni-tuner')).toBe(
      'https://github.com/New/cni-tuner/blob/main/x and ghcr.io/new/cni-tuner:0.1.0',
    );
  });

  it('is refused in another form than GitHub’s', () => {
    expect(projectOf('github:a/b')).toBe('a/b');
    expect(() => projectOf('https://github.com/a/b')).toThrow('"repository" must read "github:OWNER/NAME"');
  });

  it('is named nowhere but in package.json and the files that follow it', () => {
    const following = addressedFiles(ROOT).map(({ path }) => path);
    // Made of the chart, which follows, or of package.json.
    const made = ['deploy/chart/README.md', 'deploy/install.yaml', 'docs/reference/cli.md'];
    const all = globSync('{*.md,Dockerfile,{.github,deploy,docs,src,test,testbed,demo,scripts}/**/*.*}', { cwd: ROOT });
    const files = all.filter((path) => statSync(join(ROOT, path)).isFile());
    const naming = files.filter((path) => {
      const text = path.includes('addresses') ? '' : readFileSync(join(ROOT, path), 'utf8');
      return /github\.com\/[\w.-]+\/cni-tuner\b|ghcr\.io\/[\w.-]+\/cni-tuner\b/.test(text);
    });
    expect(naming.filter((path) => !following.includes(path) && !made.includes(path))).toEqual([]);
  });
});
