/** The stand-in EKS of the demo: the testbed, with others who hold addresses in the same subnets. */
import { AWS_NODE_PATH, type DaemonSetState, isRolledOut } from '../testbed/cluster/aws-node.ts';
import type { Binaries } from '../testbed/control-plane/binaries.ts';
import type { ControlPlane } from '../testbed/control-plane/control-plane.ts';
import type { Ec2Model } from '../testbed/ec2/model.ts';
import { type Testbed, startTestbed } from '../testbed/testbed.ts';
import { type DemoSubnet, TYPES_IN_TURN, layoutOf } from './layout.ts';
import { until } from './until.ts';

export type DemoCluster = {
  readonly testbed: Testbed;
  readonly subnets: readonly (DemoSubnet & { readonly id: string })[];
  readonly kubectlProgram: string;
};

/** Called with each thing that must be stopped, as soon as it runs. */
export type OnStarted = (stop: () => Promise<void>) => void;

/** Interfaces of the others have this many addresses. */
const ADDRESSES_OF_OTHERS = 50;

export async function startCluster(start: {
  readonly binaries: Binaries;
  readonly nodes: number;
  readonly seed: number;
  readonly onStarted: OnStarted;
  readonly onNodes: (joined: number) => void;
}): Promise<DemoCluster> {
  const layout = layoutOf(start.nodes);
  const testbed = await startTestbed({
    binaries: start.binaries,
    nodes: start.nodes,
    instanceTypes: TYPES_IN_TURN,
    subnets: layout,
    seed: start.seed,
    onNodes: start.onNodes,
  });
  start.onStarted(() => testbed.stop());
  const subnets = layout.map((subnet, at) => ({ ...subnet, id: testbed.subnets[at]?.id ?? '' }));
  for (const { id, othersAddresses } of subnets) addOthers(testbed.model, id, othersAddresses);
  return { testbed, subnets, kubectlProgram: start.binaries.kubectl };
}

/** Load balancers that live in the same subnet. */
function addOthers(model: Ec2Model, subnetId: string, addresses: number): void {
  for (let left = addresses; left > 0; left -= ADDRESSES_OF_OTHERS) {
    model.addInterface({
      subnetId,
      secondaryCount: Math.min(left, ADDRESSES_OF_OTHERS) - 1,
      description: 'ELB net/shared-ingress',
      interfaceType: 'network_load_balancer',
      requesterManaged: true,
      requesterId: 'amazon-elb',
    });
  }
}

/** Addresses the nodes hold, as the instances see it. */
export function heldNow({ testbed }: DemoCluster): number {
  return testbed.cni.nodes().reduce((sum, { heldAddresses }) => sum + heldAddresses, 0);
}

/** Waits until every node runs the present template of aws-node, and says how far it is. */
export async function untilAwsNode(plane: ControlPlane, nodes: number, say: (detail: string) => void): Promise<void> {
  await until(
    async () => {
      const daemonSet = await plane.api.get<DaemonSetState>(AWS_NODE_PATH);
      say(`aws-node is ready on ${daemonSet.status.updatedNumberScheduled ?? 0} of ${nodes} nodes`);
      return isRolledOut(daemonSet, nodes) ? true : undefined;
    },
    { withinMs: 240_000, what: `aws-node to be rolled out to ${nodes} nodes` },
  );
}
