/** What a test reads back from the fake cluster. */
import type { FakeCluster } from './fake-cluster.ts';

export function warmENI(cluster: FakeCluster): string | undefined {
  return cluster.daemonSet.view.env.find(({ name }) => name === 'WARM_ENI_TARGET')?.value;
}

export function statusOf(cluster: FakeCluster) {
  return cluster.tunings.get('default')?.status;
}

export function ready(cluster: FakeCluster) {
  return statusOf(cluster)?.conditions?.find(({ type }) => type === 'Ready');
}
