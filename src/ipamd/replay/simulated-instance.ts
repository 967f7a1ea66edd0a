/**
 * One EC2 instance with its interfaces, as the replay needs it: takes addresses from subnets that may be shared,
 * answers ipamd's calls at the moment they take effect, and shows its metadata some time later.
 */
import type { DescribedENI, EC2Request, EC2Response } from '../ec2-calls.ts';
import type { InstanceLimits } from '../instance-limits.ts';
import { PREFIX_SIZE, describedOf, eniId, giveBack, heldOf, take } from './simulated-eni.ts';
import type { Given, SimulatedENI, SimulatedSubnet } from './simulated-eni.ts';

export type InstanceOptions = {
  readonly limits: Pick<InstanceLimits, 'maxENIs' | 'ipv4PerENI'>;
  /** The first one is the instance's own. */
  readonly subnets: readonly SimulatedSubnet[];
  readonly metadataLagMs: number;
  /** Code of CreateNetworkInterface when there are not enough free /28 blocks. */
  readonly createPrefixError: string;
  readonly nowMs: number;
};

const NOT_FOUND = 'InvalidNetworkInterfaceID.NotFound';

export class SimulatedInstance {
  readonly #options: InstanceOptions;
  /** The instance's own subnet. */
  readonly #subnet: SimulatedSubnet;
  readonly #enis = new Map<string, SimulatedENI>();
  #created = 0;
  #held = 0;
  #attached = 0;
  #shown: readonly DescribedENI[] = [];
  /** Changes of the metadata under way, the soonest first. */
  readonly #upcoming: { readonly atMs: number; readonly shown: readonly DescribedENI[] }[] = [];

  constructor(options: InstanceOptions) {
    this.#options = options;
    const [subnet] = options.subnets;
    if (subnet === undefined) throw new Error('no subnet for the primary interface');
    this.#subnet = subnet;
    const own = this.#place({ subnet, kind: 'ip', count: 0, given: undefined });
    if (typeof own === 'string') throw new Error('no address for the primary interface');
    own.device = 0;
    this.#attached = 1;
    this.#shown = this.#attachedNow();
  }

  /** Addresses taken from the subnets by attached interfaces: their own, secondary ones, 16 per prefix. */
  get heldAddresses(): number {
    return this.#held;
  }

  get attachedENIs(): number {
    return this.#attached;
  }

  metadata(nowMs: number): readonly DescribedENI[] {
    for (;;) {
      const next = this.#upcoming[0];
      if (next === undefined || next.atMs > nowMs) return this.#shown;
      this.#upcoming.shift();
      this.#shown = next.shown;
    }
  }

  /** When the metadata changes next by itself; Infinity when nothing is under way. */
  nextMetadataMs(): number {
    return this.#upcoming[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** The call takes effect now. `given` forces which addresses are handed out. */
  respond(request: EC2Request, nowMs: number, given?: Given): EC2Response {
    const response = this.#answer(request, given);
    if (response.ok && changesMetadata(request)) this.#showLater(nowMs);
    return response;
  }

  /** Somebody else attaches an interface that is there already (trunk, tagged as unmanaged). */
  attachOther(options: {
    readonly trunk: boolean;
    readonly tags: Readonly<Record<string, string>>;
    readonly secondaries: number;
    readonly nowMs: number;
  }): EC2Response {
    const eni = this.#place({
      ...options,
      subnet: this.#subnet,
      kind: 'ip',
      count: options.secondaries,
      given: undefined,
    });
    if (typeof eni === 'string') return { ok: false, code: eni };
    let device = 0;
    const used = new Set(this.#devices());
    while (used.has(device)) device++;
    const attached = this.#attach(eni, device);
    if (attached.ok) this.#showLater(options.nowMs);
    return attached;
  }

  /** Somebody else detaches and deletes an interface. */
  removeOther(id: string, nowMs: number): void {
    const eni = this.#enis.get(id);
    if (eni === undefined) return;
    this.#detach(eni);
    this.#delete(eni);
    this.#showLater(nowMs);
  }

