/** What a reader can do now. */
import { dirname } from 'node:path';
import { TUNING_NAME } from './cni-tuning.ts';
import { REGION } from '../testbed/stand-in.ts';
import type { DemoCluster } from './demo-cluster.ts';
import type { Terminal } from './terminal.ts';

export function showWhatNext(terminal: Terminal, keep: boolean, { testbed, kubectlProgram }: DemoCluster): void {
  terminal.heading(keep ? 'It stays up; this is how to play with it' : 'What next');
  if (keep) {
    terminal.paragraph('Pods keep coming and going. In another terminal:');
    terminal.lines([
      `export KUBECONFIG=${testbed.plane.kubeconfigs.admin}`,
      `export PATH=${dirname(kubectlProgram)}:$PATH`,
      `export AWS_ENDPOINT_URL=${testbed.ec2().url} AWS_REGION=${REGION}`,
      'export AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo',
    ]);
  } else {
    terminal.paragraph('`npm run demo -- --keep` leaves the cluster running, so that you can try:');
  }
  terminal.blank();
  for (const command of [
    `kubectl describe cnit ${TUNING_NAME}`,
    'kubectl explain cnit.spec',
    `kubectl get cnit ${TUNING_NAME} -o yaml`,
    'kubectl -n kube-system get ds aws-node -o yaml --show-managed-fields',
    'kubectl -n kube-system set env ds/aws-node -c aws-node WARM_ENI_TARGET=2',
    `kubectl delete cnit ${TUNING_NAME}`,
  ]) {
    terminal.command(command);
  }
  terminal.paragraph('The last one gives eks its value and its ownership back, exactly as they were.');
  if (keep) {
    terminal.blank();
    terminal.paragraph('Ctrl-C stops everything and leaves nothing behind.');
  }
}
