/** The contract with users as the real API server enforces it: what it accepts, fills in, refuses and prints. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, applyManifest, describeOnPlane, freshName, kubectl } from '../support/control-plane.ts';

const CNI_TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';

const DEFAULTS = {
  mode: 'Recommend',
  suspend: false,
  daemonSetRef: { namespace: 'kube-system', name: 'aws-node', container: 'aws-node' },
  nodeSelector: {},
  settings: { warmENI: { min: 0, max: 3 }, warmPrefix: { min: 1, max: 4 } },
  objectives: { delayedPods: '0.1%', subnetReserve: '10%' },
  history: { window: '168h', halfLife: '72h', minimum: '6h' },
  changes: {
    windows: [],
    minimumInterval: '24h',
    maxPerDay: 1,
    allowed: 'Both',
    minimumGain: '10%',
    emergency: 'WithinWindow',
  },
  ownership: { takeOverFrom: [] },
  deletionPolicy: 'Restore',
};

const aTuning = (name: string, spec: unknown) => ({
  apiVersion: 'cnituning.dev/v1alpha1',
  kind: 'CniTuning',
  metadata: { name },
  ...(spec === undefined ? {} : { spec }),
});

const many = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `manager-${index}`);

/** The server adds this whenever a schema error kept it from asking the CEL rules. */
const RULES_NOT_CHECKED =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

const RESERVE =
  '`subnetReserve` must be a number of addresses between 0 and 65536, or a percentage between 0% and 100% such as 10%';
const DELAYED = '`delayedPods` must be a percentage between 0% and 100% with at most two decimals, such as 0.1%';

