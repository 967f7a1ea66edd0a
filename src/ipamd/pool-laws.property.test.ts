/** What must hold of any pool at any time: on whole nodes, with random settings, pods, restarts and failing calls. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TestNode } from '../../test/support/a-node.ts';
import { anyEnv, anyReplay } from '../../test/support/any-replay.ts';
import { replay } from './simulate.ts';
import { SubnetSpace } from './subnet-space.ts';
import { targetMode } from './warm-settings.ts';
import type { CniSettings } from './warm-settings.ts';

const SUBNET = { base: 0, size: 256 } as const;
const AWS_KEEPS = 5;

const step = fc.oneof(
  fc.record({ what: fc.constant('add' as const), count: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ what: fc.constant('delete' as const), pick: fc.nat(100) }),
  fc.record({ what: fc.constant('pass' as const), forMs: fc.integer({ min: 1, max: 90_000 }) }),
  fc.record({ what: fc.constant('restart' as const), env: anyEnv() }),
  fc.record({
    what: fc.constant('fail' as const),
    action: fc.constantFrom('AssignPrivateIpAddresses', 'CreateNetworkInterface', 'DetachNetworkInterface'),
    code: fc.constantFrom(undefined, 'RequestLimitExceeded', 'InsufficientCidrBlocks'),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(node: TestNode, pods: string[], at: Step): void {
  if (at.what === 'add') pods.push(...node.addPods(at.count));
  if (at.what === 'delete' && pods.length > 0) node.deletePod(pods.splice(at.pick % pods.length, 1)[0] ?? '');
  if (at.what === 'pass') node.pass(at.forMs);
  if (at.what === 'restart') node.restart(at.env);
  if (at.what === 'fail') {
    const { [at.action]: _, ...others } = node.failures;
    node.failures = at.code === undefined ? others : { ...others, [at.action]: at.code };
  }
}

/** Interfaces that exist, attached or not. */
function everyInterface(node: TestNode) {
  return Array.from({ length: 200 }, (_, number) =>
    node.instance.describe(`eni-${String(number).padStart(5, '0')}`),
  ).filter((eni) => eni !== undefined);
}

function expectLaws(node: TestNode): void {
  const interfaces = everyInterface(node);
  const taken = interfaces.flatMap((eni) => [
    eni.own,
    ...eni.addresses,
    ...eni.prefixes.flatMap((first) => Array.from({ length: 16 }, (_, offset) => first + offset)),
  ]);
  // Conserved: every address of the subnet is free, AWS's, or on one interface.
  expect(new Set(taken).size).toBe(taken.length);
  expect(node.subnet.freeAddresses + taken.length).toBe(SUBNET.size - AWS_KEEPS);
  expect(node.instance.heldAddresses).toBe(taken.length);
  // Limits: interfaces, and slots on each.
  expect(node.enis).toBeLessThanOrEqual(node.shape.maxENIs);
  for (const { addresses, prefixes } of interfaces) {
    expect(1 + addresses.length + prefixes.length).toBeLessThanOrEqual(node.shape.ipv4PerENI);
  }
  // Pods: one address each, no two the same, and no more of them than the pool has.
  const placed = node.agent.snapshot();
  expect(new Set(placed.map(({ address }) => address)).size).toBe(placed.length);
  const { total, assigned, cooling, available } = node.stats;
  expect(available).toBe(total - assigned);
  expect(assigned).toBeLessThanOrEqual(Math.min(total, placed.length));
  expect(cooling).toBeLessThanOrEqual(available);
  if (node.agent.phase === 'run') for (const { address } of placed) expect(taken).toContain(address);
}

it('addresses are conserved and limits never exceeded, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('t3.medium', 'm5.large', 'm5.xlarge'),
      anyEnv(),
      fc.array(step, { maxLength: 30 }),
      fc.nat(),
      (instanceType, env, steps, seed) => {
        const node = new TestNode({ instanceType, env, maxPods: 110, seed, subnet: new SubnetSpace(SUBNET) });
        const pods: string[] = [];
        for (const at of steps) {
          play(node, pods, at);
          expectLaws(node);
        }
      },
    ),
    { numRuns: 150, seed: 20261129 },
  );
});

/** Known to go on for ever: no spare wanted, and all addresses in use; then an interface comes and goes again. */
function flaps(settings: CniSettings): boolean {
  const mode = targetMode(settings, true);
  return (mode === 'eni' && settings.warmENI === 0) || (mode === 'prefix' && settings.warmPrefix === 0);
}

it('steady demand settles, and then no EC2 call is made', () => {
  fc.assert(
    fc.property(anyReplay(), (options) => {
      fc.pre(!flaps(options.settings));
      const lastEventMs = options.life.events.at(-3) ?? 0;
      // Freeing takes a minute for age and seven seconds an interface; trimming half a minute.
      const settledMs = lastEventMs + 900_000;
      const life = { ...options.life, untilMs: settledMs + 3_600_000 };
      const { calls = [] } = replay({ ...options, life, recordCalls: true });
      expect(calls.filter(({ atMs }) => atMs > settledMs)).toEqual([]);
    }),
    { numRuns: 200, seed: 20261130 },
  );
});

it('the pool without a warm ENI adds and frees one for ever, about every 67 seconds', () => {
  const node = new TestNode({ instanceType: 'm5.large', env: { WARM_ENI_TARGET: '0' } });
  node.pass(1000);
  node.addPods(9);
  node.pass(3_600_000);
  const created = node.calls.filter(({ action }) => action === 'CreateNetworkInterface').length;
  expect(created).toBeGreaterThanOrEqual(53);
  expect(created).toBeLessThanOrEqual(55);
});
