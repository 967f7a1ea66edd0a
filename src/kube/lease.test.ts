/** The campaign against a client that only remembers what it was asked; the real API server is in test/integration. */
import { describe, expect, it } from 'vitest';
import type { KubeClient, RequestOptions } from './client.ts';
import { campaign } from './lease.ts';
import { PortError } from '../reconcile/ports.ts';

type Written = { readonly holderIdentity: string };

function aCampaign() {
  const written: Written[] = [];
  const request = async (method: string, _path: string, options: RequestOptions = {}): Promise<unknown> => {
    if (method === 'GET') throw new PortError('NotFound', 'There is no lease yet.');
    const { spec } = options.body as { readonly spec: Written };
    written.push(spec);
    return { metadata: { uid: 'uid', resourceVersion: String(written.length) }, spec };
  };
  const client = { request, stream: request, fenceWrites: () => {}, close: async () => {} } as unknown as KubeClient;
  let gained = (): void => {};
  const leads = new Promise<void>((resolve) => {
    gained = resolve;
  });
  const times = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };
  const names = { namespace: 'cni-tuner', name: 'cni-tuner', identity: 'me' };
  const leadership = campaign(client, () => {}, { ...names, ...times, onGained: () => gained(), onLost: () => {} });
  return { leadership, leads, written };
}

describe('a leader that stops', () => {
  it.each([
    ['gives the lease back when all its writes have ended', false, ''],
    ['lets it run out while a write may still be on its way', true, 'me'],
  ])('%s', async (_, isWriting, holder) => {
    const { leadership, leads, written } = aCampaign();
    await leads;
    await leadership.stop({ isWriting });
    expect(written.at(-1)?.holderIdentity).toBe(holder);
    expect(leadership.isLeader()).toBe(false);
  });
});
