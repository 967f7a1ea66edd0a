import { beforeEach, describe, expect, it } from 'vitest';
import type { TuningEvent } from '../reconcile/ports.ts';
import type { KubeClient, Method, RequestOptions } from './client.ts';
import { Events } from './events.ts';

type Sent = { readonly method: Method; readonly path: string; readonly body: unknown };

const MINUTE_MS = 60_000;

let nowMs: number;
let sent: Sent[];
let fails: boolean;
let events: Events;

const client: KubeClient = {
  request: async <T>(method: Method, path: string, options: RequestOptions = {}) => {
    if (fails) throw new Error('down');
    sent.push({ method, path, body: options.body });
    return {} as T;
  },
  stream: () => Promise.reject(new Error('not used')),
  fenceWrites: () => {},
  close: () => Promise.resolve(),
};

const anEvent = (note: string, more: Partial<TuningEvent> = {}): TuningEvent => ({
  regarding: { kind: 'CniTuning', name: 'default', uid: 'u' },
  type: 'Normal',
  reason: 'Tuned',
  action: 'Tuning',
  note,
  ...more,
});
const methods = (): readonly Method[] => sent.map(({ method }) => method);

beforeEach(() => {
  nowMs = 1_000_000_000_000;
  sent = [];
  fails = false;
  events = new Events({ client, log: () => {}, identity: 'i', clock: () => nowMs });
});

describe('Events', () => {
  it('puts events about a CniTuning into default and those about a DaemonSet beside it', async () => {
    events.emit(anEvent('a'));
    events.emit(
      anEvent('a', { regarding: { kind: 'DaemonSet', namespace: 'kube-system', name: 'aws-node', uid: 'd' } }),
    );
    await events.flush();
    expect(sent.map(({ path }) => path)).toEqual([
      '/apis/events.k8s.io/v1/namespaces/default/events',
      '/apis/events.k8s.io/v1/namespaces/kube-system/events',
    ]);
  });

  it('sends nothing before emit has returned', () => {
    events.emit(anEvent('a'));
    expect(sent).toEqual([]);
  });

  it('starts again where the first event could not be written', async () => {
    fails = true;
    events.emit(anEvent('a'));
    await events.flush();
    fails = false;
    events.emit(anEvent('a'));
    await events.flush();
    expect(methods()).toEqual(['POST']);
  });

  it('makes a new event of one that was not seen for half an hour', async () => {
    events.emit(anEvent('a'));
    await events.flush();
    nowMs += 29 * MINUTE_MS;
    events.emit(anEvent('a'));
    await events.flush();
    nowMs += 31 * MINUTE_MS;
    events.emit(anEvent('a'));
    await events.flush();
    expect(methods()).toEqual(['POST', 'PATCH', 'POST']);
  });

  it('allows a burst for each object and then one event a minute', async () => {
    for (let index = 0; index < 30; index += 1) events.emit(anEvent(`note ${index}`));
    await events.flush();
    expect(sent).toHaveLength(20);
    nowMs += MINUTE_MS;
    for (let index = 30; index < 40; index += 1) events.emit(anEvent(`note ${index}`));
    events.emit(anEvent('of another', { regarding: { kind: 'CniTuning', name: 'b', uid: 'other' } }));
    await events.flush();
    expect(sent).toHaveLength(22);
  });

  it('drops what does not fit the queue, and writes it when it comes again', async () => {
    const about = (index: number): TuningEvent =>
      anEvent('a', { regarding: { kind: 'CniTuning', name: `n${index}`, uid: `u${index}` } });
    for (let index = 0; index < 200; index += 1) events.emit(about(index));
    await events.flush();
    expect(sent.length).toBeLessThanOrEqual(64);
    sent = [];
    events.emit(about(199));
    await events.flush();
    expect(methods()).toEqual(['POST']);
  });

  it('gives an event a name that is allowed, however long that of its object is', async () => {
    events.emit(anEvent('a', { regarding: { kind: 'CniTuning', name: 'x'.repeat(253), uid: 'u' } }));
    await events.flush();
    expect(sent).toMatchObject([{ body: { metadata: { name: expect.stringMatching(/^x+\.[0-9a-f]+$/) } } }]);
    expect(sent).toMatchObject([{ body: { metadata: { name: expect.stringMatching(/^.{1,253}$/) } } }]);
  });
});
