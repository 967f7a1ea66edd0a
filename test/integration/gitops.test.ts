/** The expressions that docs/how-to/gitops.md gives Flux, asked of the API server's own CEL on what the operator reported. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, describeOnPlane, eventually, freshName, kubectl } from '../support/control-plane.ts';

const ROOT = join(import.meta.dirname, '../..');
const [, page = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/how-to/gitops.md'), 'utf8')) ?? [];
const [checks] = parse(page).spec.healthCheckExprs;
/** In the order in which Flux asks. */
const QUESTIONS = ['inProgress', 'failed', 'current'] as const;
const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

/** The objects of a story, or the one of a name. */
function reported(story: string, name = 'default'): CniTuningStatus {
  const { tunings } = parse(readFileSync(join(ROOT, `test/scenarios/${story}/report.yaml`), 'utf8'));
  return tunings.find((tuning: { readonly name: string }) => tuning.name === name).status;
}

describeOnPlane('the health expressions for Flux', () => {
  const tuning = freshName('gitops');
  const policies = QUESTIONS.map((question) => freshName(question.toLowerCase()));
  let api: ApiClient;

  beforeAll(async () => {
    api = apiAs();
    await api.create('/apis/cnituning.dev/v1alpha1/cnitunings', {
      apiVersion: 'cnituning.dev/v1alpha1',
      kind: 'CniTuning',
      metadata: { name: tuning },
      spec: {},
    });
    for (const [at, name] of policies.entries()) await createPolicy(name, String(checks[QUESTIONS[at] ?? '']));
  });
  afterAll(async () => {
    await kubectl(['delete', 'cnit', tuning, '--ignore-not-found']);
    for (const name of policies)
      await kubectl([
        'delete',
        'validatingadmissionpolicy,validatingadmissionpolicybinding',
        name,
        '--ignore-not-found',
      ]);
    api.close();
  });

  /** Warns with the name of the question, on this object alone, when the expression is true. A refusal would hide others. */
  async function createPolicy(name: string, expression: string): Promise<void> {
    const metadata = { name };
    await api.create(POLICIES, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['cnituning.dev'],
              apiVersions: ['v1alpha1'],
              operations: ['UPDATE'],
              resources: ['cnitunings/status'],
              resourceNames: [tuning],
            },
          ],
        },
        // Flux gives the fields of the object by name; a policy has them in `object`.
        validations: [{ expression: `!(${expression.replaceAll(/\bstatus\.(?=conditions)/g, 'object.status.')})` }],
      },
    });
    await api.create('/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: name, validationActions: ['Warn'] },
    });
  }

  /** The first question that is answered by yes, which is what Flux makes of it. */
  async function fluxSays(status: CniTuningStatus): Promise<string> {
    const patch = JSON.stringify({ status });
    const { stderr } = await kubectl([
      'patch',
      'cnit',
      tuning,
      '--subresource=status',
      '--dry-run=server',
      '--type=merge',
      '-p',
      patch,
    ]);
    const yes = policies.findIndex((name) => stderr.includes(`'${name}'`));
    return yes < 0 ? `none${stderr}` : (QUESTIONS[yes] ?? '');
  }

  it('tell advice from what is still to come and from what needs a person', async () => {
    // A policy is in force a moment after it was made.
    await eventually(async () => expect(await fluxSays(reported('recommend-only'))).toBe('current'));
    await eventually(async () => expect(await fluxSays(reported('fields-owned-elsewhere'))).toBe('failed'));
    await eventually(async () => expect(await fluxSays(reported('rollout-in-progress'))).toBe('inProgress'));
    expect(await fluxSays(reported('two-objects-for-one-daemonset', 'second'))).toBe('failed');
    expect(await fluxSays(reported('apply-with-take-over'))).toBe('current');
    expect(await fluxSays({ observedGeneration: 1 })).toBe('inProgress');
    expect(await fluxSays(reported('invalid-schedule'))).toBe('failed');
    expect(await fluxSays(reported('outside-window'))).toBe('current');
    // Flux waits where no answer is yes.
    expect(await fluxSays(reported('collecting-history'))).toBe('none');
  });
});
