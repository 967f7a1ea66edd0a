/** The EC2 helper layer. Upstream: pkg/awsutils/awsutils.go (v1.23.1). Each call is one request: no SDK retries. */
import type { DescribedENI, DescribedSubnet, EC2Response } from '../ec2-calls.ts';
import { DETACH_DELETE_PAUSE_MS, NOT_FOUND_CODE } from './constants.ts';
import type { Cidr } from './datastore.ts';
import type { Ipamd } from './process.ts';
import { call, pause, withBackoff } from './steps.ts';
import type { Steps } from './steps.ts';

/** An error as far as ipamd looks at it: the EC2 code, or none for its own. */
export type Failure = { readonly ok: false; readonly code: string | undefined };

const DETACH = { pause: 'detach', tries: 12, firstMs: 200, jitter: 0.15 } as const;
const DELETE = { pause: 'delete', tries: 12, firstMs: 500, jitter: 0.15 } as const;
const TAG = { pause: 'tag', tries: 5, firstMs: 500, jitter: 0.3 } as const;
const METADATA = { pause: 'metadata', tries: 12, firstMs: 100, jitter: 0.15 } as const;

const ROLE_TAG = 'kubernetes.io/role/cni';
const CLUSTER_TAG_PREFIX = 'cni.networking.k8s.aws/cluster/';
const NODE_TAG = 'node.k8s.amazonaws.com/instance_id';
const CLUSTER_NAME_TAG = 'cluster.k8s.amazonaws.com/name';
const OWNER_TAG = 'eks:eni:owner';
const OWNER = 'amazon-vpc-cni';

/** AllocIPAddresses: addresses or prefixes by the mode. */
export function* allocIPAddresses(ipamd: Ipamd, eni: string, count: number): Steps<EC2Response> {
  const kind = ipamd.enablePrefixDelegation ? 'prefix' : 'ip';
  return yield* call(ipamd, {
    action: 'AssignPrivateIpAddresses',
    eni,
    kind,
    count: Math.min(count, ipamd.slotsPerENI),
  });
}

/** DeallocPrefixAddresses, then DeallocIPAddresses; an empty list makes no call, a failure is only logged. */
export function* deallocCidrs(ipamd: Ipamd, eni: string, cidrs: readonly Cidr[]): Steps<void> {
  for (const kind of ['prefix', 'ip'] as const) {
    const addresses = cidrs.filter((cidr) => cidr.isPrefix === (kind === 'prefix')).map((cidr) => cidr.first);
    if (addresses.length > 0) yield* call(ipamd, { action: 'UnassignPrivateIpAddresses', eni, kind, addresses });
  }
}

/** GetIPv4sFromEC2 and GetIPv4PrefixesFromEC2: one describe of one ENI. */
export function* describeENI(ipamd: Ipamd, eni: string): Steps<DescribedENI | Failure> {
  const response = yield* call(ipamd, { action: 'DescribeNetworkInterfaces', enis: [eni] });
  if (!response.ok) return { ok: false, code: response.code };
  return response.described?.[0] ?? { ok: false, code: undefined };
}

/** AllocENI: creates, attaches, sets delete-on-termination. The id, which is empty after a lost error. */
export function* allocENI(ipamd: Ipamd, count: number, networkCard: number): Steps<string | Failure> {
  const created = yield* createENI(ipamd, count);
  if (typeof created !== 'string') return created;
  const attached = yield* attachENI(ipamd, created, networkCard);
  if (attached !== undefined) {
    yield* deleteENI(ipamd, created);
    return attached;
  }
  const modified = yield* call(ipamd, {
    action: 'ModifyNetworkInterfaceAttribute',
    eni: created,
    attribute: 'deleteOnTermination',
  });
  if (modified.ok) return created;
  // The clean-up's own error shadows the first one: when it succeeds, creation counts as done without an id.
  const freed = yield* freeENI(ipamd, created);
  return freed === undefined ? '' : { ok: false, code: freed.code };
}

