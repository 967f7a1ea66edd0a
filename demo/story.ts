/** The story, chapter by chapter: each shows what happens, waits for it, and says why it matters. */
import { readFile } from 'node:fs/promises';
import { AWS_NODE_PATH, type DaemonSetState, isRolledOut } from '../testbed/cluster/aws-node.ts';
import type { Binaries } from '../testbed/control-plane/binaries.ts';
import type { ControlPlane } from '../testbed/control-plane/control-plane.ts';
import { playDemand } from '../testbed/workload/player.ts';
import type { Testbed } from '../testbed/testbed.ts';
import { waves } from '../testbed/workload/waves.ts';
import { beforeAfterLines, type Phase, subnetLines } from './before-after.ts';
import { conditionOf, offeredPatch, readTuning, TUNING_NAME, TUNING_YAML, type Tuning } from './cni-tuning.ts';
import { type DemoCluster, type OnStarted, startCluster } from './demo-cluster.ts';
import { kubectlShown, shown } from './kubectl-shown.ts';
import { DEMO_TYPES, heldWithOneWarmENI } from './layout.ts';
import { startOperator } from './operator-process.ts';
import { type EnvEntry, type Reading, awsNodeEnv, readSubnets, takeReading } from './reading.ts';
import { grouped } from './table.ts';
import type { Terminal } from './terminal.ts';
import { until } from './until.ts';

export type Tale = {
  readonly terminal: Terminal;
  readonly binaries: Binaries;
  readonly nodes: number;
  readonly seed: number;
  readonly onStarted: OnStarted;
};

/** What the verification needs to know of how it was before. */
export type Told = {
  readonly cluster: DemoCluster;
  readonly envBefore: readonly EnvEntry[];
  readonly before: Phase;
  readonly after: Phase;
  readonly operatorKubeconfig: string;
};

/** 30 s of pods, 45 s of calm: long enough for an idle interface to leave, short enough for a demo. */
const WAVES = { periodMs: 76_000, climbMs: 8_000, holdMs: 14_000, startMs: 12_000, spreadMs: 8_000 } as const;
const STEADY_PODS = 2;
/** Far fewer pods than one interface has addresses. That is what makes the default wasteful here. */
const WAVE_PODS = {
  [DEMO_TYPES.small]: { least: 2, most: 5 },
  [DEMO_TYPES.large]: { least: 5, most: 12 },
} as const;

export async function tellStory(tale: Tale): Promise<Told> {
  const cluster = await buildCluster(tale);
  const start = await fillSubnets(tale, cluster);
  const envBefore = await awsNodeEnv(cluster.testbed.plane.api);
  const { operatorKubeconfig, ended } = await installOperator(tale, cluster);
  const whileItRuns = <T>(work: Promise<T>): Promise<T> => Promise.race([work, ended]);
  await whileItRuns(letItTakeOver(tale, cluster.testbed));
  const before = { from: start, to: await whileItRuns(awaitChange(tale, cluster)) };
  const rolledOut = await whileItRuns(followRollout(tale, cluster));
  const after = { from: rolledOut, to: await whileItRuns(awaitAddresses(tale, cluster, before.to)) };
  tale.terminal.lines(['', ...beforeAfterLines(before, after), '']);
  tale.terminal.paragraph(
    `The EC2 calls after the change are those that give the interfaces back, once. The rollout itself cost ` +
      `${grouped(rolledOut.ec2Calls - before.to.ec2Calls)} calls: every aws-node that starts looks at its interfaces.`,
  );
  await showRecord(tale, cluster.testbed);
  return { cluster, envBefore, before, after, operatorKubeconfig };
}

