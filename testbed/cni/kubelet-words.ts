/** What the kubelet (1.36) says of a pod that gets no sandbox: its event, word for word. */
import type { AddRefusal } from './cni-node.ts';

export type RefusalWords = { readonly reason: string; readonly message: string };

const SANDBOX_FAILED =
  'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox';
const PLUGIN = 'plugin type="aws-cni" name="aws-cni" failed (add): add cmd:';
const IPAMD_DOWN =
  'Error received from AddNetwork gRPC call: rpc error: code = Unavailable desc = connection error: desc = ' +
  '"transport: Error while dialing: dial unix /var/run/aws-node/ipamd.sock: connect: connection refused"';

/** `sandboxId`: 64 hex digits, another one for each attempt. */
export function refusalWords(refused: AddRefusal, sandboxId: string): RefusalWords {
  if (refused === 'not-initialized') {
    return {
      reason: 'NetworkNotReady',
      message:
        'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady ' +
        'message:Network plugin returns error: cni plugin not initialized',
    };
  }
  const cause = refused === 'no-address' ? 'failed to assign an IP address to container' : IPAMD_DOWN;
  return { reason: 'FailedCreatePodSandBox', message: `${SANDBOX_FAILED} "${sandboxId}": ${PLUGIN} ${cause}` };
}

/** Similar events beyond this many become one that counts (client-go's EventAggregator). */
export const MOST_SIMILAR_EVENTS = 10;

export function combined(message: string): string {
  return `(combined from similar events): ${message}`;
}

/** Status of an aws-node pod whose container exits again and again. */
export function crashLoopStatus(sentence: string, restarts: number): { readonly status: unknown } {
  return {
    status: {
      containerStatuses: [
        {
          name: 'aws-node',
          image: '',
          imageID: '',
          ready: false,
          restartCount: restarts,
          state: { waiting: { reason: 'CrashLoopBackOff', message: `back-off restarting failed container=aws-node` } },
          lastState: { terminated: { exitCode: 1, reason: 'Error', message: sentence } },
        },
      ],
    },
  };
}
