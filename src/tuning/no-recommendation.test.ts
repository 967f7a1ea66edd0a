/** When the recommender gives a reason instead of a number. */
import { describe, expect, it } from 'vitest';
import { sumsOf, asked, askedWithShare, evaluationOfOtherBounds } from '../../test/support/asked-recommendation.ts';
import { anEnvEntry, aSpec, HOUR_MS, MONDAY_MS } from '../../test/support/builders.ts';

describe('there is no number', () => {
  const did = [{ idle: 5 }, { idle: 15 }, { idle: 25 }, { idle: 35 }];

  it('while less was watched than asked for, and it says until when', () => {
    expect(asked({ did, watchedMs: 2 * HOUR_MS })).toMatchObject({
      reason: 'CollectingHistory',
      message: 'Collecting history until 2026-03-02T04:00:00Z: spec.history.minimum asks for 6h.',
      recheckAtMs: MONDAY_MS + 4 * HOUR_MS,
    });
  });

  it('when IP targets override every setting that is ours', () => {
    const env = [
      anEnvEntry('ENABLE_IPv4', 'true'),
      anEnvEntry('WARM_ENI_TARGET', '1'),
      anEnvEntry('WARM_IP_TARGET', '5'),
    ];
    expect(asked({ did, env })).toMatchObject({
      reason: 'SettingsIneffective',
      message:
        'None of spec.settings counts: WARM_ENI_TARGET would be written, but WARM_IP_TARGET=5 and MINIMUM_IP_TARGET=0 ' +
        'override it.',
    });
  });

  it('when the only setting that is ours belongs to the other mode', () => {
    const found = asked({ did, spec: { settings: { warmPrefix: { min: 1, max: 4 } } } });
    expect(found).toMatchObject({
      reason: 'SettingsIneffective',
      message:
        'None of spec.settings counts: WARM_PREFIX_TARGET would be written, but with prefix delegation off the CNI does not read it.',
    });
  });

  it('while the last evaluation answers another question', () => {
    const changed = { request: { ...evaluationOfOtherBounds(), shapes: {}, requestedAtMs: MONDAY_MS } };
    expect(asked({ did, evaluated: changed })).toMatchObject({ reason: 'Evaluating' });
  });

  it('while one that was dropped may be right again: the better one no longer keeps the subnet reserve', () => {
    const byTwo = {
      values: { warmENI: 3 },
      by: { warmENI: 2 },
      because: 'cost',
      soFar: sumsOf(3, { idle: 35 }),
    } as const;
    const evaluated = { dropped: [byTwo] };
    expect(asked({ did, evaluated })).toMatchObject({ kind: 'Advice' });
    expect(asked({ did, evaluated, subnet: { freeAddresses: 150 } })).toMatchObject({ reason: 'Evaluating' });
    const stricter = { objectives: { ...aSpec().objectives, delayedPodsShare: 0.0001 } };
    expect(asked({ did, evaluated: { ...evaluated, ...askedWithShare(0.001) }, spec: stricter })).toMatchObject({
      reason: 'Evaluating',
    });
  });

  it('when no node could be watched', () => {
    expect(asked({ did, evaluated: { counting: [] } })).toMatchObject({ reason: 'CollectingHistory' });
  });
});