async function buildCluster({ terminal, binaries, nodes, seed, onStarted }: Tale): Promise<DemoCluster> {
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

async function fillSubnets({ terminal, seed, onStarted }: Tale, cluster: DemoCluster): Promise<Reading> {
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

function heldNow({ testbed }: DemoCluster): number {
  return testbed.cni.nodes().reduce((sum, { heldAddresses }) => sum + heldAddresses, 0);
}

function wavePlan(cluster: DemoCluster, seed: number) {
  const nodes = cluster.testbed.nodes().map(({ name, instanceType, subnetId }) => ({
    name,
    group: cluster.subnets.findIndex(({ id }) => id === subnetId),
    steadyPods: STEADY_PODS,
    wavePods: instanceType === DEMO_TYPES.small ? WAVE_PODS[DEMO_TYPES.small] : WAVE_PODS[DEMO_TYPES.large],
  }));
  return { nodes, seed, times: WAVES };
}

async function installOperator({ terminal, onStarted }: Tale, cluster: DemoCluster) {
  const { plane } = cluster.testbed;
  terminal.heading('cni-tuner is installed and asked to tune');
  const manifests = ['crds/cnituning.dev_cnitunings.yaml', 'deploy/manifests/rbac.yaml'];
  for (const file of manifests) {
    const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
    await kubectlShown(terminal, plane, ['apply', '--server-side', '-f', file], { input: text, quiet: true });
  }
  await plane.kubectl(['wait', '--for=condition=Established', 'crd/cnitunings.cnituning.dev', '--timeout=30s']);
  terminal.lines(['', ...TUNING_YAML.trimEnd().split('\n')], 'dim');
  await kubectlShown(terminal, plane, ['apply', '-f', 'aws-node-tuning.yaml'], { input: TUNING_YAML });
  const operator = await startOperator(plane, cluster.testbed.ec2().url);
  onStarted(() => operator.stop());
  terminal.paragraph(
    'The operator is the program a cluster runs, here as a process of its own. It acts as the service account of ' +
      'deploy/manifests/rbac.yaml: it may read nodes and pods, and patch one DaemonSet.',
  );
  return { operatorKubeconfig: operator.kubeconfig, ended: operator.ended };
}

async function letItTakeOver({ terminal }: Tale, { plane }: Testbed): Promise<void> {
  terminal.heading('It does not touch what is not its own');
  const message = await terminal.during('The operator looks around', (say) =>
    until(
      async () => {
        const tuning = await readTuning(plane.api);
        const { hold } = tuning.status ?? {};
        say(stateOf(tuning));
        return hold?.reason === 'FieldsOwnedElsewhere' ? hold.message : undefined;
      },
      { withinMs: 60_000, what: 'the operator to say that eks owns the fields' },
    ),
  );
  terminal.paragraph(
    'aws-node was created by the field manager "eks", and nobody has said that cni-tuner may overrule it:',
  );
  terminal.blank();
  terminal.quote(`FieldsOwnedElsewhere: ${message}`);
  terminal.blank();
  terminal.paragraph('So we say it, with the command it offers:');
  const patch = offeredPatch(message);
  if (patch === undefined) throw new Error(`The hold offers no kubectl patch: ${message}`);
  await shown(terminal, plane, patch);
}

async function awaitChange({ terminal }: Tale, cluster: DemoCluster): Promise<Reading> {
  const { plane } = cluster.testbed;
  terminal.heading('It learns what the pods need, then changes the setting');
  terminal.paragraph(
    'From the watches it knows when each pod came and went on each node. It replays that history through its own ' +
      'model of the CNI under every allowed setting, and takes the cheapest that delays no more pods than allowed.',
  );
  let reading = await takeReading(cluster);
  const before = reading.warmENI;
  await terminal.during('A minute of history, an evaluation, a decision', (say) =>
    until(
      async () => {
        const tuning = await readTuning(plane.api);
        say(stateOf(tuning));
        const latest = await takeReading(cluster);
        if (latest.warmENI !== before) return latest;
        reading = latest;
        return undefined;
      },
      { withinMs: 150_000, what: `the operator to change WARM_ENI_TARGET=${before}`, everyMs: 1000 },
    ),
  );
  const because = (await readTuning(plane.api)).status?.changes?.[0]?.because;
  if (because !== undefined) terminal.quote(because);
  return reading;
}

async function followRollout({ terminal, nodes }: Tale, cluster: DemoCluster): Promise<Reading> {
  terminal.blank();
  terminal.paragraph(
    'The environment is read when aws-node starts, so the change is a rollout, a tenth of the nodes at a time. Pods ' +
      'keep running and keep their addresses meanwhile.',
  );
  await terminal.during('The DaemonSet rolls out', (say) => untilAwsNode(cluster.testbed.plane, nodes, say));
  return await takeReading(cluster);
}

async function untilAwsNode(plane: ControlPlane, nodes: number, say: (detail: string) => void): Promise<void> {
  await until(
    async () => {
      const daemonSet = await plane.api.get<DaemonSetState>(AWS_NODE_PATH);
      say(`aws-node is ready on ${daemonSet.status.updatedNumberScheduled ?? 0} of ${nodes} nodes`);
      return isRolledOut(daemonSet, nodes) ? true : undefined;
    },
    { withinMs: 240_000, what: `aws-node to be rolled out to ${nodes} nodes` },
  );
}

/** Half of what was held goes when the spare interfaces are gone; most of that is enough to go on. */
async function awaitAddresses({ terminal }: Tale, cluster: DemoCluster, before: Reading): Promise<Reading> {
  terminal.heading('The subnets get their addresses back');
  terminal.paragraph(
    'ipamd gives an interface back when it is a minute old, no pod is left on it and its last address has cooled ' +
      'down for 30 s: node by node, as the waves recede.',
  );
  const enough = before.heldAddresses * 0.56;
  return await terminal.during('Spare interfaces leave', (say) =>
    until(
      async () => {
        const held = heldNow(cluster);
        say(`${grouped(before.heldAddresses)} addresses were held, ${grouped(held)} are`);
        if (held > enough) return undefined;
        // An interface that is detached but not deleted yet still holds its addresses.
        const reading = await takeReading(cluster);
        return reading.heldAddresses <= enough ? reading : undefined;
      },
      { withinMs: 180_000, what: 'the nodes to give their spare interfaces back', everyMs: 1000 },
    ),
  );
}

async function showRecord({ terminal }: Tale, { plane }: Testbed): Promise<void> {
  terminal.heading('What the cluster has to say about it');
  await kubectlShown(terminal, plane, ['get', 'cnit', '-o', 'wide']);
  await kubectlShown(terminal, plane, ['events', '--for', `cnituning/${TUNING_NAME}`]);
}

function stateOf(tuning: Tuning): string {
  const { hold } = tuning.status ?? {};
  const ready = conditionOf(tuning, 'Ready');
  return hold?.reason ?? ready?.reason ?? 'no status yet';
}
