/** `spec.changes` as the real API server enforces it: what of it is accepted and filled in, and what is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import { apiAs, describeOnPlane } from '../support/control-plane.ts';

const CNI_TUNINGS = '/apis/cnituning.dev/v1alpha1/cnitunings';

/** The server adds this whenever a schema error kept it from asking the CEL rules. */
const RULES_NOT_CHECKED =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
const SCHEDULE =
  '`schedule` must be five cron fields (minute, hour, day of the month, month, day of the week), such as 0 2 * * 1-5';
const DURATION = '`duration` must be a duration between 1m and 168h, such as 4h';
const ZONE = '`timeZone` must be the IANA name of a time zone, such as Europe/Berlin';

type Window = Readonly<Record<string, unknown>>;
const aWindow = (more: Window = {}): Window => ({ schedule: '0 2 * * 1-5', duration: '4h', timeZone: 'UTC', ...more });
const windowsOf = (...windows: readonly Window[]) => ({ windows });
const scheduled = (...schedules: readonly string[]) => windowsOf(...schedules.map((schedule) => aWindow({ schedule })));

const ZONES = [
  'Europe/Berlin',
  'America/Argentina/Buenos_Aires',
  'Etc/GMT+5',
  'America/Port-au-Prince',
  'Mars/Olympus_Mons',
];

/** What may be written; it is stored as it is. */
const ACCEPTED: readonly (readonly [string, object])[] = [
  ['nights of the week', scheduled('0 2 * * 1-5', '0 2 * * mon-fri', '0 2 * * MON,Wed,fri')],
  ['steps, lists, ranges and months by name', scheduled('*/15 2,4-6 1-31/2 jan,6-8 *', '0-30/5 */6 * dec sun-sat/2')],
  ['Sunday by either number, and leading zeros', scheduled('00 02 * * 0', '5 09 01 09 7')],
  ['what only the operator can refuse', scheduled('0 0 30 2 *', '0 22-3 * * *')],
  ['time zones of every form of name', windowsOf(...ZONES.map((timeZone) => aWindow({ timeZone })))],
  ['an empty time zone', windowsOf(aWindow({ timeZone: '' }))],
  ['the shortest and the longest', windowsOf(aWindow({ duration: '1m' }), aWindow({ duration: '168h' }))],
  ['no interval', { minimumInterval: '0s', maxPerDay: 10 }],
  ['the longest interval', { minimumInterval: '720h', maxPerDay: 1, minimumGain: '0%' }],
  ['one direction, and no emergency', { allowed: 'DecreaseOnly', minimumGain: '100.00%', emergency: 'Never' }],
  ['the other direction, and every emergency', { allowed: 'IncreaseOnly', minimumGain: '2.5%', emergency: 'Always' }],
  ['ten windows', windowsOf(...Array.from({ length: 10 }, () => aWindow({ duration: '1h30m' })))],
];

const refusedSchedules = [
  '',
  '0 2 * *',
  '0 2 * * * *',
  '@daily',
  '60 2 * * *',
  '0 24 * * *',
  '0 2 32 * *',
  '0 2 0 * *',
  '0 2 * 13 *',
  '0 2 * * 8',
  '0 2 * * monday',
  '5/10 2 * * *',
  '*/0 2 * * *',
  '0 2 L * *',
  '0 2 ? * *',
  '0 2 * * 5#2',
  'TZ=UTC 0 2 * * *',
  '0  2 * * *',
  '0 2 * * *\n',
];

