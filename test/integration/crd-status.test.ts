/** The status as the real API server bounds it: it takes all that a pass writes, and nothing beyond the bounds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CniTuningStatus } from '../../src/api/cnituning.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { keptTuningOf, Tunings } from '../../src/kube/tuning-object.ts';
import type { PassRecord } from '../../src/reconcile/pass-record.ts';
import { statusOf } from '../../src/reconcile/status.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { aFullRecord, LONG } from '../support/a-full-record.ts';
import { aPassRecord } from '../support/a-pass-record.ts';
import { apiAs, applyManifest, describeOnPlane, freshName } from '../support/control-plane.ts';
import { aKubeClient } from '../support/kube-adapter.ts';
import { largestOf, statusSchema } from '../support/status-schema.ts';

const CNI_TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';
const HOLD = { kind: 'Hold', reason: 'GainTooSmall', message: LONG, recheckAtMs: 1_000 } as const;

const WRITTEN: readonly (readonly [string, PassRecord])[] = [
  ['found nothing', aPassRecord()],
  ['found all there can be, and wrote a change', aFullRecord()],
  ['found all there can be, and holds', aFullRecord({ plan: HOLD, outcome: { kind: 'Held' } })],
];

const FULL = statusOf(aFullRecord());
const [SHAPE] = FULL.shapes ?? [];
const [SUBNET] = FULL.subnets ?? [];
const [CANDIDATE] = FULL.candidates ?? [];
const { recommendation: RECOMMENDATION } = FULL;
const text = (length: number): string => 'a'.repeat(length);
const copies = (item: unknown, count: number): readonly unknown[] => Array.from({ length: count }, () => item);

const setting = (more: object) => ({ settings: [{ name: 'WARM_ENI_TARGET', effective: true, ...more }] });
const recommendation = (more: object) => ({ recommendation: { ...RECOMMENDATION, ...more } });
const shape = (more: object) => ({ shapes: [{ ...SHAPE, ...more }] });
const rollback = (more: object) => ({ rollback: { ...FULL.rollback, ...more } });
const subnet = (more: object) => ({ subnets: [{ ...SUBNET, ...more }] });

/** What is out of bounds, the status' part, and the field that the server names. */
const REFUSED: readonly (readonly [string, object, string])[] = [
  ['a lower bound below 0', setting({ lowerBound: -1 }), 'status.settings[0].lowerBound'],
  ['an upper bound below 0', setting({ upperBound: -1 }), 'status.settings[0].upperBound'],
  ['an upper bound in words', setting({ upperBound: 'three' }), 'status.settings[0].upperBound'],
  ['a longer live value', setting({ live: text(257) }), 'status.settings[0].live'],
  ['more owners of a value', setting({ owner: text(513) }), 'status.settings[0].owner'],
  ['a longer address pair', recommendation({ addressPair: text(513) }), 'status.recommendation.addressPair'],
  ['a longer other mode', recommendation({ otherMode: text(513) }), 'status.recommendation.otherMode'],
  [
    'five broken objectives',
    recommendation({ currentBreaks: copies('One objective.', 5) }),
    'status.recommendation.currentBreaks',
  ],
  [
    'a longer broken objective',
    recommendation({ currentBreaks: [text(513)] }),
    'status.recommendation.currentBreaks[0]',
  ],
  ['a confidence of its own', recommendation({ confidence: 'Certain' }), 'status.recommendation.confidence'],
  ['a longer token of a request to undo', rollback({ token: text(257) }), 'status.rollback.token'],
  ['a longer record of what was undone', rollback({ undone: text(513) }), 'status.rollback.undone'],
  ['a request to undo without an answer', rollback({ message: null }), 'status.rollback.message'],
  ['a longer last token', { lastHandledRollback: text(257) }, 'status.lastHandledRollback'],
  ['eleven candidates', { candidates: copies(CANDIDATE, 11) }, 'status.candidates'],
  [
    'a longer reason why a candidate lost',
    { candidates: [{ ...CANDIDATE, lostBecause: text(513) }] },
    'status.candidates[0].lostBecause',
  ],
  [
    'twenty-one shapes',
    { shapes: Array.from({ length: 21 }, (_, at) => ({ ...SHAPE, maxPods: at })) },
    'status.shapes',
  ],
  ['a shape twice', { shapes: [SHAPE, SHAPE] }, 'status.shapes[1]'],
  ['a shape without its regret', shape({ regretPerNodeHour: undefined }), 'status.shapes[0].regretPerNodeHour'],
  ['a longer regret', shape({ regretPerNodeHour: text(25) }), 'status.shapes[0].regretPerNodeHour'],
  ['pods below 0', shape({ podsP99: -1 }), 'status.shapes[0].podsP99'],
  [
    'fifty-one subnets',
    { subnets: Array.from({ length: 51 }, (_, at) => ({ ...SUBNET, id: `subnet-${at}` })) },
    'status.subnets',
  ],
  ['an outlook of its own', subnet({ outlook: 'Soon' }), 'status.subnets[0].outlook'],
  ['a reserve below 0', subnet({ reserve: -1 }), 'status.subnets[0].reserve'],
  ['free prefixes below 0', subnet({ freePrefixes: -1 }), 'status.subnets[0].freePrefixes'],
  ['half an address of growth', subnet({ growthPerDay: 0.5 }), 'status.subnets[0].growthPerDay'],
  // The server names the field in words only.
  ['a growth beyond 32 bits', subnet({ growthPerDay: 2 ** 31 }), 'status'],
  ['a time in words', subnet({ exhaustionTime: 'tomorrow' }), 'status.subnets[0].exhaustionTime'],
  ['an earliest time in words', subnet({ earliestExhaustionTime: 'soon' }), 'status.subnets[0].earliestExhaustionTime'],
  ['a latest time in words', subnet({ latestExhaustionTime: 'late' }), 'status.subnets[0].latestExhaustionTime'],
  ['eleven changes', { changes: copies(FULL.changes?.[0], 11) }, 'status.changes'],
];