/** attachENI with awsGetFreeDeviceNumber; `undefined` = attached. */
function* attachENI(ipamd: Ipamd, eni: string, networkCard: number): Steps<Failure | undefined> {
  const instance = yield* call(ipamd, { action: 'DescribeInstances' });
  if (!instance.ok) return { ok: false, code: instance.code };
  const used = new Set(instance.devices ?? []);
  let device = 0;
  while (used.has(device)) device++;
  const card = networkCard === 0 ? {} : { networkCard };
  const attached = yield* call(ipamd, { action: 'AttachNetworkInterface', eni, device, ...card });
  return attached.ok ? undefined : { ok: false, code: attached.code };
}

/** createENI: the id, or why not. The last candidate subnet's error counts. */
function* createENI(ipamd: Ipamd, wanted: number): Steps<string | Failure> {
  const count = Math.min(wanted, ipamd.slotsPerENI);
  if (ipamd.settings.customNetworking) {
    return yield* tryCreateNetworkInterface(ipamd, ipamd.podSubnet ?? ipamd.primarySubnet, count);
  }
  if (!ipamd.settings.subnetDiscovery) {
    const excluded = yield* isSubnetExcluded(ipamd, ipamd.primarySubnet);
    if (excluded === true) return { ok: false, code: undefined };
    return yield* tryCreateNetworkInterface(ipamd, ipamd.primarySubnet, count);
  }
  const subnets = yield* getVpcSubnets(ipamd);
  if (isFailure(subnets)) {
    if ((yield* isSubnetExcluded(ipamd, ipamd.primarySubnet)) !== false) return { ok: false, code: undefined };
    return yield* tryCreateNetworkInterface(ipamd, ipamd.primarySubnet, count);
  }
  let last: string | Failure = { ok: false, code: undefined };
  for (const subnet of subnets) {
    if (!isSubnetValidForENICreation(ipamd, subnet)) continue;
    last = yield* tryCreateNetworkInterface(ipamd, subnet.subnet, count);
    if (typeof last === 'string') break;
  }
  return last;
}

/** tryCreateNetworkInterface. */
function* tryCreateNetworkInterface(ipamd: Ipamd, subnet: string, count: number): Steps<string | Failure> {
  const kind = ipamd.enablePrefixDelegation ? 'prefix' : 'ip';
  const tags = buildENITags(ipamd);
  const response = yield* call(ipamd, { action: 'CreateNetworkInterface', subnet, kind, count, tags });
  if (!response.ok) return { ok: false, code: response.code };
  return response.created?.eni ?? { ok: false, code: undefined };
}

/** GetVpcSubnets: most free addresses first; equal ones keep EC2's order. */
function* getVpcSubnets(ipamd: Ipamd): Steps<readonly DescribedSubnet[] | Failure> {
  const response = yield* call(ipamd, { action: 'DescribeSubnets' });
  if (!response.ok) return { ok: false, code: response.code };
  return (response.subnets ?? []).toSorted((a, b) => b.availableAddresses - a.availableAddresses);
}

/** isSubnetValidForENICreation. */
export function isSubnetValidForENICreation(ipamd: Ipamd, subnet: DescribedSubnet): boolean {
  const role = subnet.tags[ROLE_TAG] ?? '';
  if (role === '0') return false;
  if (role === '') return subnet.subnet === ipamd.primarySubnet;
  return validSubnetTagsMatchingClusterName(ipamd, subnet);
}

/** ValidSubnetTagsMatchingClusterName. */
function validSubnetTagsMatchingClusterName(ipamd: Ipamd, subnet: DescribedSubnet): boolean {
  const { clusterName } = ipamd.settings;
  if (clusterName === '') return true;
  const clusters = Object.keys(subnet.tags).filter((key) => key.startsWith(CLUSTER_TAG_PREFIX));
  return clusters.length === 0 || clusters.includes(CLUSTER_TAG_PREFIX + clusterName);
}

