import type { Container } from './pod-spec.ts';
import { shownAddress } from './runner-node.ts';

/** How a container is, as its kubelet would say. */
export type ContainerState =
  | { readonly kind: 'Waiting'; readonly reason: string; readonly message: string }
  | { readonly kind: 'Running'; readonly startedAt: string }
  | { readonly kind: 'Terminated'; readonly exitCode: number; readonly reason: string; readonly finishedAt: string };

export type PodReport = {
  readonly container: Container;
  readonly address: string;
  readonly startTime: string;
  readonly state: ContainerState;
  readonly last: ContainerState | undefined;
  readonly ready: boolean;
  readonly readySince: string;
  readonly restarts: number;
  readonly restartsAlways: boolean;
};

/** The pod's status for a strategic merge patch: the scheduler's own condition stays. */
export function statusOf(report: PodReport): object {
  const { container, startTime, state, last, ready, readySince, restarts } = report;
  const address = shownAddress(report.address);
  const is = (yes: boolean): string => (yes ? 'True' : 'False');
  const condition = (type: string, yes: boolean, at: string) => ({ type, status: is(yes), lastTransitionTime: at });
  return {
    phase: phaseOf(report),
    startTime,
    hostIP: shownAddress('127.0.0.1'),
    podIP: address,
    podIPs: [{ ip: address }],
    conditions: [
      condition('PodReadyToStartContainers', true, startTime),
      condition('Initialized', true, startTime),
      condition('ContainersReady', ready, readySince),
      condition('Ready', ready, readySince),
    ],
    containerStatuses: [
      {
        name: container.name,
        image: container.image,
        imageID: container.image,
        ready,
        started: state.kind === 'Running',
        restartCount: restarts,
        state: rawState(state),
        lastState: last === undefined ? {} : rawState(last),
      },
    ],
  };
}

function phaseOf({ state, restarts, restartsAlways }: PodReport): string {
  if (state.kind === 'Running' || restarts > 0 || restartsAlways)
    return state.kind === 'Waiting' && restarts === 0 ? 'Pending' : 'Running';
  if (state.kind === 'Waiting') return 'Pending';
  return state.exitCode === 0 ? 'Succeeded' : 'Failed';
}

function rawState(state: ContainerState): object {
  if (state.kind === 'Waiting') return { waiting: { reason: state.reason, message: state.message } };
  if (state.kind === 'Running') return { running: { startedAt: state.startedAt } };
  const { exitCode, reason, finishedAt } = state;
  return { terminated: { exitCode, reason, finishedAt } };
}