/** What is wrong, and all that the server says about it. */
const REFUSED: readonly (readonly [string, object, readonly string[]])[] = [
  ...refusedSchedules.map(
    (schedule) =>
      [
        `the schedule ${JSON.stringify(schedule)}`,
        scheduled(schedule),
        [`spec.changes.windows[0].schedule: Invalid value: ${JSON.stringify(schedule)}: ${SCHEDULE}`],
      ] as const,
  ),
  ...['59s', '169h', '4 h', '1d', '-1h'].map(
    (duration) =>
      [
        `the duration ${duration}`,
        windowsOf(aWindow({ duration })),
        [`spec.changes.windows[0].duration: Invalid value: "${duration}": ${DURATION}`],
      ] as const,
  ),
  ...['+02:00', 'Europe/Berlin; x', '/etc/localtime'].map(
    (timeZone) =>
      [
        `the time zone ${timeZone}`,
        windowsOf(aWindow({ timeZone })),
        [`spec.changes.windows[0].timeZone: Invalid value: "${timeZone}": ${ZONE}`],
      ] as const,
  ),
  ...['721h', '1d', '-1s', ''].map(
    (minimumInterval) =>
      [
        `the interval "${minimumInterval}"`,
        { minimumInterval },
        [
          `spec.changes.minimumInterval: Invalid value: "${minimumInterval}": \`minimumInterval\` must be a duration between 0s and 720h, such as 24h`,
        ],
      ] as const,
  ),
  [
    'no change a day',
    { maxPerDay: 0 },
    ['spec.changes.maxPerDay: Invalid value: 0: spec.changes.maxPerDay in body should be greater than or equal to 1'],
  ],
  [
    'more changes a day than are remembered',
    { maxPerDay: 11 },
    ['spec.changes.maxPerDay: Invalid value: 11: spec.changes.maxPerDay in body should be less than or equal to 10'],
  ],
  [
    'a gain without its sign',
    { minimumGain: '10' },
    [
      'spec.changes.minimumGain: Invalid value: "10": `minimumGain` must be a percentage between 0% and 100% with at most two decimals, such as 10%',
    ],
  ],
  [
    'words for direction and emergency that there are not',
    { allowed: 'None', emergency: 'Sometimes' },
    [
      'spec.changes.allowed: Unsupported value: "None": supported values: "Both", "IncreaseOnly", "DecreaseOnly"',
      'spec.changes.emergency: Unsupported value: "Sometimes": supported values: "Never", "WithinWindow", "Always"',
      RULES_NOT_CHECKED,
    ],
  ],
  [
    'a window of no length',
    windowsOf({ schedule: '0 2 * * *' }),
    ['spec.changes.windows[0].duration: Required value', RULES_NOT_CHECKED],
  ],
  [
    'eleven windows',
    windowsOf(...Array.from({ length: 11 }, () => aWindow())),
    ['spec.changes.windows: Too many: 11: must have at most 10 items', RULES_NOT_CHECKED],
  ],
  [
    'a schedule longer than any needs to be',
    scheduled(`0 2 * * ${Array.from({ length: 60 }, () => 1).join(',')}`),
    ['spec.changes.windows[0].schedule: Too long: may not be more than 100 bytes', RULES_NOT_CHECKED],
  ],
];

type Refusal = {
  readonly details: { readonly causes: readonly { readonly field: string; readonly message: string }[] };
};

describeOnPlane('spec.changes', () => {
  let api: ApiClient;
  beforeAll(() => {
    api = apiAs();
  });
  afterAll(() => api.close());

  const tryToCreate = async (changes: object) =>
    await api.request('POST', `${CNI_TUNINGS}?dryRun=All&fieldValidation=Strict`, {
      body: {
        apiVersion: 'cnituning.dev/v1alpha1',
        kind: 'CniTuning',
        metadata: { name: 'tried' },
        spec: { changes },
      },
    });

  describe('is accepted with', () => {
    test.for(ACCEPTED)('%s', async ([, changes]) => {
      const answer = await tryToCreate(changes);
      expect(answer.status, answer.text).toBe(201);
      expect(answer.json<{ spec: { changes: unknown } }>().spec.changes).toMatchObject(changes);
    });

    test('no time zone, which is UTC', async () => {
      const { timeZone: _, ...window } = aWindow();
      const answer = await tryToCreate(windowsOf(window));
      expect(answer.json<{ spec: { changes: unknown } }>().spec.changes).toMatchObject(windowsOf(aWindow()));
    });
  });

  describe('is refused with', () => {
    test.for(REFUSED)('%s', async ([, changes, errors]) => {
      const answer = await tryToCreate(changes);
      expect(answer.status, answer.text).toBe(422);
      const { causes } = answer.json<Refusal>().details;
      expect(causes.map((cause) => `${cause.field}: ${cause.message}`).toSorted()).toEqual(errors.toSorted());
    });
  });
});
