/**
 * The node on which pods run for real. It looks like a Fargate node: no aws-node runs there, the operator skips it, and
 * only pods that tolerate it are placed on it. kwok and the stand-in CNI leave its pods alone.
 */
import { KUBELET_ADDRESS } from './kubelet-logs.ts';

export const RUNNER_NODE = 'fargate-runner.ec2.internal';
/** A node with it runs its pods for real; others only pretend to. */
export const RUNNER_LABEL = 'testbed.cnituning.dev/runs-pods';

/** What a pod needs to be placed there, as Helm values. */
export const RUNNER_PLACEMENT = {
  nodeSelector: { [RUNNER_LABEL]: 'true' },
  tolerations: [{ key: 'eks.amazonaws.com/compute-type', operator: 'Equal', value: 'fargate', effect: 'NoSchedule' }],
} as const;

/** 127.0.0.1, as it is shown. */
const NODE_ADDRESS = '100.0.0.1';

/** What the cluster is told of an address: Services accept no endpoint of the loopback network. */
export const shownAddress = (loopback: string): string => loopback.replace(/^127\./, '100.');
/** Where such an address is on this machine. */
export const realAddress = (shown: string): string => shown.replace(/^100\./, '127.');

/** `kubeletPort`: where its logs are; undefined: nowhere. */
export function runnerNodeManifest(now: string, kubeletPort?: number): object {
  const capacity = { cpu: '8', memory: '32Gi', pods: '20' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: RUNNER_NODE,
      labels: {
        'eks.amazonaws.com/compute-type': 'fargate',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': RUNNER_NODE,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': 'us-east-1',
        'topology.kubernetes.io/zone': 'us-east-1a',
        [RUNNER_LABEL]: 'true',
      },
    },
    spec: {
      providerID: `aws:///us-east-1a/${RUNNER_NODE}`,
      taints: [{ key: 'eks.amazonaws.com/compute-type', value: 'fargate', effect: 'NoSchedule' }],
    },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address: NODE_ADDRESS },
        ...(kubeletPort === undefined ? [] : [KUBELET_ADDRESS]),
      ],
      ...(kubeletPort === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } } }),
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: now, lastTransitionTime: now },
      ],
    },
  };
}