/** IsSubnetExcluded; a subnet that is not in the answer is not excluded. */
export function* isSubnetExcluded(ipamd: Ipamd, id: string): Steps<boolean | Failure> {
  const subnets = yield* getVpcSubnets(ipamd);
  if (isFailure(subnets)) return subnets;
  const subnet = subnets.find((candidate) => candidate.subnet === id);
  const role = subnet?.tags[ROLE_TAG] ?? '';
  if (subnet === undefined || role === '') return false;
  return role === '0' || !validSubnetTagsMatchingClusterName(ipamd, subnet);
}

/** buildENITags; ADDITIONAL_ENI_TAGS is not read. */
function buildENITags(ipamd: Ipamd): Readonly<Record<string, string>> {
  const { clusterName } = ipamd.settings;
  const node = { [NODE_TAG]: ipamd.instanceId };
  return clusterName === '' ? node : { ...node, [CLUSTER_NAME_TAG]: clusterName, [OWNER_TAG]: OWNER };
}

/** TagENI: no call when all tags are there. False once the retries are used up. */
export function* tagENI(ipamd: Ipamd, eni: string, current: Readonly<Record<string, string>>): Steps<boolean> {
  const missing = Object.entries(buildENITags(ipamd)).filter(([key, value]) => current[key] !== value);
  if (missing.length === 0) return true;
  const tags = Object.fromEntries(missing);
  return yield* withBackoff(ipamd, TAG, function* () {
    return (yield* call(ipamd, { action: 'CreateTags', eni, tags })).ok;
  });
}

/** FreeENI: `undefined` when it is gone. `released`: it is off the instance, only the deletion failed. */
export function* freeENI(ipamd: Ipamd, eni: string): Steps<(Failure & { readonly released: boolean }) | undefined> {
  const described = yield* call(ipamd, { action: 'DescribeNetworkInterfaces', enis: [eni] });
  if (!described.ok) {
    return described.code === NOT_FOUND_CODE ? undefined : { ok: false, code: undefined, released: false };
  }
  const detached = yield* withBackoff(ipamd, DETACH, function* () {
    return (yield* call(ipamd, { action: 'DetachNetworkInterface', eni })).ok;
  });
  if (!detached) return { ok: false, code: undefined, released: false };
  yield* pause(DETACH_DELETE_PAUSE_MS);
  return (yield* deleteENI(ipamd, eni)) ? undefined : { ok: false, code: undefined, released: true };
}

/** deleteENI: one that is gone already counts as deleted. */
function* deleteENI(ipamd: Ipamd, eni: string): Steps<boolean> {
  return yield* withBackoff(ipamd, DELETE, function* () {
    const response = yield* call(ipamd, { action: 'DeleteNetworkInterface', eni });
    return response.ok || response.code === NOT_FOUND_CODE;
  });
}

/** WaitForENIAndIPsAttached: what the metadata shows of the ENI once all it was created with is there. */
export function* waitForENIAndIPsAttached(
  ipamd: Ipamd,
  eni: string,
  wantedCidrs: number,
): Steps<DescribedENI | undefined> {
  let shown: DescribedENI | undefined;
  const complete = yield* withBackoff(ipamd, METADATA, function* () {
    const found = getAttachedENIs(ipamd).find((candidate) => candidate.eni === eni);
    const count = found === undefined ? 0 : (ipamd.enablePrefixDelegation ? found.prefixes : found.addresses).length;
    shown = count === 0 ? undefined : found;
    return count >= Math.max(1, wantedCidrs);
  });
  // Given up: a part is taken as it is; in prefix mode upstream asks for more than one.
  if (complete || !ipamd.enablePrefixDelegation) return shown;
  return shown !== undefined && shown.prefixes.length > 1 ? shown : undefined;
}

/** GetAttachedENIs: with custom networking the primary's prefixes are not read. */
export function getAttachedENIs(ipamd: Ipamd): readonly DescribedENI[] {
  const shown = ipamd.metadata();
  if (!ipamd.settings.customNetworking) return shown;
  return shown.map((eni) => (eni.eni === ipamd.primaryENI ? { ...eni, prefixes: [] } : eni));
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'ok' in value && value.ok === false;
}