/** What is wrong, the spec, and all that the server says about it. */
const REFUSED: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['no spec', undefined, ['spec: Required value', RULES_NOT_CHECKED]],
  [
    'a mode that nothing honours yet',
    { mode: 'Approve' },
    ['spec.mode: Unsupported value: "Approve": supported values: "Recommend", "Apply"', RULES_NOT_CHECKED],
  ],
  [
    'settings that list nothing',
    { settings: {} },
    [
      'spec.settings: Invalid value: `settings` must list at least one of warmENI, warmPrefix and warmIP; leave it out to own warmENI and warmPrefix with their default bounds',
    ],
  ],
  [
    'bounds the wrong way round',
    { settings: { warmENI: { min: 3, max: 1 }, warmPrefix: { min: 4, max: 2 } } },
    [
      'spec.settings.warmENI.min: Invalid value: `warmENI.min` must not exceed `warmENI.max`',
      'spec.settings.warmPrefix.min: Invalid value: `warmPrefix.min` must not exceed `warmPrefix.max`',
    ],
  ],
  [
    'a minimum without warm addresses, with which pools stop growing',
    { settings: { minimumIP: { min: 1, max: 8 } } },
    [
      'spec.settings.minimumIP: Required value: `settings.minimumIP` needs `settings.warmIP`: a minimum without warm addresses stops the growth of the pool',
    ],
  ],
  [
    'half a bound',
    { settings: { warmENI: { min: 1 } } },
    ['spec.settings.warmENI.max: Required value', RULES_NOT_CHECKED],
  ],
  [
    'a warm prefix target of zero, with which aws-node exits',
    { settings: { warmPrefix: { min: 0, max: 3 } } },
    [
      'spec.settings.warmPrefix.min: Invalid value: 0: spec.settings.warmPrefix.min in body should be greater than or equal to 1',
    ],
  ],
  [
    'more interfaces than any instance has',
    { settings: { warmENI: { min: 0, max: 16 } } },
    [
      'spec.settings.warmENI.max: Invalid value: 16: spec.settings.warmENI.max in body should be less than or equal to 15',
    ],
  ],
  [
    'a share above 100 percent',
    { objectives: { delayedPods: '101%' } },
    [`spec.objectives.delayedPods: Invalid value: "101%": ${DELAYED}`],
  ],
  [
    'a share with three decimals',
    { objectives: { delayedPods: '0.123%' } },
    [`spec.objectives.delayedPods: Invalid value: "0.123%": ${DELAYED}`],
  ],
  [
    'a share as a number',
    { objectives: { delayedPods: 0.1 } },
    [
      'spec.objectives.delayedPods: Invalid value: "number": spec.objectives.delayedPods in body must be of type string: "number"',
      RULES_NOT_CHECKED,
    ],
  ],
  [
    'a negative reserve',
    { objectives: { subnetReserve: -1 } },
    [`spec.objectives.subnetReserve: Invalid value: -1: ${RESERVE}`],
  ],
  [
    'a reserve larger than any subnet',
    { objectives: { subnetReserve: 65_537 } },
    [`spec.objectives.subnetReserve: Invalid value: 65537: ${RESERVE}`],
  ],
  [
    'a count written as text',
    { objectives: { subnetReserve: '10' } },
    [`spec.objectives.subnetReserve: Invalid value: "10": ${RESERVE}`],
  ],
  [
    'a window in days, which Go durations do not have',
    { history: { window: '7d' } },
    ['spec.history.window: Invalid value: "7d": `window` must be a duration between 1h and 2160h, such as 168h'],
  ],
  [
    'a window of more than 90 days',
    { history: { window: '2161h' } },
    ['spec.history.window: Invalid value: "2161h": `window` must be a duration between 1h and 2160h, such as 168h'],
  ],
  [
    'a duration so long that adding it up would overflow',
    { history: { halfLife: '9999999h9999999h' } },
    [
      'spec.history.halfLife: Invalid value: "9999999h9999999h": `halfLife` must be a duration between 10m and 2160h, such as 72h',
    ],
  ],
  [
    'a window shorter than the default half-life and minimum',
    { history: { window: '2h' } },
    [
      'spec.history.halfLife: Invalid value: `history.halfLife` (72h unless set) must not exceed `history.window`',
      'spec.history.minimum: Invalid value: `history.minimum` (6h unless set) must not exceed `history.window`',
    ],
  ],
  [
    'less than a minute of history',
    { history: { minimum: '30s' } },
    ['spec.history.minimum: Invalid value: "30s": `minimum` must be a duration between 1m and 720h, such as 6h'],
  ],
  [
    'the same manager twice',
    { ownership: { takeOverFrom: ['eks', 'eks'] } },
    ['spec.ownership.takeOverFrom[1]: Duplicate value: "eks"'],
  ],
  [
    'a manager without a name',
    { ownership: { takeOverFrom: [''] } },
    [
      'spec.ownership.takeOverFrom[0]: Invalid value: "": spec.ownership.takeOverFrom[0] in body should be at least 1 chars long',
    ],
  ],
  [
    'too many managers',
    { ownership: { takeOverFrom: many(17) } },
    ['spec.ownership.takeOverFrom: Too many: 17: must have at most 16 items', RULES_NOT_CHECKED],
  ],
  [
    'an unknown deletion policy',
    { deletionPolicy: 'Delete' },
    ['spec.deletionPolicy: Unsupported value: "Delete": supported values: "Restore", "Retain"', RULES_NOT_CHECKED],
  ],
  [
    'a DaemonSet without a name',
    { daemonSetRef: { name: '' } },
    ['spec.daemonSetRef.name: Invalid value: "": spec.daemonSetRef.name in body should be at least 1 chars long'],
  ],
  [
    'several mistakes, all of which are named at once',
    { settings: { warmENI: { min: 2, max: 1 } }, history: { minimum: '1s' }, objectives: { delayedPods: 'few' } },
    [
      'spec.history.minimum: Invalid value: "1s": `minimum` must be a duration between 1m and 720h, such as 6h',
      `spec.objectives.delayedPods: Invalid value: "few": ${DELAYED}`,
      'spec.settings.warmENI.min: Invalid value: `warmENI.min` must not exceed `warmENI.max`',
    ],
  ],
];

