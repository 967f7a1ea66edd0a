/** The flags of `capacity` and what they ask. */
import type { SubnetReserve } from '../api/tuning-spec.ts';
import { limitsOf, maxPodsOf } from '../ipamd/instance-limits.ts';
import type { NodeShape } from '../ipamd/instance-limits.ts';
import type { CniSettings } from '../ipamd/warm-settings.ts';
import { fromEnv, MANIFEST_ENV, toEnv } from '../ipamd/warm-settings.ts';
import { envOf } from '../tuning/live-settings.ts';
import { wholeNumber } from './arguments.ts';
import type { ClusterState } from './cluster-state.ts';
import type { Flag, Given } from './command.ts';
import { WrongInput } from './command.ts';
import { fileState } from './state-input.ts';
import type { Room } from '../tuning/forecast/subnet-fit.ts';

export type AskedSubnet = { readonly name: string } & Pick<Room, 'prefixLength' | 'free'>;

export type Question = {
  readonly shape: NodeShape;
  readonly settings: CniSettings;
  readonly nodes: number;
  readonly podsPerNode: number;
  /** One per zone. */
  readonly subnets: readonly AskedSubnet[];
  readonly vpcPrefixLength: number;
  readonly reserve: SubnetReserve;
  /** Types to look at when the asked one is not to be had. */
  readonly instead: readonly string[];
};

const target = (name: string, variable: string): Flag => ({
  name,
  shape: 'N',
  fallback: '',
  about: `${variable}; without it what aws-node ships with, or has in the snapshot.`,
});

export const CAPACITY_FLAGS: readonly Flag[] = [
  {
    name: 'snapshot',
    shape: 'FILE',
    fallback: '',
    about:
      'Ask for more nodes of the cluster of this file (`cni-tuner snapshot`): its subnets as they are filled now, its settings, its most common type.',
  },
  {
    name: 'instance-type',
    shape: 'TYPE',
    fallback: '',
    about: 'Type of the nodes; without it m5.large, or the most common one of the snapshot.',
  },
  { name: 'nodes', shape: 'N', fallback: '100', about: 'How many nodes.' },
  {
    name: 'pods',
    shape: 'N',
    fallback: '10',
    about: 'Pods on each node that need an address; host-network pods do not.',
  },
  {
    name: 'subnets',
    shape: 'CIDRS',
    fallback: '',
    about:
      'Sizes (or ranges) of the subnets, separated by commas; nodes are spread evenly over them. Without it /22,/22,/22, or the subnets of the snapshot.',
  },
  { name: 'vpc', shape: 'CIDR', fallback: '/16', about: 'Size of the VPC, for how many such clusters fit into it.' },
  { name: 'reserve', shape: 'PERCENT', fallback: '10%', about: 'Share of each subnet to keep free.' },
  {
    name: 'mode',
    shape: 'MODE',
    fallback: '',
    about: 'Whether nodes take single addresses or /28 prefixes; without it single ones, or as in the snapshot.',
    choices: ['secondary-ip', 'prefix'],
  },
  target('warm-eni', 'WARM_ENI_TARGET'),
  target('warm-prefix', 'WARM_PREFIX_TARGET'),
  target('warm-ip', 'WARM_IP_TARGET'),
  target('minimum-ip', 'MINIMUM_IP_TARGET'),
  {
    name: 'max-pods',
    shape: 'N',
    fallback: '',
    about: "max-pods of the nodes; without it the CNI's standard for the type, or 110 with prefixes.",
  },
  {
    name: 'instead',
    shape: 'TYPES',
    fallback: '',
    about: 'Types to take when the asked one is not to be had; without it the sizes next to it.',
  },
];

/** Throws WrongInput. */
export async function questionOf(given: Given): Promise<Question> {
  const path = given.text('snapshot');
  const snapshot = path === '' ? undefined : (await fileState(path)).daemonSets[0]?.snapshot;
  const settings = settingsOf(given, snapshot);
  const instanceType = given.text('instance-type') || mostCommonType(snapshot);
  const maxPods = given.text('max-pods') === '' ? undefined : wholeNumber(given, 'max-pods', 1, 1_000);
  const shape = shapeOf(instanceType, settings, maxPods);
  const instead = given.text('instead');
  return {
    shape,
    settings,
    nodes: wholeNumber(given, 'nodes', 1, 100_000),
    podsPerNode: wholeNumber(given, 'pods', 0, 1_000),
    subnets: subnetsOf(given, snapshot),
    vpcPrefixLength: prefixLengthOf(given.text('vpc'), 'vpc'),
    reserve: { kind: 'Share', share: shareOf(given.text('reserve')) },
    instead: instead === '' ? neighboursOf(instanceType) : instead.split(',').map((type) => type.trim()),
  };
}

