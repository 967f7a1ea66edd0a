import { describe, expect, it } from 'vitest';
import { nodeArguments } from './images.ts';
import { bytesOf, type Container, fieldOf, type Pod, portOf } from './pod-spec.ts';
import { type ContainerState, statusOf } from './pod-status.ts';
import { realAddress, shownAddress } from './runner-node.ts';

const CONTAINER: Container = { name: 'operator', image: 'a:1', ports: [{ name: 'health', containerPort: 8081 }] };
const POD: Pod = {
  metadata: { name: 'a', namespace: 'b', uid: 'c' },
  spec: { nodeName: 'n', serviceAccountName: 's', containers: [CONTAINER] },
};
const IMAGE = {
  at: '/app',
  folder: '/here',
  entrypoint: ['/nodejs/bin/node', '/app/cni-tuner.mjs'],
  command: ['run'],
  env: {},
};

describe('what a container starts', () => {
  it.each([
    ['the command of the image', {}, ['/here/cni-tuner.mjs', 'run']],
    ['the arguments of the pod instead of it', { args: ['run', '--x'] }, ['/here/cni-tuner.mjs', 'run', '--x']],
    ['the command of the pod instead of both', { command: ['/nodejs/bin/node', '-e', '1'] }, ['-e', '1']],
  ])('is %s', (_, own, argv) => {
    expect(nodeArguments({ ...CONTAINER, ...own }, IMAGE)).toEqual(argv);
  });

  it('cannot be a program that the image does not have', () => {
    expect(() => nodeArguments({ ...CONTAINER, command: ['/bin/sh', '-c', 'id'] }, IMAGE)).toThrow(
      'The image has no program /bin/sh.',
    );
  });
});

describe('what a pod says', () => {
  it('is read by name where it is a port or a field, and refused where it is unknown', () => {
    expect(portOf(CONTAINER, 'health')).toBe(8081);
    expect(() => portOf(CONTAINER, 'web')).toThrow('The container operator has no port "web".');
    expect(fieldOf(POD, 'status.podIP', '100.64.0.2')).toBe('100.64.0.2');
    expect(() => fieldOf(POD, 'metadata.labels', '')).toThrow('The pod runner knows no field metadata.labels.');
  });

  it.each([
    ['512Mi', 512 * 2 ** 20],
    ['1Gi', 2 ** 30],
    ['100', 100],
    [undefined, undefined],
  ])('limits memory by %s', (quantity, bytes) => {
    expect(bytesOf(quantity)).toBe(bytes);
  });
});

describe('the status of a pod', () => {
  const now = '2026-01-01T00:00:00Z';
  const waiting: ContainerState = { kind: 'Waiting', reason: 'ContainerCreating', message: '' };
  const crashed: ContainerState = { kind: 'Waiting', reason: 'CrashLoopBackOff', message: '' };
  const running: ContainerState = { kind: 'Running', startedAt: now };
  const ended = (exitCode: number): ContainerState => ({ kind: 'Terminated', exitCode, reason: '', finishedAt: now });

  it.each([
    ['Pending before its first start', { state: waiting, restarts: 0, restartsAlways: true }, 'Pending'],
    ['Running while it runs', { state: running, restarts: 0, restartsAlways: false }, 'Running'],
    ['Running between two starts', { state: crashed, restarts: 1, restartsAlways: true }, 'Running'],
    ['Succeeded when it ended well for good', { state: ended(0), restarts: 0, restartsAlways: false }, 'Succeeded'],
    ['Failed when it ended badly for good', { state: ended(1), restarts: 0, restartsAlways: false }, 'Failed'],
  ])('is %s', (_, how, phase) => {
    const report = { container: CONTAINER, address: '127.64.0.2', startTime: now, last: undefined, readySince: now };
    expect(statusOf({ ...report, ...how, ready: false })).toMatchObject({ phase, podIP: '100.64.0.2' });
  });

  it('shows an address that a Service accepts, and leads back from it', () => {
    expect(realAddress(shownAddress('127.64.0.9'))).toBe('127.64.0.9');
  });
});
