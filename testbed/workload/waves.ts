/**
 * A workload that comes and goes in waves, each zone in its own time: some pods stay, the rest arrive within a short
 * climb, work, and leave again. Endless and reproducible: the same seed gives the same events.
 */
import type { DemandEvent } from './demand.ts';
import { seededRandom } from './seeded-random.ts';

export type WaveNode = {
  readonly name: string;
  /** Pods that run from the start to the end. */
  readonly steadyPods: number;
  /** Pods of one wave, the steady ones not counted: drawn evenly from here. */
  readonly wavePods: { readonly least: number; readonly most: number };
  /** Nodes of one group rise together. */
  readonly group: number;
};

export type WaveTimes = {
  /** From the start of a wave to the start of the node's next. */
  readonly periodMs: number;
  /** In which all pods of a wave arrive, and later all leave. */
  readonly climbMs: number;
  readonly holdMs: number;
  /** The steady pods arrive within this long; the first waves come after it. */
  readonly startMs: number;
  /** A node is early or late by up to half of this. */
  readonly spreadMs: number;
};

export type WavePlan = { readonly nodes: readonly WaveNode[]; readonly times: WaveTimes; readonly seed: number };

/** Every so often all pods of a wave arrive in the same second. */
const BURST_SHARE = 0.15;
const BURST_MS = 1000;

export function* waves({ nodes, times, seed }: WavePlan): Generator<DemandEvent> {
  const random = seededRandom(seed);
  const groups = 1 + Math.max(0, ...nodes.map(({ group }) => group));
  yield* inOrder(nodes.flatMap((node) => steadyPods(node, times, random)));
  let later: readonly DemandEvent[] = [];
  for (let wave = 0; ; wave += 1) {
    const startMs = times.startMs + wave * times.periodMs;
    const offsetMs = (group: number) => (group / groups) * times.periodMs + random() * times.spreadMs;
    const fresh = nodes.flatMap((node) =>
      waveOf({ node, wave, startMs: startMs + offsetMs(node.group), times, random }),
    );
    const known = inOrder([...later, ...fresh]);
    // Whatever begins before the next wave of the first group can no longer be overtaken.
    const settledMs = startMs + times.periodMs;
    yield* known.filter(({ atMs }) => atMs < settledMs);
    later = known.filter(({ atMs }) => atMs >= settledMs);
  }
}

function steadyPods(node: WaveNode, times: WaveTimes, random: () => number): readonly DemandEvent[] {
  // Together, so that they share the node's first interface and pin no other.
  const atMs = Math.round(random() * times.startMs);
  return Array.from({ length: node.steadyPods }, (_, index) => ({
    atMs,
    event: 'pod-add',
    node: node.name,
    pod: `${node.name}/steady-${index}`,
  }));
}

function waveOf(at: {
  readonly node: WaveNode;
  readonly wave: number;
  readonly startMs: number;
  readonly times: WaveTimes;
  readonly random: () => number;
}): readonly DemandEvent[] {
  const { node, wave, startMs, times, random } = at;
  const { least, most } = node.wavePods;
  const pods = least + Math.floor(random() * (most - least + 1));
  const climbMs = random() < BURST_SHARE ? BURST_MS : times.climbMs;
  return Array.from({ length: pods }, (_, index): readonly DemandEvent[] => {
    const pod = `${node.name}/wave-${wave}-${index}`;
    const comesMs = Math.round(startMs + random() * climbMs);
    const goesMs = Math.round(startMs + times.climbMs + times.holdMs + random() * times.climbMs);
    return [
      { atMs: comesMs, event: 'pod-add', node: node.name, pod },
      { atMs: goesMs, event: 'pod-remove', node: node.name, pod },
    ];
  }).flat();
}

function inOrder(events: readonly DemandEvent[]): readonly DemandEvent[] {
  return events.toSorted((one, other) => one.atMs - other.atMs);
}