/** What may be written, and what the stored spec then differs in from the defaults. */
const ACCEPTED: readonly (readonly [string, object, object])[] = [
  ['an empty spec', {}, {}],
  ['empty objects, each filled in', { daemonSetRef: {}, objectives: {}, history: {}, changes: {}, ownership: {} }, {}],
  ['Apply', { mode: 'Apply' }, { mode: 'Apply' }],
  [
    'one setting, which then is the only one',
    { settings: { warmENI: { min: 0, max: 0 } } },
    { settings: { warmENI: { min: 0, max: 0 } } },
  ],
  [
    'the widest bounds',
    { settings: { warmENI: { min: 15, max: 15 }, warmPrefix: { min: 32, max: 32 } } },
    { settings: { warmENI: { min: 15, max: 15 }, warmPrefix: { min: 32, max: 32 } } },
  ],
  [
    'a reserve as a count',
    { objectives: { subnetReserve: 256 } },
    { objectives: { delayedPods: '0.1%', subnetReserve: 256 } },
  ],
  [
    'percentages at their ends',
    { objectives: { subnetReserve: '0%', delayedPods: '100.00%' } },
    { objectives: { subnetReserve: '0%', delayedPods: '100.00%' } },
  ],
  [
    'a minute of history, for a try',
    { history: { minimum: '1m' } },
    { history: { window: '168h', halfLife: '72h', minimum: '1m' } },
  ],
  [
    'compound durations',
    { history: { window: '1h30m', halfLife: '1h0.5m', minimum: '90s' } },
    { history: { window: '1h30m', halfLife: '1h0.5m', minimum: '90s' } },
  ],
  ['sixteen managers', { ownership: { takeOverFrom: many(16) } }, { ownership: { takeOverFrom: many(16) } }],
];

type Refusal = {
  readonly message: string;
  readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
};
type Stored = { readonly spec: unknown; readonly status: unknown };

