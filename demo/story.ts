/** The story, chapter by chapter: each shows what happens, waits for it, and says why it matters. */
import { beforeAfterLines, type Phase } from './before-after.ts';
import { awaitAddresses, awaitChange, enoughOf, followRollout, showRecord } from './chapters/change.ts';
import { buildCluster, fillSubnets } from './chapters/full-subnets.ts';
import { installOperator, letItTakeOver } from './chapters/installation.ts';
import type { DemoCluster } from './demo-cluster.ts';
import { type EnvEntry, awsNodeEnv } from './reading.ts';
import { grouped } from './table.ts';
import type { Tale } from './tale.ts';

/** What the verification needs to know of how it was before. */
export type Told = {
  readonly cluster: DemoCluster;
  readonly envBefore: readonly EnvEntry[];
  readonly before: Phase;
  readonly after: Phase;
  readonly operatorKubeconfig: string;
  /** As printed. */
  readonly because: string;
  readonly table: readonly string[];
};

export async function tellStory(tale: Tale): Promise<Told> {
  const cluster = await buildCluster(tale);
  const start = await fillSubnets(tale, cluster);
  const envBefore = await awsNodeEnv(cluster.testbed.plane.api);
  const operator = await installOperator(tale, cluster);
  const whileItRuns = <T>(work: Promise<T>): Promise<T> => Promise.race([work, operator.ended]);
  await whileItRuns(letItTakeOver(tale, cluster));
  const change = await whileItRuns(awaitChange(tale, cluster));
  const before = { from: start, to: change.reading };
  const rolledOut = await whileItRuns(followRollout(tale, cluster));
  const after = { from: rolledOut, to: await whileItRuns(awaitAddresses(tale, cluster, before.to)) };
  const table = beforeAfterLines(before, after);
  tale.terminal.lines(['', ...table, '']);
  tale.terminal.paragraph(
    `The EC2 calls after the change are those that give the interfaces back, once. The rollout itself cost ` +
      `${grouped(rolledOut.ec2Calls - before.to.ec2Calls)} calls: every aws-node that starts looks at its interfaces.`,
  );
  await showRecord(tale, cluster, enoughOf(before.to));
  const { kubeconfig: operatorKubeconfig } = operator;
  return { cluster, envBefore, before, after, operatorKubeconfig, because: change.because, table };
}