  describe(id: string): DescribedENI | undefined {
    const eni = this.#enis.get(id);
    return eni === undefined ? undefined : describedOf(eni);
  }

  #answer(request: EC2Request, given: Given): EC2Response {
    switch (request.action) {
      case 'DescribeNetworkInterfaces':
        return this.#describeAll(request.enis);
      case 'DescribeSubnets':
        return { ok: true, subnets: this.#options.subnets.map(describeSubnet) };
      case 'DescribeInstances':
        return { ok: true, devices: this.#devices() };
      case 'CreateNetworkInterface':
        return this.#create(request, given);
      default:
        return this.#answerAbout(request, given);
    }
  }

  #answerAbout(request: Extract<EC2Request, { readonly eni: string }>, given: Given): EC2Response {
    const eni = this.#enis.get(request.eni);
    if (eni === undefined) return { ok: false, code: NOT_FOUND, eni: request.eni };
    switch (request.action) {
      case 'AssignPrivateIpAddresses':
        return this.#assign(eni, request, given);
      case 'UnassignPrivateIpAddresses':
        return this.#unassign(eni, request);
      case 'AttachNetworkInterface':
        return this.#attach(eni, request.device);
      case 'DetachNetworkInterface':
        return this.#detach(eni);
      case 'DeleteNetworkInterface':
        return this.#delete(eni);
      case 'CreateTags':
        eni.tags = { ...eni.tags, ...request.tags };
        eni.described = undefined;
        return { ok: true };
      case 'ModifyNetworkInterfaceAttribute':
        return { ok: true };
    }
  }

