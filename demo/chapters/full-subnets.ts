/** Chapters 1 and 2: a cluster with the default setting, and what that does to its subnets. */
import { playDemand } from '../../testbed/workload/player.ts';
import { type WavePlan, waves } from '../../testbed/workload/waves.ts';
import { subnetLines } from '../before-after.ts';
import { type DemoCluster, heldNow, startCluster, untilAwsNode } from '../demo-cluster.ts';
import { DEMO_TYPES, heldWithOneWarmENI } from '../layout.ts';
import { type Reading, readSubnets, takeReading } from '../reading.ts';
import { grouped } from '../table.ts';
import type { Tale } from '../tale.ts';
import { until } from '../until.ts';

/** 30 s of pods, 45 s of calm: long enough for an idle interface to leave, short enough for a demo. */
const WAVES = { periodMs: 76_000, climbMs: 8_000, holdMs: 14_000, startMs: 12_000, spreadMs: 8_000 } as const;
const STEADY_PODS = 2;
/** Far fewer pods than one interface has addresses. That is what makes the default wasteful here. */
const WAVE_PODS = {
  [DEMO_TYPES.small]: { least: 2, most: 5 },
  [DEMO_TYPES.large]: { least: 5, most: 12 },
} as const;

export async function buildCluster({ terminal, binaries, nodes, seed, onStarted }: Tale): Promise<DemoCluster> {
  terminal.heading('A stand-in EKS on this machine');
  terminal.paragraph(
    'etcd, kube-apiserver, kube-controller-manager and kube-scheduler are the real ones; kwok plays the kubelets. ' +
      'An EC2 endpoint on 127.0.0.1 keeps the subnets of an account. aws-node is the DaemonSet as the EKS add-on ' +
      'ships it, and behind each of its pods a model of the VPC CNI (ipamd v1.23.1) hands out addresses and calls EC2.',
  );
  const cluster = await terminal.during('The control plane starts', async (say) => {
    const onNodes = (joined: number) => say(`${joined} of ${nodes} nodes joined`);
    const built = await startCluster({ binaries, nodes, seed, onStarted, onNodes });
    await untilAwsNode(built.testbed.plane, nodes, say);
    return built;
  });
  const free = await readSubnets(cluster);
  terminal.lines([
    '',
    ...subnetLines(cluster.subnets.map((subnet, at) => ({ ...subnet, freeAddresses: free[at]?.freeAddresses ?? 0 }))),
  ]);
  return cluster;
}

export async function fillSubnets({ terminal, seed, onStarted }: Tale, cluster: DemoCluster): Promise<Reading> {
  terminal.heading('Pods come and go, and the subnets fill up');
  terminal.paragraph(
    'Every node runs a few pods; waves of more roll through the zones. WARM_ENI_TARGET=1, the default of EKS, makes ' +
      'each node keep one whole spare network interface: ' +
      `${heldWithOneWarmENI(DEMO_TYPES.small)} addresses on an ${DEMO_TYPES.small}, ` +
      `${heldWithOneWarmENI(DEMO_TYPES.large)} on a ${DEMO_TYPES.large}, for a handful of pods.`,
  );
  const player = playDemand({
    api: cluster.testbed.plane.api,
    namespace: 'default',
    events: waves(wavePlan(cluster, seed)),
  });
  onStarted(() => player.stop());
  const expected = cluster.testbed.nodes().reduce((sum, { instanceType }) => sum + heldWithOneWarmENI(instanceType), 0);
  await terminal.during('The CNI attaches the spare interfaces', async (say) => {
    await until(
      async () => {
        const held = heldNow(cluster);
        say(`${grouped(held)} addresses held`);
        return held >= expected ? held : undefined;
      },
      { withinMs: 90_000, what: `the nodes to hold ${expected} addresses` },
    );
  });
  const reading = await takeReading(cluster);
  const [tightest] = reading.subnets.toSorted((one, other) => one.freeAddresses - other.freeAddresses);
  terminal.paragraph(
    `${grouped(reading.heldAddresses)} addresses are held for ${grouped(reading.runningPods)} pods. The subnet of ` +
      `zone ${tightest?.zone ?? ''} has ${grouped(tightest?.freeAddresses ?? 0)} of ` +
      `${grouped(tightest?.sizeAddresses ?? 0)} left; a node that joins there may find no room for its pods.`,
  );
  return reading;
}

function wavePlan(cluster: DemoCluster, seed: number): WavePlan {
  const nodes = cluster.testbed.nodes().map(({ name, instanceType, subnetId }) => ({
    name,
    group: cluster.subnets.findIndex(({ id }) => id === subnetId),
    steadyPods: STEADY_PODS,
    wavePods: instanceType === DEMO_TYPES.small ? WAVE_PODS[DEMO_TYPES.small] : WAVE_PODS[DEMO_TYPES.large],
  }));
  return { nodes, seed, times: WAVES };
}
