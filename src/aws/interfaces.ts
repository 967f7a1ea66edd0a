/** Who holds which addresses: DescribeNetworkInterfaces read page by page and folded, never kept. */
import type { NetworkInterface } from '@aws-sdk/client-ec2';
import type { NodeInterfacesView } from '../tuning/snapshot.ts';
import { type AddressBlocks, addressNumber, rangeOf } from './address-blocks.ts';
import type { AwsClients } from './clients.ts';
import { forEachPage } from './pages.ts';

/** What tells this cluster's interfaces from others in the VPC. */
export type ClusterIdentity = {
  /** EC2 instance ids of the nodes, from `spec.providerID`. */
  readonly instanceIds: ReadonlySet<string>;
  /** The EKS cluster's name where known; interfaces tagged with it are ours though no node names their instance. */
  readonly name: string | undefined;
};

export type SubnetHolding = { readonly byClusterAddresses: number; readonly byOthersAddresses: number };

export type InterfaceTotals = {
  readonly nodes: ReadonlyMap<string, NodeInterfacesView>;
  readonly subnets: ReadonlyMap<string, SubnetHolding>;
};

/** 500 a page cost the least time and memory of 100, 500 and 1,000 (20,000 interfaces of 15 addresses each). */
const PAGE_SIZE = 500;
const PREFIX_ADDRESSES = 16;
const CLUSTER_TAG = 'cluster.k8s.amazonaws.com/name';
const INSTANCE_TAG = 'node.k8s.amazonaws.com/instance_id';
const TRUNK_TAG = 'vpcresources.k8s.aws/trunk-eni-id';

export async function readInterfaces(
  clients: AwsClients,
  vpcId: string,
  fold: InterfaceFold,
): Promise<InterfaceTotals> {
  const filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  await forEachPage(
    'ec2:DescribeNetworkInterfaces',
    (nextToken) => describe(clients, filters, nextToken),
    (page) => fold.add(page),
  );
  return fold.totals();
}

/** The VPC in which one of these instances has an interface; undefined when EC2 knows none. */
export async function findVpc(clients: AwsClients, instanceIds: readonly string[]): Promise<string | undefined> {
  let vpcId: string | undefined;
  const filters = [{ Name: 'attachment.instance-id', Values: [...instanceIds] }];
  await forEachPage(
    'ec2:DescribeNetworkInterfaces',
    async (nextToken) => {
      const page = await describe(clients, filters, nextToken);
      const found = page.items?.find((eni) => eni.VpcId !== undefined);
      return found === undefined ? page : { items: [found], nextToken: undefined };
    },
    ([first]) => {
      vpcId ??= first?.VpcId;
    },
  );
  return vpcId;
}

async function describe(
  clients: AwsClients,
  filters: { readonly Name: string; readonly Values: string[] }[],
  nextToken: string | undefined,
): Promise<{ readonly items: readonly NetworkInterface[] | undefined; readonly nextToken: string | undefined }> {
  const command = new clients.ec2Sdk.DescribeNetworkInterfacesCommand({
    Filters: filters,
    MaxResults: PAGE_SIZE,
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  });
  const answer = await clients.ask('ec2:DescribeNetworkInterfaces', (abortSignal) =>
    clients.ec2.send(command, { abortSignal }),
  );
  return { items: answer.NetworkInterfaces, nextToken: answer.NextToken };
}

type NodeSum = { readonly subnetIds: Set<string>; enis: number; heldAddresses: number };
type SubnetSum = { byClusterAddresses: number; byOthersAddresses: number };

/** Sums interfaces by node and by subnet, and marks the blocks they touch. */
export class InterfaceFold {
  readonly #cluster: ClusterIdentity;
  readonly #blocks: ReadonlyMap<string, AddressBlocks>;
  readonly #nodes = new Map<string, NodeSum>();
  readonly #subnets = new Map<string, SubnetSum>();
  readonly #instanceByTrunk = new Map<string, string>();
  /** Branch interfaces belong to the node of their trunk, which may stand on a later page. */
  readonly #branches: { readonly trunkId: string; readonly subnetId: string; readonly addresses: number }[] = [];

