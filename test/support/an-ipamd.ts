/** One ipamd process at rest, with a pool as a test wants it, and its steps driven by answers that the test gives. */
import type { DescribedENI, EC2Call, EC2Response } from '../../src/ipamd/ec2-calls.ts';
import { limitsOf } from '../../src/ipamd/instance-limits.ts';
import { seededChoices } from '../../src/ipamd/pool/choices.ts';
import { addENI, addIPv4CidrToStore, setENIExcludedForPodIPs } from '../../src/ipamd/pool/datastore.ts';
import type { DataStore, ENI } from '../../src/ipamd/pool/datastore.ts';
import { addNetwork } from '../../src/ipamd/pool/pod-network.ts';
import { newIpamd } from '../../src/ipamd/pool/process.ts';
import type { Ipamd } from '../../src/ipamd/pool/process.ts';
import type { Steps } from '../../src/ipamd/pool/steps.ts';
import { seededRandom } from '../../src/ipamd/random.ts';
import { fromEnv } from '../../src/ipamd/warm-settings.ts';

export type ENIWanted = {
  readonly id: string;
  readonly addresses?: number;
  readonly prefixes?: number;
  readonly isPrimary?: boolean;
  readonly isTrunk?: boolean;
  readonly isEFA?: boolean;
  readonly isExcluded?: boolean;
  readonly networkCard?: number;
  readonly createTimeMs?: number;
};

export type IpamdWanted = {
  readonly env?: Readonly<Record<string, string>>;
  readonly instanceType?: string;
  readonly maxPods?: number;
  readonly enis?: readonly ENIWanted[];
  readonly pods?: number;
  readonly networkCards?: number;
  readonly unschedulable?: boolean;
  readonly podSubnet?: string;
};

/** Where the ENIs of a test were all made, so that none is too young at 0. */
const LONG_AGO_MS = -3_600_000;

const PRIMARY: DescribedENI = { eni: 'eni-1', device: 0, subnet: 'subnet-1', own: 1, addresses: [], prefixes: [] };

/** Running, at time 0. The default type has 14 slots on each of 4 ENIs, as most of upstream's tests have. */
export function anIpamd(wanted: IpamdWanted = {}): Ipamd {
  const limits = limitsOf(wanted.instanceType ?? 'm5.xlarge');
  if (limits === undefined) throw new Error(`${wanted.instanceType} is in the table`);
  const random = seededRandom(1);
  const ipamd = newIpamd({
    shape: { ...limits, maxPods: wanted.maxPods ?? 500 },
    settings: fromEnv({ ENABLE_IPv4: 'true', ...wanted.env }).settings,
    choices: seededChoices(random),
    metadata: () => [PRIMARY],
    nowMs: 0,
    random,
    ...(wanted.networkCards === undefined ? {} : { networkCards: wanted.networkCards }),
    ...(wanted.podSubnet === undefined ? {} : { podSubnet: wanted.podSubnet }),
    unschedulable: wanted.unschedulable ?? false,
  });
  ipamd.phase = 'run';
  for (const [device, eni] of (wanted.enis ?? []).entries()) putENI(ipamd, device, eni);
  for (let pod = 0; pod < (wanted.pods ?? 0); pod++) {
    if (addNetwork(ipamd, `pod-${pod}`) === undefined) throw new Error(`there is room for pod ${pod}`);
  }
  return ipamd;
}

function putENI(ipamd: Ipamd, device: number, eni: ENIWanted): void {
  const store = storeAt(ipamd, eni.networkCard ?? 0);
  addENI(store, {
    id: eni.id,
    createTimeMs: eni.createTimeMs ?? LONG_AGO_MS,
    isPrimary: eni.isPrimary ?? false,
    isTrunk: eni.isTrunk ?? false,
    isEFA: eni.isEFA ?? false,
    deviceNumber: device,
    subnet: 'subnet-1',
  });
  const base = (device + 1) * 4096;
  for (let index = 0; index < (eni.addresses ?? 0); index++) addIPv4CidrToStore(store, eni.id, base + index, false);
  for (let index = 0; index < (eni.prefixes ?? 0); index++) {
    addIPv4CidrToStore(store, eni.id, base + 1024 + 16 * index, true);
  }
  if (eni.isExcluded === true) setENIExcludedForPodIPs(store, eni.id);
}

