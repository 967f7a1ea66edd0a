/** Chapters 5 to 7: the operator changes the setting, and the subnets get their addresses back. */
import { readTuning, readyReason, TUNING_NAME } from '../cni-tuning.ts';
import { type DemoCluster, heldNow, untilAwsNode } from '../demo-cluster.ts';
import { kubectlShown } from '../kubectl-shown.ts';
import { type Reading, hasRoomAgain, takeReading } from '../reading.ts';
import { grouped } from '../table.ts';
import type { Tale } from '../tale.ts';
import { until } from '../until.ts';

/** Half of what was held goes when the spare interfaces are gone; most of that is enough to go on. */
export const enoughOf = ({ heldAddresses }: Reading): number => heldAddresses * 0.56;

/** The last reading before it, and what the operator says of it. */
export type Change = { readonly reading: Reading; readonly because: string };

export async function awaitChange({ terminal }: Tale, cluster: DemoCluster): Promise<Change> {
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
        say(readyReason(tuning));
        const latest = await takeReading(cluster);
        if (latest.warmENI !== before) return latest;
        reading = latest;
        return undefined;
      },
      { withinMs: 150_000, what: `the operator to change WARM_ENI_TARGET=${before}`, everyMs: 1000 },
    ),
  );
  const { because = '' } = (await readTuning(plane.api)).status?.changes?.[0] ?? {};
  if (because !== '') terminal.quote(because);
  return { reading, because };
}

export async function followRollout({ terminal, nodes }: Tale, cluster: DemoCluster): Promise<Reading> {
  terminal.blank();
  terminal.paragraph(
    'The environment is read when aws-node starts, so the change is a rollout, a tenth of the nodes at a time. Pods ' +
      'keep running and keep their addresses meanwhile.',
  );
  await terminal.during('The DaemonSet rolls out', (say) => untilAwsNode(cluster.testbed.plane, nodes, say));
  return await takeReading(cluster);
}

export async function awaitAddresses({ terminal }: Tale, cluster: DemoCluster, before: Reading): Promise<Reading> {
  terminal.heading('The subnets get their addresses back');
  terminal.paragraph(
    'ipamd gives an interface back when it is a minute old, no pod is left on it and its last address has cooled ' +
      'down for 30 s: node by node, as the waves recede.',
  );
  const enough = enoughOf(before);
  return await terminal.during('Spare interfaces leave', (say) =>
    until(
      async () => {
        const held = heldNow(cluster);
        say(`${grouped(before.heldAddresses)} addresses were held, ${grouped(held)} are`);
        if (held > enough) return undefined;
        // An interface that is detached but not deleted yet still holds its addresses.
        const reading = await takeReading(cluster);
        const haveRoom = before.subnets.every((was, at) => hasRoomAgain(reading.subnets[at] ?? was, was));
        return reading.heldAddresses <= enough && haveRoom ? reading : undefined;
      },
      { withinMs: 180_000, what: 'the nodes to give their spare interfaces back', everyMs: 1000 },
    ),
  );
}

/** `heldMost`: the status is up to date once it shows no more than these. */
export async function showRecord({ terminal }: Tale, cluster: DemoCluster, heldMost: number): Promise<void> {
  const { plane } = cluster.testbed;
  terminal.heading('What the cluster has to say about it');
  await terminal.during('The operator looks at EC2 again', (say) =>
    until(
      async () => {
        const attached = (await readTuning(plane.api)).status?.addresses?.attached;
        say(`it knows of ${grouped(attached ?? 0)} addresses`);
        return attached !== undefined && attached <= heldMost ? attached : undefined;
      },
      { withinMs: 90_000, what: 'the status of the CniTuning to show what the nodes hold' },
    ),
  );
  await kubectlShown(terminal, plane, ['get', 'cnit', '-o', 'wide']);
  await kubectlShown(terminal, plane, ['events', '--for', `cnituning/${TUNING_NAME}`, '--types=Normal']);
}
