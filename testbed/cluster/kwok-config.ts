import { stringify } from 'yaml';
import { RUNNER_NODE } from '../pods/runner-node.ts';
import { runningStatus } from './running-status.ts';

/** The stand-in CNI sets this once its pool gave the pod an address; only then does the pod start. */
export const POD_ADDRESS_ANNOTATION = 'testbed.cnituning.dev/pod-ip';

/** How long things take on a node, drawn evenly from `[from, to]`. */
export type Span = { readonly fromMs: number; readonly toMs: number };

export type KwokOptions = {
  /** From an address to Ready: image there, containers started, first probe. */
  readonly podStart?: Span;
  /** The same for pods on the host network, init containers included (aws-node). */
  readonly hostPodStart?: Span;
  /**
   * aws-node pods start only when a stand-in CNI has annotated them, so that they are ready when their ipamd is. Off
   * by default: without a stand-in they would never start.
   */
  readonly awsNodeWaitsForCni?: boolean;
  /** From the delete request to the pod's end. */
  readonly podStop?: Span;
  /** Stages kwok plays at a time for nodes and pods; raise it from 1,000 nodes on. */
  readonly parallelism?: number;
  /** For how long a node's Lease is good, which is renewed four times as often; without it there are no Leases. */
  readonly leaseSeconds?: number;
};

const QUICK: Span = { fromMs: 0, toMs: 0 };

/**
 * kwok's configuration as a YAML stream: how nodes and pods move through their lives. Everything is quick by default;
 * the `kubelet` parts that need an address (`PodReadyToStartContainers`, FailedCreatePodSandBox) are the stand-in
 * CNI's, and no stage here touches a pod between its acceptance and its address.
 */
export function kwokConfig(options: KwokOptions = {}): string {
  const parallelism = options.parallelism ?? 8;
  const documents = [
    {
      apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
      kind: 'KwokConfiguration',
      options: {
        podPlayStageParallelism: parallelism,
        nodePlayStageParallelism: Math.ceil(parallelism / 2),
        ...leaseOptions(options),
      },
    },
    nodeReady(),
    podAccepted(),
    podStarted(options.podStart ?? QUICK),
    ...(options.awsNodeWaitsForCni === true
      ? [
          hostPodStarted('host-pod-started', options.hostPodStart, [isAwsNode('NotIn')]),
          hostPodStarted('aws-node-started', undefined, [isAwsNode('In'), annotatedByCni]),
        ]
      : [hostPodStarted('host-pod-started', options.hostPodStart, [])]),
    jobPodCompleted(),
    podStopped(options.podStop ?? QUICK),
  ];
  return documents.map((document) => stringify(document)).join('---\n');
}

/** kwok renews Leases only when it is told both. */
function leaseOptions({ leaseSeconds }: KwokOptions): object {
  return leaseSeconds === undefined ? {} : { nodeLeaseDurationSeconds: leaseSeconds, nodeLeaseParallelism: 4 };
}

type Expression = {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
};
type Stage = {
  readonly name: string;
  readonly kind: 'Node' | 'Pod';
  readonly when: readonly Expression[];
  readonly after?: Span;
  readonly next: { readonly statusTemplate: string } | { readonly delete: true };
};

/** Pods there run for real. */
const notOnRunnerNode: Expression = { key: '.spec.nodeName', operator: 'NotIn', values: [RUNNER_NODE] };

function stage({ name, kind, when, after = QUICK, next }: Stage): unknown {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind },
      selector: { matchExpressions: kind === 'Pod' ? [...when, notOnRunnerNode] : when },
      // kwok draws evenly between the two when the second is the larger.
      delay: { durationMilliseconds: after.fromMs, jitterDurationMilliseconds: after.toMs },
      next: 'statusTemplate' in next ? { patches: [statusPatch(next.statusTemplate)] } : next,
    },
  };
}

/**
 * Only on the very version the stage was chosen for: kwok may play a stage once more for an older version that waited
 * in its queue, and a pod that runs already would go back to waiting. A refused patch is of no harm, the newer
 * version has its own turn.
 */
function statusPatch(template: string): unknown {
  const indented = template.trim().replaceAll(/^/gm, '  ');
  const withVersion = `metadata:\n  resourceVersion: {{ .metadata.resourceVersion | Quote }}\nstatus:\n${indented}\n`;
  return { subresource: 'status', root: '', template: withVersion };
}