type Refusal = { readonly details: { readonly causes: readonly { readonly field: string }[] } };

describeOnPlane('the status of a CniTuning', () => {
  let api: ApiClient;
  let client: KubeClient;
  let name: string;

  beforeAll(async () => {
    api = apiAs();
    client = aKubeClient();
    name = freshName('tuning');
    await applyManifest({ apiVersion: 'cnituning.dev/v1alpha1', kind: 'CniTuning', metadata: { name }, spec: {} });
  });
  afterAll(async () => {
    await client?.close();
    api?.close();
  });

  const statusRead = async (): Promise<unknown> =>
    (await api.get<{ readonly status: unknown }>(`${CNI_TUNINGS}/${name}`)).status;

  /** By the operator's own write. */
  async function write(status: CniTuningStatus): Promise<void> {
    const kept = keptTuningOf(await api.get(`${CNI_TUNINGS}/${name}`));
    if (typeof kept === 'string') throw new Error(kept);
    await new Tunings({ client, onChange: () => {} }).patchStatus(kept.object, status);
  }

  test.for(WRITTEN)('comes back as written from a pass that %s', async ([, record]) => {
    const status = statusOf(record);
    await write(status);
    expect(await statusRead()).toEqual(status);
  });

  test.for(['a', '🐘', '\u0001'])(
    'is taken with every field, list and text as large as may be, of %j',
    async (filler) => {
      const largest = largestOf(statusSchema(), filler) as CniTuningStatus;
      await write(largest);
      expect(await statusRead()).toEqual(largest);
    },
  );

  describe('is refused with', () => {
    test.for(REFUSED)('%s', async ([, part, field]) => {
      const path = `${CNI_TUNINGS}/${name}/status?fieldValidation=Strict&dryRun=All`;
      const body = { status: { ...FULL, ...part } };
      const contentType = 'application/merge-patch+json';
      const answer = await api.request('PATCH', path, { body, contentType });
      expect(answer.status, answer.text).toBe(422);
      expect(answer.json<Refusal>().details.causes.map((cause) => cause.field)).toContain(field);
    });
  });
});
