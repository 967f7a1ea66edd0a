/**
 * What the CRD's CEL rules may cost: the API server estimates the worst case when a CRD is created and refuses one over
 * its budget. The rules must stay far below it, or a bound that is raised later makes the CRD impossible to install.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ApiAnswer, ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, describeOnPlane } from '../support/control-plane.ts';

const CRD = join(import.meta.dirname, '../../crds/cnituning.dev_cnitunings.yaml');
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const GROUP = 'cost.cnituning.dev';

type Rule = { readonly rule: string };
const isRules = (key: string, value: unknown): value is readonly Rule[] =>
  key === 'x-kubernetes-validations' && Array.isArray(value);

/** The CRD under a group of its own, with every rule asking the same `times` times over: each costs so many times more. */
async function costing(times: number): Promise<string> {
  const crd = parse(await readFile(CRD, 'utf8')) as {
    readonly spec: { readonly names: { readonly plural: string } };
  };
  const repeated = JSON.stringify(crd, (key, value: unknown) =>
    isRules(key, value)
      ? value.map((rule) => ({ ...rule, rule: Array<string>(times).fill(`(${rule.rule})`).join(' && ') }))
      : value,
  );
  const copy = JSON.parse(repeated) as { metadata: { name: string }; spec: { group: string } };
  copy.metadata.name = `${crd.spec.names.plural}.${GROUP}`;
  copy.spec.group = GROUP;
  return JSON.stringify(copy);
}

describeOnPlane('the rules of the CRD', () => {
  let api: ApiClient;
  beforeAll(() => {
    api = apiAs();
  });
  afterAll(() => api.close());

  const tryToInstall = async (times: number): Promise<ApiAnswer> =>
    await api.request('POST', `${CRDS}?dryRun=All`, { body: JSON.parse(await costing(times)) as object });

  it('cost less than a tenth of what the API server allows', async () => {
    const answer = await tryToInstall(10);
    expect(answer.status, answer.text).toBe(201);
  });

  it('are refused by it when they cost too much', async () => {
    const answer = await tryToInstall(1_000);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('cost');
  });
});
