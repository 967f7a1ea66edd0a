/** Chapters 3 and 4: the operator is installed, holds, and is allowed to go on. */
import { readFile } from 'node:fs/promises';
import { offeredPatch, readTuning, readyReason, TUNING_FILE, tuningYaml } from '../cni-tuning.ts';
import type { DemoCluster } from '../demo-cluster.ts';
import { kubectlShown, shown } from '../kubectl-shown.ts';
import { type OperatorProcess, startOperator } from '../operator-process.ts';
import type { Tale } from '../tale.ts';
import { until } from '../until.ts';

export async function installOperator({ terminal, onStarted }: Tale, cluster: DemoCluster): Promise<OperatorProcess> {
  const { plane } = cluster.testbed;
  terminal.heading('cni-tuner is installed and asked to tune');
  const manifests = ['crds/cnituning.dev_cnitunings.yaml', 'deploy/manifests/rbac.yaml'];
  for (const file of manifests) {
    const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
    await kubectlShown(terminal, plane, ['apply', '--server-side', '-f', file], { input: text, quiet: true });
  }
  await plane.kubectl(['wait', '--for=condition=Established', 'crd/cnitunings.cnituning.dev', '--timeout=30s']);
  const yaml = await tuningYaml();
  terminal.lines(['', ...yaml.trimEnd().split('\n')], 'dim');
  await kubectlShown(terminal, plane, ['apply', '-f', TUNING_FILE], { input: yaml });
  const operator = await startOperator(plane, cluster.testbed.ec2().url);
  onStarted(() => operator.stop());
  terminal.paragraph(
    'The operator is the program a cluster runs, here as a process of its own. It acts as the service account of ' +
      'deploy/manifests/rbac.yaml: it may read nodes and pods, and patch one DaemonSet.',
  );
  return operator;
}

export async function letItTakeOver({ terminal }: Tale, { testbed: { plane } }: DemoCluster): Promise<void> {
  terminal.heading('It does not touch what is not its own');
  const message = await terminal.during('The operator looks around', (say) =>
    until(
      async () => {
        const tuning = await readTuning(plane.api);
        const { hold } = tuning.status ?? {};
        say(readyReason(tuning));
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
