import { describe, expect, it } from 'vitest';
import { offeredPatch, wordsOf } from './cni-tuning.ts';

const MESSAGE =
  'WARM_ENI_TARGET is owned by eks (Apply). To allow it: `kubectl patch cnit aws-node --type=merge -p ' +
  `'{"spec":{"ownership":{"takeOverFrom":["eks"]}}}'\`. The add-on will not get it back.`;

describe('offeredPatch', () => {
  it('finds the command in a message and takes it apart as a shell would', () => {
    const command = offeredPatch(MESSAGE) ?? '';
    expect(wordsOf(command)).toEqual([
      'kubectl',
      'patch',
      'cnit',
      'aws-node',
      '--type=merge',
      '-p',
      '{"spec":{"ownership":{"takeOverFrom":["eks"]}}}',
    ]);
    expect(wordsOf(`kubectl patch cnit a -p='{"a": 1}'`)).toEqual(['kubectl', 'patch', 'cnit', 'a', '-p={"a": 1}']);
  });

  it('finds none where none is offered', () => {
    expect(offeredPatch('Holding: a rollout is running.')).toBeUndefined();
  });
});