const conditionIs = (type: string, operator: 'In' | 'NotIn', value: string): Expression => ({
  key: `.status.conditions.[] | select( .type == "${type}" ) | .status`,
  operator,
  values: [value],
});
const pending: readonly Expression[] = [
  { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
  { key: '.status.phase', operator: 'In', values: ['Pending'] },
];
const onHostNetwork: Expression = { key: '.spec.hostNetwork', operator: 'In', values: ['true'] };
const annotatedByCni: Expression = { key: `.metadata.annotations["${POD_ADDRESS_ANNOTATION}"]`, operator: 'Exists' };
const isAwsNode = (operator: 'In' | 'NotIn'): Expression => ({
  key: '.metadata.labels["k8s-app"]',
  operator,
  values: ['aws-node'],
});
const notOnHostNetwork: Expression = { key: '.spec.hostNetwork', operator: 'NotIn', values: ['true'] };

/** Nodes of the testbed are created Ready; this is for a node that somebody applies by hand. */
function nodeReady(): unknown {
  const statusTemplate = `
conditions:
- type: Ready
  status: "True"
  reason: KubeletReady
  message: kubelet is posting ready status
  lastHeartbeatTime: {{ Now | Quote }}
  lastTransitionTime: {{ Now | Quote }}
{{ if not .status.addresses }}
addresses:
- type: InternalIP
  address: {{ NodeIP | Quote }}
- type: Hostname
  address: {{ .metadata.name | Quote }}
{{ end }}
{{ if not .status.allocatable }}
allocatable: {cpu: "4", memory: 16Gi, pods: "58"}
capacity: {cpu: "4", memory: 16Gi, pods: "58"}
{{ end }}
`;
  return stage({
    name: 'node-ready',
    kind: 'Node',
    when: [conditionIs('Ready', 'NotIn', 'True')],
    next: { statusTemplate },
  });
}

/** As the kubelet does when it first sees a pod: no sandbox yet, containers waiting. */
function podAccepted(): unknown {
  const statusTemplate = `
startTime: {{ Now | Quote }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
hostIPs:
- ip: {{ NodeIPWith .spec.nodeName | Quote }}
conditions:
- type: PodReadyToStartContainers
  status: "False"
  lastTransitionTime: {{ Now | Quote }}
- type: Initialized
  status: {{ if .spec.initContainers }}"False"{{ else }}"True"{{ end }}
  lastTransitionTime: {{ Now | Quote }}
- type: Ready
  status: "False"
  reason: ContainersNotReady
  lastTransitionTime: {{ Now | Quote }}
- type: ContainersReady
  status: "False"
  reason: ContainersNotReady
  lastTransitionTime: {{ Now | Quote }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  started: false
  restartCount: 0
  state:
    waiting:
      reason: ContainerCreating
{{ end }}
`;
  const when: readonly Expression[] = [
    ...pending,
    notOnHostNetwork,
    { key: '.status.startTime', operator: 'DoesNotExist' },
  ];
  return stage({ name: 'pod-accepted', kind: 'Pod', when, next: { statusTemplate } });
}

function podStarted(after: Span): unknown {
  const address = `index .metadata.annotations "${POD_ADDRESS_ANNOTATION}"`;
  const when: readonly Expression[] = [
    ...pending,
    notOnHostNetwork,
    { key: '.status.startTime', operator: 'Exists' },
    annotatedByCni,
  ];
  return stage({ name: 'pod-started', kind: 'Pod', when, after, next: { statusTemplate: runningStatus(address) } });
}

function hostPodStarted(name: string, after: Span | undefined, which: readonly Expression[]): unknown {
  const statusTemplate = runningStatus('NodeIPWith .spec.nodeName');
  return stage({
    name,
    kind: 'Pod',
    when: [...pending, onHostNetwork, ...which],
    after: after ?? QUICK,
    next: { statusTemplate },
  });
}

/** Pods of a Job have done their work after some seconds. */
function jobPodCompleted(): unknown {
  const statusTemplate = `
phase: Succeeded
conditions:
- type: Ready
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ Now | Quote }}
- type: ContainersReady
  status: "False"
  reason: PodCompleted
  lastTransitionTime: {{ Now | Quote }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: {{ .image | Quote }}
  ready: false
  started: false
  restartCount: 0
  state:
    running: null
    terminated:
      exitCode: 0
      reason: Completed
      finishedAt: {{ Now | Quote }}
{{ end }}
`;
  const when: readonly Expression[] = [
    { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
    { key: '.status.phase', operator: 'In', values: ['Running'] },
    { key: '.metadata.ownerReferences.[].kind', operator: 'In', values: ['Job'] },
  ];
  const after = { fromMs: 5_000, toMs: 10_000 };
  return stage({ name: 'job-pod-completed', kind: 'Pod', when, after, next: { statusTemplate } });
}

function podStopped(after: Span): unknown {
  const when: readonly Expression[] = [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }];
  return stage({ name: 'pod-stopped', kind: 'Pod', when, after, next: { delete: true } });
}
