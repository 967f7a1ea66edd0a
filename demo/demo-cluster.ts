/** The stand-in EKS of the demo: the testbed, with others who hold addresses in the same subnets. */
import type { Binaries } from '../testbed/control-plane/binaries.ts';
import type { Ec2Model } from '../testbed/ec2/model.ts';
import { type Testbed, startTestbed } from '../testbed/testbed.ts';
import { type DemoSubnet, TYPES_IN_TURN, layoutOf } from './layout.ts';

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
