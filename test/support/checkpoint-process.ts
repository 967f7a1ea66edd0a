/**
 * A process of its own that remembers demand and checkpoints it, as the operator does but many times a second, until
 * it kills itself by SIGKILL at a moment drawn from its seed: after so many writes, in the middle of the next. Says on
 * stdout what it found at its start, and before and after each write what a reader would find then.
 *
 * usage: TOKEN=… checkpoint-process.ts URL CA_FILE NAMESPACE SEED
 */
import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { checkpointStore } from '../../src/kube/checkpoint-store.ts';
import { connect } from '../../src/kube/client.ts';
import { historyPlace } from '../../src/controller/checkpoint-places.ts';
import { Checkpoints } from '../../src/controller/checkpoints.ts';
import { createLog } from '../../src/controller/log.ts';
import { Metrics } from '../../src/controller/metrics.ts';
import type { Timer } from '../../src/controller/timer.ts';
import { seededRandom } from '../../src/ipamd/random.ts';
import type { CheckpointStore } from '../../src/reconcile/ports.ts';
import { DemandHistory } from '../../src/tuning/demand.ts';
import type { DemandPicture, RestoredDemand } from '../../src/tuning/demand/demand-picture.ts';
import { aNode } from './builders.ts';

export type Remembered = { readonly untilMs: number; readonly podStarts: number; readonly watchedMs: number };

/** One line each. */
export type ProcessLine =
  | { readonly kind: 'Found'; readonly remembered: Remembered | undefined }
  | { readonly kind: 'Sends' | 'Stored'; readonly index: number; readonly remembered: Remembered };

const NODES = 10;
const INTERVAL_MS = 15;
const FOLD_MS = 120;
const MOST_WRITES = 12;
/** A write takes about so long. */
const WRITE_MS = 10;
const ALIVE_AT_MOST_MS = 60_000;

const [server = '', caFile = '', namespace = '', seed = ''] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const say = (line: ProcessLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const timer: Timer = {
  nowMs: () => performance.now(),
  after: (delayMs, wake) => {
    const timeout = setTimeout(wake, delayMs);
    return () => clearTimeout(timeout);
  },
};

const watchedIn = ({ watched: { sinceMs, gaps } }: Pick<DemandPicture, 'watched'>, untilMs: number): number =>
  sinceMs === undefined ? 0 : untilMs - sinceMs - gaps.reduce((sum, gap) => sum + gap.untilMs - gap.fromMs, 0);

function inPicture(picture: DemandPicture): Remembered {
  const kept = picture.shapes.flatMap(({ settled, open }) => [...settled, ...open]);
  const podStarts = kept.reduce((sum, { stretch }) => sum + stretch.podStarts, 0);
  return { untilMs: picture.takenAtMs, podStarts, watchedMs: watchedIn(picture, picture.takenAtMs) };
}

function inRestored(demand: RestoredDemand): Remembered {
  const podStarts = demand.stretches.reduce((sum, { stretch }) => sum + stretch.podStarts, 0);
  return { untilMs: demand.takenAtMs, podStarts, watchedMs: watchedIn(demand, demand.takenAtMs) };
}

const history = new DemandHistory({ seed: Number(seed) });
let found: Remembered | undefined;
let pictured: Remembered = { untilMs: 0, podStarts: 0, watchedMs: 0 };
const memory = {
  picture: (takenAtMs: number): DemandPicture => {
    const picture = history.picture(takenAtMs);
    pictured = inPicture(picture);
    return picture;
  },
  precede: (earlier: RestoredDemand, nowMs: number): void => {
    found = inRestored(earlier);
    history.precede(earlier, nowMs);
  },
};

/** Not from a kubeconfig: reading one costs more time than all else here. */
const credentials = {
  server,
  read: async () => ({
    headers: { authorization: `Bearer ${process.env['TOKEN']}` },
    tls: { ca: readFileSync(caFile, 'utf8') },
    proxyUrl: undefined,
  }),
  reload: () => {},
};
const client = connect({ credentials, userAgent: 'cni-tuner/test' });
const configMaps = checkpointStore(client, historyPlace({ namespace, name: 'cni-tuner' }));
const store: CheckpointStore = {
  read: () => configMaps.read(),
  write: async (index, bytes) => {
    const remembered = pictured;
    say({ kind: 'Sends', index, remembered });
    if (writesLeft === 0) setTimeout(() => process.kill(process.pid, 'SIGKILL'), random() * WRITE_MS);
    writesLeft -= 1;
    const answer = await configMaps.write(index, bytes);
    say({ kind: 'Stored', index, remembered });
    return answer;
  },
};

let writesLeft = Math.floor(random() * MOST_WRITES);
let pod = 0;
function tell(): void {
  const nodeName = `node-${Math.floor(random() * NODES)}`;
  pod += 1;
  const atMs = Date.now();
  history.record({ kind: 'PodBound', atMs, nodeName, pod, alreadyRunning: false });
  if (pod > 50) history.record({ kind: 'PodGone', atMs, nodeName, pod: pod - 50 });
}

// A killed process leaves no compiled code for the next one by itself.
flushCompileCache();
for (let at = 0; at < NODES; at++) history.record({ kind: 'NodeSeen', atMs: Date.now(), node: aNode(`node-${at}`) });
setInterval(tell, 1);
const checkpoints = new Checkpoints({
  store,
  memory,
  knownUntilMs: Date.now,
  timer,
  intervalMs: INTERVAL_MS,
  foldMs: FOLD_MS,
  metrics: new Metrics(),
  log: createLog('warn', { write: (line) => void process.stderr.write(line) }),
  onChange: () => {},
});
await checkpoints.lead();
say({ kind: 'Found', remembered: found });
setTimeout(() => {
  process.stderr.write(`still alive after ${ALIVE_AT_MOST_MS} ms: ${JSON.stringify(checkpoints.keeping())}\n`);
  process.exit(1);
}, ALIVE_AT_MOST_MS);