  #describeAll(ids: readonly string[]): EC2Response {
    const described: DescribedENI[] = [];
    for (const id of ids) {
      const eni = this.#enis.get(id);
      if (eni === undefined) return { ok: false, code: NOT_FOUND, eni: id };
      described.push(describedOf(eni));
    }
    return { ok: true, described };
  }

  #create(request: Extract<EC2Request, { readonly action: 'CreateNetworkInterface' }>, given: Given): EC2Response {
    const subnet = this.#options.subnets.find((candidate) => candidate.id === request.subnet);
    if (subnet === undefined) return { ok: false, code: 'InvalidSubnetID.NotFound' };
    const eni = this.#place({ subnet, kind: request.kind, count: request.count, given, tags: request.tags ?? {} });
    return typeof eni === 'string' ? { ok: false, code: eni } : { ok: true, created: describedOf(eni) };
  }

  /** A new interface, or the code of the failure; then nothing is taken. */
  #place(wanted: {
    readonly subnet: SimulatedSubnet;
    readonly kind: 'ip' | 'prefix';
    readonly count: number;
    readonly given: Given;
    readonly tags?: Readonly<Record<string, string>>;
    readonly trunk?: boolean;
  }): SimulatedENI | string {
    const { subnet, kind, count, given } = wanted;
    const cidrs = take(subnet.space, kind, count, given);
    const own = cidrs === undefined ? undefined : subnet.space.takeAddresses(1)?.[0];
    if (cidrs === undefined || own === undefined) {
      if (cidrs !== undefined) giveBack(subnet.space, kind, cidrs);
      return kind === 'prefix' && cidrs === undefined
        ? this.#options.createPrefixError
        : 'InsufficientFreeAddressesInSubnet';
    }
    const first = kind === 'ip' && given === undefined ? Math.min(own, ...cidrs) : own;
    const eni: SimulatedENI = {
      id: eniId(this.#created),
      subnet,
      own: first,
      addresses: kind === 'ip' ? [...cidrs, own].filter((address) => address !== first) : [],
      prefixes: kind === 'prefix' ? [...cidrs] : [],
      trunk: wanted.trunk ?? false,
      tags: wanted.tags ?? {},
      device: -1,
      described: undefined,
    };
    eni.addresses.sort((a, b) => a - b);
    this.#created++;
    this.#held += heldOf(eni);
    this.#enis.set(eni.id, eni);
    return eni;
  }

  #assign(
    eni: SimulatedENI,
    request: Extract<EC2Request, { readonly action: 'AssignPrivateIpAddresses' }>,
    given: Given,
  ): EC2Response {
    const slots = 1 + eni.addresses.length + eni.prefixes.length + request.count;
    if (slots > this.#options.limits.ipv4PerENI) return { ok: false, code: 'PrivateIpAddressLimitExceeded' };
    const addresses = take(eni.subnet.space, request.kind, request.count, given);
    if (addresses === undefined) {
      const code = request.kind === 'prefix' ? 'InsufficientCidrBlocks' : 'InsufficientFreeAddressesInSubnet';
      return { ok: false, code };
    }
    (request.kind === 'prefix' ? eni.prefixes : eni.addresses).push(...addresses);
    this.#held += addresses.length * (request.kind === 'prefix' ? PREFIX_SIZE : 1);
    eni.described = undefined;
    return { ok: true, addresses };
  }

  #unassign(
    eni: SimulatedENI,
    request: Extract<EC2Request, { readonly action: 'UnassignPrivateIpAddresses' }>,
  ): EC2Response {
    const list = request.kind === 'prefix' ? eni.prefixes : eni.addresses;
    if (request.addresses.some((address) => !list.includes(address)))
      return { ok: false, code: 'InvalidParameterValue' };
    for (const address of request.addresses) list.splice(list.indexOf(address), 1);
    giveBack(eni.subnet.space, request.kind, request.addresses);
    this.#held -= request.addresses.length * (request.kind === 'prefix' ? PREFIX_SIZE : 1);
    eni.described = undefined;
    return { ok: true };
  }

  #attach(eni: SimulatedENI, device: number): EC2Response {
    if (this.#attached >= this.#options.limits.maxENIs) return { ok: false, code: 'AttachmentLimitExceeded' };
    eni.device = device;
    eni.described = undefined;
    this.#attached++;
    return { ok: true };
  }

  #detach(eni: SimulatedENI): EC2Response {
    if (eni.device === -1) return { ok: false, code: 'InvalidAttachmentID.NotFound' };
    eni.device = -1;
    eni.described = undefined;
    this.#attached--;
    return { ok: true };
  }

  #delete(eni: SimulatedENI): EC2Response {
    if (eni.device !== -1) return { ok: false, code: 'InvalidParameterValue' };
    this.#held -= heldOf(eni);
    giveBack(eni.subnet.space, 'ip', [eni.own, ...eni.addresses]);
    giveBack(eni.subnet.space, 'prefix', eni.prefixes);
    this.#enis.delete(eni.id);
    return { ok: true };
  }

  #devices(): readonly number[] {
    return [...this.#enis.values()].filter((eni) => eni.device !== -1).map((eni) => eni.device);
  }

  #attachedNow(): readonly DescribedENI[] {
    const attached: DescribedENI[] = [];
    for (const eni of this.#enis.values()) if (eni.device !== -1) attached.push(describedOf(eni));
    return attached;
  }

  #showLater(nowMs: number): void {
    const shown = this.#attachedNow();
    if (this.#options.metadataLagMs === 0) this.#shown = shown;
    else this.#upcoming.push({ atMs: nowMs + this.#options.metadataLagMs, shown });
  }
}

function changesMetadata(request: EC2Request): boolean {
  return (
    request.action === 'AssignPrivateIpAddresses' ||
    request.action === 'UnassignPrivateIpAddresses' ||
    request.action === 'AttachNetworkInterface' ||
    request.action === 'DetachNetworkInterface'
  );
}

function describeSubnet(subnet: SimulatedSubnet) {
  return { subnet: subnet.id, availableAddresses: subnet.space.freeAddresses, tags: subnet.tags };
}