export function storeAt(ipamd: Ipamd, networkCard = 0): DataStore {
  const store = ipamd.stores[networkCard];
  if (store === undefined) throw new Error(`card ${networkCard} is managed`);
  return store;
}

export function eniAt(ipamd: Ipamd, id: string): ENI {
  const eni = ipamd.stores.map((store) => store.eniPool.get(id)).find((found) => found !== undefined);
  if (eni === undefined) throw new Error(`${id} is in a store`);
  return eni;
}

export type Answers = (asked: EC2Call) => EC2Response;

/** An EC2 with room: assigns what is asked, creates ENIs that the metadata then shows. */
export function obligingAnswers(ipamd: Ipamd): Answers {
  let nextAddress = 1_048_576;
  let created = 0;
  const shown: DescribedENI[] = [PRIMARY];
  Object.assign(ipamd, { metadata: () => [...shown] });
  const give = (count: number): readonly number[] =>
    Array.from({ length: count }, () => {
      nextAddress += 16;
      return nextAddress;
    });
  return (asked) => {
    if (asked.action === 'AssignPrivateIpAddresses') return { ok: true, addresses: give(asked.count) };
    if (asked.action === 'DescribeSubnets') {
      return { ok: true, subnets: [{ subnet: 'subnet-1', availableAddresses: 1000, tags: {} }] };
    }
    if (asked.action === 'DescribeInstances') return { ok: true, devices: [0] };
    if (asked.action !== 'CreateNetworkInterface') return { ok: true };
    created++;
    const cidrs = give(asked.count);
    const eni: DescribedENI = {
      eni: `eni-new-${created}`,
      device: created,
      subnet: asked.subnet,
      own: nextAddress + 1,
      addresses: asked.kind === 'ip' ? cidrs : [],
      prefixes: asked.kind === 'prefix' ? cidrs : [],
    };
    shown.push(eni);
    return { ok: true, created: eni };
  };
}

/** The same, but the named calls fail. */
export function failing(answers: Answers, codes: Partial<Record<EC2Call['action'], string>>): Answers {
  return (asked) => {
    const code = codes[asked.action];
    return code === undefined ? answers(asked) : { ok: false, code };
  };
}

/** Runs the steps to their end; pauses pass in no time but on the process's clock. The calls made, in order. */
export function drive(ipamd: Ipamd, steps: Steps<unknown>, answers: Answers): readonly EC2Call[] {
  return played(ipamd, steps, answers).calls;
}

/** The same, with what the steps return and when each call was made. */
export function played<T>(
  ipamd: Ipamd,
  steps: Steps<T>,
  answers: Answers,
): { readonly calls: readonly EC2Call[]; readonly atMs: readonly number[]; readonly result: T } {
  const calls: EC2Call[] = [];
  const atMs: number[] = [];
  let answer: EC2Response | undefined;
  for (;;) {
    const step = steps.next(answer);
    answer = undefined;
    if (step.done === true) return { calls, atMs, result: step.value };
    if (step.value.kind === 'pause') ipamd.nowMs += step.value.ms;
    if (step.value.kind !== 'call') continue;
    const { id: _id, ...asked } = step.value.request;
    calls.push(asked);
    atMs.push(ipamd.nowMs);
    answer = answers(asked);
  }
}

/** `AssignPrivateIpAddresses eni-1 14 ip`: a call in a line, tags and devices left out. */
export function told(call: EC2Call): string {
  if (call.action === 'AssignPrivateIpAddresses') return `Assign ${call.eni} ${call.count} ${call.kind}`;
  if (call.action === 'UnassignPrivateIpAddresses') return `Unassign ${call.eni} ${call.addresses.length} ${call.kind}`;
  if (call.action === 'CreateNetworkInterface') return `Create ${call.subnet} ${call.count} ${call.kind}`;
  if (call.action === 'DescribeNetworkInterfaces') return `${call.action} ${call.enis.join(' ')}`;
  return 'eni' in call ? `${call.action} ${call.eni}` : call.action;
}
