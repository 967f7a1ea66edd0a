import { describe, expect, it } from 'vitest';
import { beforeAfterLines } from './before-after.ts';
import type { Reading } from './reading.ts';

const aReading = (over: Partial<Reading>): Reading => ({
  atMs: 0,
  warmENI: '1',
  runningPods: 100,
  heldAddresses: 300,
  idleAddresses: 190,
  interfaces: 20,
  subnets: [{ id: 'subnet-1', zone: 'us-east-1a', sizeAddresses: 507, freeAddresses: 20 }],
  podStarts: 0,
  podsDelayed: 0,
  ec2Calls: 0,
  mutatingEc2Calls: 0,
  ...over,
});

describe('beforeAfterLines', () => {
  it('counts pods and calls within each phase, and compares the ends', () => {
    const start = aReading({});
    const middle = aReading({ atMs: 120_000, podStarts: 50, podsDelayed: 2, ec2Calls: 30 });
    const rolledOut = aReading({ atMs: 180_000, podStarts: 60, podsDelayed: 3, ec2Calls: 200 });
    const end = aReading({
      atMs: 240_000,
      warmENI: '0',
      heldAddresses: 150,
      idleAddresses: 40,
      interfaces: 10,
      subnets: [{ id: 'subnet-1', zone: 'us-east-1a', sizeAddresses: 507, freeAddresses: 170 }],
      podStarts: 100,
      podsDelayed: 3,
      ec2Calls: 210,
    });
    expect(beforeAfterLines({ from: start, to: middle }, { from: rolledOut, to: end })).toEqual([
      '                                           before         after  difference',
      '─────────────────────────────────────  ──────────  ────────────  ──────────',
      'WARM_ENI_TARGET                                 1             0',
      'Pods running                                  100           100           0',
      'Network interfaces attached                    20            10         −10',
      'Addresses held by the nodes                   300           150        −150',
      '  of these idle                               190            40        −150',
      'Free in the subnet of zone 1a, of 507  20 (3.9 %)  170 (33.5 %)        +150',
      'Pods that waited for an address           2 of 50       0 of 40',
      'EC2 calls of the CNI, per minute             15.0          10.0',
    ]);
  });
});