describeOnPlane('the CniTuning resource', () => {
  let api: ApiClient;
  beforeAll(() => {
    api = apiAs();
  });
  afterAll(() => api.close());

  const tryToCreate = async (spec: unknown) =>
    await api.request('POST', `${CNI_TUNINGS}?dryRun=All&fieldValidation=Strict`, { body: aTuning('tried', spec) });

  const aStored = async (spec: object): Promise<string> => {
    const name = freshName('tuning');
    await applyManifest(aTuning(name, spec));
    return name;
  };

  describe('is accepted with', () => {
    test.for(ACCEPTED)('%s', async ([, spec, differs]) => {
      const answer = await tryToCreate(spec);
      expect(answer.status, answer.text).toBe(201);
      const stored = answer.json<Stored>();
      expect(stored.spec).toEqual({ ...DEFAULTS, ...differs });
      expect(stored.status).toEqual({ observedGeneration: -1 });
    });
  });

  describe('is refused with', () => {
    test.for(REFUSED)('%s', async ([, spec, errors]) => {
      const answer = await tryToCreate(spec);
      expect(answer.status).toBe(422);
      const { message, details } = answer.json<Refusal>();
      // The server walks the fields in no fixed order.
      expect(details.causes.map((cause) => `${cause.field}: ${cause.message}`).toSorted()).toEqual(errors.toSorted());
      for (const error of errors) expect(message).toContain(error);
    });

    test('a field it does not know, by its full name', async () => {
      const answer = await tryToCreate({ settings: { warmIPs: { min: 1, max: 2 } } });
      expect(answer.status).toBe(400);
      expect(answer.json<{ message: string }>().message).toBe(
        'CniTuning in version "v1alpha1" cannot be handled as a CniTuning: strict decoding error: unknown field "spec.settings.warmIPs"',
      );
    });
  });

  test('keeps its daemonSetRef for life', async () => {
    const name = await aStored({});
    const patch = JSON.stringify({ spec: { daemonSetRef: { name: 'other' } } });
    const changed = await kubectl(['patch', 'cnit', name, '--type=merge', '-p', patch]);
    expect(changed.stderr).toBe(
      `The CniTuning "${name}" is invalid: spec.daemonSetRef: Forbidden: \`daemonSetRef\` is immutable; create another CniTuning for another DaemonSet\n`,
    );
    const kept = await kubectl(['patch', 'cnit', name, '--type=merge', '-p', '{"spec":{"mode":"Apply"}}']);
    expect(kept.exitCode, kept.stderr).toBe(0);
  });

  test('drops a setting that is taken out of the applied list', async () => {
    const name = await aStored({ settings: { warmENI: { min: 0, max: 2 }, warmPrefix: { min: 1, max: 2 } } });
    await applyManifest(aTuning(name, { settings: { warmENI: { min: 0, max: 2 } } }));
    const { spec } = await api.get<{ spec: { settings: unknown } }>(`${CNI_TUNINGS}/${name}`);
    expect(spec.settings).toEqual({ warmENI: { min: 0, max: 2 } });
  });

  test('ignores a status that comes through the main resource', async () => {
    const name = await aStored({});
    await api.patch(`${CNI_TUNINGS}/${name}`, { type: 'merge', body: { status: { observedGeneration: 7 } } });
    expect((await api.get<Stored>(`${CNI_TUNINGS}/${name}`)).status).toEqual({ observedGeneration: -1 });
  });

  test('prints its columns from a full status', async () => {
    const name = await aStored({ mode: 'Apply' });
    const time = new Date().toISOString();
    await api.patch(`${CNI_TUNINGS}/${name}/status`, {
      type: 'merge',
      body: {
        status: {
          observedGeneration: 1,
          settingSummary: 'WARM_ENI_TARGET 1→0',
          nodes: { total: 50, tuned: 48 },
          addresses: { attached: 900, assigned: 300, idle: 600 },
          hold: { reason: 'ChangedTooRecently', message: 'The last change was 2 h ago.' },
          changes: [{ time, from: 'WARM_ENI_TARGET=1', to: 'WARM_ENI_TARGET=0', because: 'Idle.', result: 'Complete' }],
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              lastTransitionTime: time,
              reason: 'Holding',
              message: 'Holding: changed 2 h ago.',
            },
          ],
        },
      },
    });
    const short = await kubectl(['get', 'cnit', name]);
    expect(short.stdout.split('\n')[0]?.split(/ {2,}/)).toEqual([
      'NAME',
      'MODE',
      'READY',
      'SETTING',
      'IDLE',
      'STATUS',
      'AGE',
    ]);
    const wide = await kubectl(['get', 'cnit', name, '-o', 'wide']);
    const [header = '', row = ''] = wide.stdout.split('\n');
    expect(header.trim().split(/ {2,}/)).toEqual([
      ...['NAME', 'MODE', 'READY', 'SETTING', 'IDLE', 'NODES', 'CONFIDENCE', 'HOLD', 'LAST-CHANGE', 'STATUS', 'AGE'],
    ]);
    expect(row).toMatch(
      new RegExp(
        `^${name} +Apply +True +WARM_ENI_TARGET 1→0 +600 +48 +ChangedTooRecently +\\d+s +Holding: changed 2 h ago\\. +\\d+s *$`,
      ),
    );
    const waited = await kubectl(['wait', '--for=condition=Ready', `cnit/${name}`, '--timeout=5s']);
    expect(waited.stdout).toBe(`cnituning.cnituning.dev/${name} condition met\n`);
  });

  test('is among the things of the category eks', async () => {
    const name = await aStored({});
    const listed = await kubectl(['get', 'eks', '-o', 'name']);
    expect(listed.stdout.split('\n')).toContain(`cnituning.cnituning.dev/${name}`);
  });

  test.for(['spec', 'spec.settings.warmENI', 'spec.objectives', 'status', 'status.recommendation'])(
    'explains every field of %s in whole sentences',
    async (path) => {
      const { stdout } = await kubectl(['explain', `cnit.${path}`]);
      const fields = stdout
        .slice(stdout.indexOf('FIELDS:'))
        .split(/\n {2}(?=\S+\t)/)
        .slice(1);
      expect(fields.length).toBeGreaterThan(1);
      for (const field of fields) {
        const [title = '', ...rest] = field.split('\n');
        const text = rest
          .map((line) => line.trim())
          .filter((line) => line !== '' && !line.startsWith('enum: '))
          .join(' ');
        expect(text, title).toMatch(/^.{15,}\.$/);
      }
      expect(stdout).not.toContain('<no description>');
    },
  );
});
