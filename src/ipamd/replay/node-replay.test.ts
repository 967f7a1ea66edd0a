import { describe, expect, it } from 'vitest';
import { limitsOf } from '../instance-limits.ts';
import { DEFAULT_LATENCIES } from '../simulate.ts';
import { SubnetSpace } from '../subnet-space.ts';
import { fromEnv } from '../warm-settings.ts';
import { NodeReplay } from './node-replay.ts';

const HOUR_MS = 3_600_000;

/** A node that wants 20 addresses where 15 are left; somebody gives ten more back after half an hour. */
function shortOfAddresses(stepping: boolean, discovery: string) {
  const limits = limitsOf('c5.4xlarge');
  if (limits === undefined) throw new Error('c5.4xlarge is in the table');
  const space = new SubnetSpace({ base: 0, size: 32 });
  const others = space.takeAddresses(11) ?? [];
  const env = { ENABLE_IPv4: 'true', MINIMUM_IP_TARGET: '20', ENABLE_SUBNET_DISCOVERY: discovery, MAX_ENI: '1' };
  const life = { readyAtMs: 0, fromMs: 0, untilMs: HOUR_MS, startingPods: [], events: new Float64Array() };
  const node = new NodeReplay(
    {
      shape: { ...limits, maxPods: 234 },
      settings: fromEnv(env).settings,
      life,
      seed: 1,
      latencies: DEFAULT_LATENCIES,
      retryMs: 10_000,
      leadMs: 3000,
      metadataLagMs: 1000,
      stepping,
      recordCalls: true,
    },
    [{ id: 'subnet-0', space, tags: {} }],
  );
  let isGiven = false;
  for (let nextMs = node.nextMs(); nextMs < HOUR_MS; nextMs = node.nextMs()) {
    if (!isGiven && nextMs > HOUR_MS / 2) for (const address of others) space.giveAddress(address);
    isGiven ||= nextMs > HOUR_MS / 2;
    node.step(nextMs);
  }
  return { calls: node.result().calls ?? [], free: space.freeAddresses };
}

describe.each(['true', 'false'])('a replay in a subnet that is short of addresses, discovery %s', (discovery) => {
  it('jumps over the back-off with the result of stepping through it', () => {
    const jumped = shortOfAddresses(false, discovery);
    expect(jumped.calls).toEqual(shortOfAddresses(true, discovery).calls);
    expect(jumped.free).toBe(27 - 21);
  });
});

it('without discovery tries again every 125 seconds, as long as the shortage lasts', () => {
  const { calls } = shortOfAddresses(false, 'false');
  const assigns = calls.filter(({ action, atMs }) => action === 'AssignPrivateIpAddresses' && atMs < HOUR_MS / 2);
  // Each time 20 or what is missing, then one: fifteen times one is left, and fourteen times none in the half hour.
  expect(assigns).toHaveLength(2 * (15 + 14));
});