  /** `blocks`: by subnet id; interfaces of other subnets mark nothing. */
  constructor(cluster: ClusterIdentity, blocks: ReadonlyMap<string, AddressBlocks>) {
    this.#cluster = cluster;
    this.#blocks = blocks;
  }

  add(interfaces: readonly NetworkInterface[]): void {
    for (const eni of interfaces) this.#addOne(eni);
  }

  totals(): InterfaceTotals {
    for (const { trunkId, subnetId, addresses } of this.#branches.splice(0)) {
      const instanceId = this.#instanceByTrunk.get(trunkId);
      const isOurs = instanceId !== undefined && this.#cluster.instanceIds.has(instanceId);
      if (isOurs) this.#bookOnNode(instanceId, subnetId, { addresses, enis: 0 });
      this.#bookOnSubnet(subnetId, addresses, isOurs);
    }
    const nodes = [...this.#nodes].map(([instanceId, sum]): [string, NodeInterfacesView] => [
      instanceId,
      { instanceId, subnetIds: [...sum.subnetIds].sort(), enis: sum.enis, heldAddresses: sum.heldAddresses },
    ]);
    return { nodes: new Map(nodes), subnets: new Map(this.#subnets) };
  }

  #addOne(eni: NetworkInterface): void {
    const subnetId = eni.SubnetId ?? '';
    const addresses = (eni.PrivateIpAddresses?.length ?? 0) + PREFIX_ADDRESSES * (eni.Ipv4Prefixes?.length ?? 0);
    this.#touchBlocks(subnetId, eni);
    const tags = tagsOf(eni);
    const trunkId = tags.get(TRUNK_TAG);
    if (trunkId !== undefined) {
      this.#branches.push({ trunkId, subnetId, addresses });
      return;
    }
    const attachedTo = eni.Attachment?.InstanceId;
    const instanceId = attachedTo ?? tags.get(INSTANCE_TAG) ?? namedInstance(eni.Description);
    const ofNode = instanceId !== undefined && this.#cluster.instanceIds.has(instanceId);
    const ofName = this.#cluster.name !== undefined && tags.get(CLUSTER_TAG) === this.#cluster.name;
    if (instanceId !== undefined && eni.InterfaceType === 'trunk') {
      this.#instanceByTrunk.set(eni.NetworkInterfaceId ?? '', instanceId);
    }
    if (ofNode) this.#bookOnNode(instanceId, subnetId, { addresses, enis: attachedTo === undefined ? 0 : 1 });
    this.#bookOnSubnet(subnetId, addresses, ofNode || ofName);
  }

  #touchBlocks(subnetId: string, eni: NetworkInterface): void {
    const blocks = this.#blocks.get(subnetId);
    if (blocks === undefined) return;
    for (const { PrivateIpAddress } of eni.PrivateIpAddresses ?? []) {
      const address = addressNumber(PrivateIpAddress ?? '');
      if (address !== undefined) blocks.touch({ first: address, last: address });
    }
    for (const { Ipv4Prefix } of eni.Ipv4Prefixes ?? []) {
      const range = rangeOf(Ipv4Prefix ?? '');
      if (range !== undefined) blocks.touch(range);
    }
  }

  #bookOnNode(instanceId: string, subnetId: string, more: { readonly addresses: number; readonly enis: number }): void {
    const sum = this.#nodes.get(instanceId) ?? { subnetIds: new Set<string>(), enis: 0, heldAddresses: 0 };
    sum.subnetIds.add(subnetId);
    sum.enis += more.enis;
    sum.heldAddresses += more.addresses;
    this.#nodes.set(instanceId, sum);
  }

  #bookOnSubnet(subnetId: string, addresses: number, isOurs: boolean): void {
    const sum = this.#subnets.get(subnetId) ?? { byClusterAddresses: 0, byOthersAddresses: 0 };
    if (isOurs) sum.byClusterAddresses += addresses;
    else sum.byOthersAddresses += addresses;
    this.#subnets.set(subnetId, sum);
  }
}

function tagsOf(eni: NetworkInterface): ReadonlyMap<string, string> {
  return new Map((eni.TagSet ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** ipamd describes an interface as `aws-K8S-<instance id>` from its creation, before it is attached. */
function namedInstance(description: string | undefined): string | undefined {
  return /^aws-K8S-(i-[0-9a-f]+)$/.exec(description ?? '')?.[1];
}