type Observed = ClusterState['daemonSets'][number]['snapshot'] | undefined;

function mostCommonType(snapshot: Observed): string {
  const counts = new Map<string, number>();
  for (const { instanceType } of snapshot?.nodes ?? []) counts.set(instanceType, (counts.get(instanceType) ?? 0) + 1);
  return [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0] ?? 'm5.large';
}

function subnetsOf(given: Given, snapshot: Observed): readonly AskedSubnet[] {
  const asked = given.text('subnets');
  if (asked !== '' || snapshot === undefined) {
    return (asked || '/22,/22,/22').split(',').map((text, at) => {
      const prefixLength = prefixLengthOf(text.trim(), 'subnets');
      return { name: `${at + 1}: /${prefixLength}`, prefixLength };
    });
  }
  const subnets = snapshot.account?.subnets ?? [];
  if (subnets.length === 0) {
    throw new WrongInput(
      'The snapshot has no subnets, because EC2 could not be read; give their sizes with --subnets.',
    );
  }
  return subnets.map(({ id, cidr, freeAddresses, freePrefixes }) => ({
    name: id,
    prefixLength: Number(cidr.split('/')[1]),
    free: { addresses: freeAddresses, blocks: freePrefixes },
  }));
}

function settingsOf(given: Given, snapshot: Observed): CniSettings {
  const targets = (['warm-eni', 'warm-prefix', 'warm-ip', 'minimum-ip'] as const).map((flag) =>
    given.text(flag) === '' ? undefined : wholeNumber(given, flag, 0, 1_000),
  );
  const [warmENI, warmPrefix, warmIP, minimumIP] = targets;
  const asked = Object.entries({ warmENI, warmPrefix, warmIP, minimumIP }).filter(([, value]) => value !== undefined);
  const live = snapshot?.daemonSet === undefined ? MANIFEST_ENV : envOf(snapshot.daemonSet);
  const mode = given.text('mode');
  const env = mode === '' ? live : { ...live, ENABLE_PREFIX_DELEGATION: String(mode === 'prefix') };
  const { settings, refusal } = fromEnv({ ...env, ...toEnv(Object.fromEntries(asked)) });
  if (refusal !== undefined) throw new WrongInput(`aws-node would not start with these settings: ${refusal}`);
  return settings;
}

/** Throws WrongInput for a type that nobody knows. */
export function shapeOf(instanceType: string, settings: CniSettings, maxPods?: number): NodeShape {
  const limits = limitsOf(instanceType);
  if (limits === undefined) {
    throw new WrongInput(
      `The instance type "${instanceType}" is not in the CNI's table of limits; check its spelling.`,
    );
  }
  const standard = settings.prefixDelegation && limits.prefixCapable ? 110 : maxPodsOf(limits);
  return { ...limits, maxPods: maxPods ?? standard };
}

function prefixLengthOf(text: string, flag: string): number {
  const length = Number(/^[\d.]*\/(?<length>\d{1,2})$/.exec(text)?.groups?.['length'] ?? Number.NaN);
  if (length >= 16 && length <= 28) return length;
  throw new WrongInput(`--${flag} has "${text}"; each must be a size between /16 and /28, as in VPCs, such as /22.`);
}

function shareOf(text: string): number {
  const percent = Number(/^(?<percent>\d{1,2}(\.\d+)?)%$/.exec(text)?.groups?.['percent'] ?? Number.NaN);
  if (percent >= 0) return percent / 100;
  throw new WrongInput(`--reserve is "${text}"; it must be a percentage below 100%, such as 10%.`);
}

const SIZES = [
  'medium',
  'large',
  'xlarge',
  '2xlarge',
  '4xlarge',
  '8xlarge',
  '12xlarge',
  '16xlarge',
  '24xlarge',
] as const;

/** `m5.large` → m5.medium (if there is one), m5.xlarge. */
function neighboursOf(instanceType: string): readonly string[] {
  const [family = '', size = ''] = instanceType.split('.');
  const at = SIZES.findIndex((known) => known === size);
  if (at === -1) return [];
  const near = [SIZES[at - 1], SIZES[at + 1]].flatMap((each) => (each === undefined ? [] : [`${family}.${each}`]));
  return near.filter((type) => limitsOf(type) !== undefined);
}

/** How much larger: large 1, xlarge 2, 4xlarge 8; undefined for sizes without a number, such as metal. */
export function sizeOf(instanceType: string): number | undefined {
  const size = instanceType.split('.')[1] ?? '';
  const times = /^(?<times>\d+)xlarge$/.exec(size)?.groups?.['times'];
  if (times !== undefined) return 2 * Number(times);
  return { small: 0.25, medium: 0.5, large: 1, xlarge: 2 }[size];
}
