import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = dirname(dirname(import.meta.dirname));
const WORKFLOWS = globSync('.github/workflows/*.yaml', { cwd: ROOT });

type Step = { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> };
type Workflow = {
  readonly on: object;
  readonly defaults?: { readonly run: { readonly shell: string } };
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, { readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }>>;
};

describe.each(WORKFLOWS)('the workflow %s', (path) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('calls only scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const called = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(called.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names only files that exist or that a step makes', () => {
    const named = [...text.matchAll(/(?:crds|deploy|testbed)\/[\w./-]+/g)].map(([file]) => file);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('has no right it does not ask for, and keeps no credential for later steps', () => {
    expect(workflow.permissions).toBeDefined();
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with?.['persist-credentials'])).toEqual(checkouts.map(() => false));
  });

  it('fails when any part of a pipe fails, which only a named bash does', () => {
    expect(workflow.defaults?.run.shell).toBe('bash');
  });

  it('takes every action by the commit, with its release beside it', () => {
    const used = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = '']) => action);
    expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
  });

  it('ends every job after a time, and gives no text of a contributor to a shell', () => {
    expect(Object.values(workflow.jobs).filter((job) => job['timeout-minutes'] === undefined)).toEqual([]);
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });
});
