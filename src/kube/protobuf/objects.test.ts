import { describe, expect, it } from 'vitest';
import { aMessage, anEvent, enveloped } from '../../../test/support/protobuf.ts';
import { statusOfBody, watchEventOf } from './envelope.ts';
import { MalformedProtobuf } from './fields.ts';
import { nodeOf, podOf } from './objects.ts';

const SCHEDULED_S = 1_764_201_600;
const at = (seconds: number): Buffer => aMessage([1, seconds], [2, 0]);

describe('a watch event in protobuf', () => {
  it('gives of a pod what JSON would give, and skips the rest', () => {
    const meta = aMessage(
      [1, 'web-1'],
      [2, 'web-'],
      [3, 'shop'],
      [5, 'uid-1'],
      [6, '77'],
      [7, 3],
      [8, at(SCHEDULED_S)],
      [11, aMessage([1, 'app'], [2, 'wéb'])],
      [11, aMessage([1, 'empty'], [2, ''])],
      [12, aMessage([1, 'note'], [2, 'not read'])],
      [13, aMessage([1, 'DaemonSet'], [3, 'aws-node'], [4, 'uid-2'], [5, 'apps/v1'], [6, true], [7, true])],
      [17, aMessage([1, 'kubelet'])],
    );
    const container = aMessage([1, 'main'], [2, 'image']);
    const spec = aMessage(
      [2, container],
      [3, 'Always'],
      [4, 30],
      [10, 'node-a'],
      [11, true],
      [19, 'default-scheduler'],
    );
    const condition = aMessage([1, 'PodScheduled'], [2, 'True'], [3, Buffer.alloc(0)], [4, at(SCHEDULED_S)], [7, 1]);
    const status = aMessage([1, 'Running'], [2, condition], [6, '10.0.0.1'], [17, 5]);
    expect(watchEventOf(anEvent('ADDED', aMessage([1, meta], [2, spec], [3, status])), podOf)).toEqual({
      type: 'ADDED',
      object: {
        metadata: {
          name: 'web-1',
          namespace: 'shop',
          uid: 'uid-1',
          resourceVersion: '77',
          creationTimestamp: '2025-11-27T00:00:00Z',
          labels: { app: 'wéb', empty: '' },
          ownerReferences: [{ kind: 'DaemonSet', name: 'aws-node', uid: 'uid-2', controller: true }],
        },
        spec: { nodeName: 'node-a', hostNetwork: true, schedulerName: 'default-scheduler' },
        status: {
          phase: 'Running',
          conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2025-11-27T00:00:00Z' }],
        },
      },
    });
  });

  it('leaves out of a pod what is empty, as JSON does', () => {
    const pod = aMessage(
      [1, aMessage([1, 'p'], [3, ''], [9, Buffer.alloc(0)])],
      [2, aMessage([10, ''], [11, false])],
      [3, aMessage([1, ''])],
    );
    expect(watchEventOf(anEvent('ADDED', pod), podOf).object).toEqual({
      metadata: { name: 'p' },
      spec: {},
      status: {},
    });
  });

  it('gives of a node its capacity and conditions', () => {
    const quantity = (key: string, text: string): Buffer => aMessage([1, key], [2, aMessage([1, text])]);
    const spec = aMessage([1, '10.0.0.0/24'], [3, 'aws:///us-east-1a/i-0abc'], [4, true]);
    const status = aMessage(
      [1, quantity('cpu', '4')],
      [1, quantity('pods', '58')],
      [2, quantity('pods', '57')],
      [4, aMessage([1, 'Ready'], [2, 'True'], [3, at(1)], [4, at(0)])],
    );
    expect(
      watchEventOf(anEvent('MODIFIED', aMessage([1, aMessage([1, 'n'])], [2, spec], [3, status])), nodeOf),
    ).toEqual({
      type: 'MODIFIED',
      object: {
        metadata: { name: 'n' },
        spec: { providerID: 'aws:///us-east-1a/i-0abc', unschedulable: true },
        status: {
          capacity: { cpu: '4', pods: '58' },
          conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '1970-01-01T00:00:00Z' }],
        },
      },
    });
  });

  it('gives the version and the annotations of a bookmark', () => {
    const meta = aMessage([6, '99'], [12, aMessage([1, 'k8s.io/initial-events-end'], [2, 'true'])]);
    expect(watchEventOf(anEvent('BOOKMARK', aMessage([1, meta])), podOf).object).toEqual({
      metadata: { resourceVersion: '99', annotations: { 'k8s.io/initial-events-end': 'true' } },
    });
  });

  it('gives a refusal with its reason, code and pause', () => {
    const status = aMessage(
      [2, 'Failure'],
      [3, 'too old resource version'],
      [4, 'Expired'],
      [5, aMessage([5, 2])],
      [6, 410],
    );
    const expected = { kind: 'Status', message: 'too old resource version', reason: 'Expired', code: 410 };
    const details = { retryAfterSeconds: 2 };
    expect(watchEventOf(anEvent('ERROR', status), podOf).object).toEqual({ ...expected, details });
    expect(statusOfBody(enveloped(status))).toEqual({ ...expected, details });
  });

  it.each([
    { name: 'an object without its envelope', frame: aMessage([1, 'ADDED'], [2, aMessage([1, '{"kind":"Pod"}'])]) },
    { name: 'no object', frame: aMessage([1, 'ADDED']) },
    { name: 'a field longer than its message', frame: Buffer.from([0x12, 0x7f, 0x00]) },
    { name: 'a group, which nobody writes any more', frame: Buffer.from([0x0b, 0x0c]) },
    { name: 'a number without an end', frame: Buffer.alloc(40, 0xff) },
  ])('refuses $name', ({ frame }) => {
    expect(() => watchEventOf(frame, podOf)).toThrow(MalformedProtobuf);
  });

  it('skips fields of fixed length, and reads a time before 1970', () => {
    const fixed = Buffer.from([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4]);
    const meta = aMessage([1, 'old'], [8, at(-1)]);
    const pod = Buffer.concat([Buffer.from([0x21]), Buffer.alloc(8), aMessage([1, Buffer.concat([fixed, meta])])]);
    expect(() => watchEventOf(anEvent('ADDED', pod), podOf)).not.toThrow();
    expect(watchEventOf(anEvent('ADDED', aMessage([1, meta])), podOf).object.metadata).toEqual({
      name: 'old',
      creationTimestamp: '1969-12-31T23:59:59Z',
    });
  });
});
