/** The operator's own client and adapters against the shared control plane, and what tests compare. */
import { ORIGINALS_ANNOTATION } from '../../src/api/cnituning.ts';
import { warmSettingsWriter } from '../../src/kube/aws-node.ts';
import type { KubeClient, KubeLog, RequestSample } from '../../src/kube/client.ts';
import { connect } from '../../src/kube/client.ts';
import { credentialsFrom } from '../../src/kube/credentials.ts';
import type { DaemonSetTarget, WarmSettingsWriter } from '../../src/reconcile/ports.ts';
import type { ApiClient } from '../../testbed/control-plane/api-client.ts';
import type { UserName } from '../../testbed/control-plane/identity.ts';
import { eventually, sharedPlane } from './control-plane.ts';

export const VARIABLES = {
  warmENI: 'WARM_ENI_TARGET',
  warmPrefix: 'WARM_PREFIX_TARGET',
  warmIP: 'WARM_IP_TARGET',
  minimumIP: 'MINIMUM_IP_TARGET',
} as const;

export type LogLine = {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
};

/** A log that keeps its lines. */
export function aLog(): { readonly log: KubeLog; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  return { log: (level, message, fields) => lines.push({ level, message, fields }), lines };
}

/** The operator's client of the shared plane. */
export function aKubeClient(
  options: {
    readonly as?: UserName;
    readonly kubeconfig?: string;
    readonly onRequest?: (sample: RequestSample) => void;
  } = {},
): KubeClient {
  const kubeconfig = options.kubeconfig ?? sharedPlane().kubeconfigs[options.as ?? 'admin'];
  const { onRequest } = options;
  return connect({
    credentials: credentialsFrom(kubeconfig),
    userAgent: 'cni-tuner/test',
    ...(onRequest === undefined ? {} : { onRequest }),
  });
}

export function aWriter(client: KubeClient): WarmSettingsWriter {
  return warmSettingsWriter({ client, variables: VARIABLES, generationOf: () => undefined });
}

export type LiveDaemonSet = {
  readonly status?: { readonly observedGeneration?: number };
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly fieldsV1: unknown;
      readonly subresource?: string;
    }[];
  };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly {
          readonly name: string;
          readonly env?: readonly { readonly name: string; readonly value?: string }[];
        }[];
      };
    };
  };
};

export type EnvEntry = { readonly name: string; readonly value?: string; readonly valueFrom?: unknown };

/** A DaemonSet that runs nowhere, with this env in its container `aws-node`. */
export function aSmallDaemonSet(namespace: string, env: readonly EnvEntry[]): Readonly<Record<string, unknown>> {
  const labels = { 'k8s-app': 'aws-node' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'aws-node', namespace },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          nodeSelector: { nowhere: 'true' },
          containers: [
            { name: 'aws-node', image: 'example.com/cni', env },
            {
              name: 'aws-eks-nodeagent',
              image: 'example.com/agent',
              env: [{ name: 'WARM_ENI_TARGET', value: 'not ours' }],
            },
          ],
        },
      },
    },
  };
}

export function daemonSetPath(namespace: string): string {
  return `/apis/apps/v1/namespaces/${namespace}/daemonsets/aws-node`;
}

/** The DaemonSet once its controller has seen the last change: it answers each one with a write of its own. */
export async function readDaemonSet(api: ApiClient, namespace: string): Promise<LiveDaemonSet> {
  return await eventually(async () => {
    const live = await api.get<LiveDaemonSet>(daemonSetPath(namespace));
    if (live.status?.observedGeneration !== live.metadata.generation)
      throw new Error('not yet observed by its controller');
    return live;
  });
}

export async function targetOf(api: ApiClient, namespace: string): Promise<DaemonSetTarget> {
  const { metadata } = await readDaemonSet(api, namespace);
  const ref = { namespace, name: 'aws-node', container: 'aws-node' };
  const { uid, resourceVersion, annotations } = metadata;
  return { ref, uid, resourceVersion, recorded: annotations?.[ORIGINALS_ANNOTATION] };
}

/** The env of the tuned container, in order. */
export function envOf(daemonSet: LiveDaemonSet): readonly EnvEntry[] {
  return daemonSet.spec.template.spec.containers.find(({ name }) => name === 'aws-node')?.env ?? [];
}

/** managedFields without times and without what the controller owns, in a fixed order. */
export function ownershipOf(daemonSet: LiveDaemonSet): readonly unknown[] {
  return daemonSet.metadata.managedFields
    .filter(({ subresource }) => subresource === undefined)
    .map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }))
    .toSorted((a, b) => `${a.manager} ${a.operation}`.localeCompare(`${b.manager} ${b.operation}`));
}
