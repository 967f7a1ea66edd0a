/** Reads a live cluster once, with the operator's own adapters: the CLI's composition root for what is outside. */
import { DEFAULT_SPEC, GROUP, PLURAL } from '../api/cnituning.ts';
import type { DaemonSetRef, SettingName } from '../api/tuning-spec.ts';
import { SETTING_NAMES } from '../api/tuning-spec.ts';
import { accountReader } from '../controller/account-reader.ts';
import { historyPlace } from '../controller/checkpoint-places.ts';
import type { Log } from '../controller/log.ts';
import { processTimer } from '../controller/timer.ts';
import { VERSION } from '../controller/version.ts';
import type { Cluster } from '../kube/cluster.ts';
import { openCluster } from '../kube/cluster.ts';
import { PortError } from '../reconcile/ports.ts';
import { variableOf } from '../tuning/counting-settings.ts';
import type { AccountView } from '../tuning/snapshot.ts';
import type { ClusterState, ObservedDaemonSet, OperatorSeen } from './cluster-state.ts';
import { sameRef, STATE_FORMAT } from './cluster-state.ts';
import { CannotAnswer, WrongInput } from './command.ts';
import { rememberedDemand } from './live-memory.ts';
import type { Progress } from './progress.ts';

export type LiveOptions = {
  /** As in KUBECONFIG. */
  readonly kubeconfig: string;
  readonly readsAws: boolean;
  /** Empty: from the nodes' labels. */
  readonly region: string;
  /** Where the operator's Lease and stored history are. */
  readonly operator: { readonly namespace: string; readonly name: string };
};

const PATIENCE_MS = 30_000;
const LOOK_MS = 50;
const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Throws WrongInput for a bad kubeconfig, CannotAnswer when the cluster does not answer within half a minute. */
export async function readLiveState(options: LiveOptions, progress: Progress): Promise<ClusterState> {
  const cluster = await liveCluster(options.kubeconfig);
  try {
    cluster.start({ onChange: () => {}, onDemand: () => {} });
    await until(() => cluster.health().every(({ synced }) => synced), cluster, progress);
    const tunings = cluster.tunings.list();
    const refs = distinct(tunings.map(({ spec }) => spec.daemonSetRef));
    cluster.follow(refs);
    const ready = (): boolean => refs.every((ref) => cluster.reader.snapshot(ref, undefined, Date.now()).synced);
    await until(ready, cluster, progress);
    const account = await readAccount(options, cluster);
    const takenAtMs = Date.now();
    const daemonSets = refs.map(
      (ref): ObservedDaemonSet => ({ ref, snapshot: cluster.reader.snapshot(ref, account, takenAtMs) }),
    );
    const store = cluster.checkpoints(historyPlace(options.operator));
    const remembered = await rememberedDemand(store, { takenAtMs, tunings, daemonSets }, progress);
    const operator = await operatorSeen(cluster, options.operator);
    return { format: STATE_FORMAT, takenAtMs, isRedacted: false, tunings, daemonSets, operator, remembered };
  } finally {
    progress.end();
    await cluster.close();
  }
}

/** Not started yet. Throws WrongInput. */
export async function liveCluster(kubeconfig: string): Promise<Cluster> {
  const variables: VariableNames = Object.fromEntries(SETTING_NAMES.map((name) => [name, variableOf(name)]));
  if (!namesAll(variables)) throw new Error('a setting has no variable');
  const userAgent = `cni-tuner/${VERSION}`;
  try {
    return await openCluster({ kubeconfig, userAgent, identity: 'cni-tuner-cli', variables, log: () => {} });
  } catch (error) {
    if (error instanceof PortError) throw new WrongInput(error.message);
    throw error;
  }
}

type VariableNames = Readonly<Partial<Record<SettingName, string>>>;

function namesAll(variables: VariableNames): variables is Readonly<Record<SettingName, string>> {
  return SETTING_NAMES.every((name) => variables[name] !== undefined);
}

/** Throws CannotAnswer when it is not so within half a minute, or can never be for want of one of these watches. */
export async function until(
  isSo: () => boolean,
  cluster: Cluster,
  progress: Progress,
  needed: (watch: string) => boolean = () => true,
): Promise<void> {
  const startMs = Date.now();
  for (;;) {
    if (isSo()) return;
    const waitedMs = Date.now() - startMs;
    const watches = cluster.health().filter(({ name }) => needed(name));
    const forbidden = watches.some(({ synced, trouble }) => !synced && isFinal(trouble));
    if (forbidden || waitedMs > PATIENCE_MS) throw new CannotAnswer(troubleOf(watches));
    progress.at(waitedMs, PATIENCE_MS);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Waiting gives no permission and installs no CRD. */
function isFinal(trouble: string | undefined): boolean {
  return trouble !== undefined && /forbidden|not allowed|not found|unauthorized/i.test(trouble);
}

const NO_CRD =
  `The cluster does not know CniTunings: the CustomResourceDefinition ${PLURAL}.${GROUP} is not installed. The Helm chart and ` +
  'deploy/install.yaml bring it; alone it is `kubectl apply --server-side -f crds/cnituning.dev_cnitunings.yaml`.';

function troubleOf(watches: ReturnType<Cluster['health']>): string {
  const broken = watches.find(({ synced }) => !synced);
  if (broken?.name === PLURAL && / with 404\b/.test(broken.trouble ?? '')) return NO_CRD;
  return broken?.trouble ?? `The cluster did not show its ${broken?.name ?? 'DaemonSet'} within 30 seconds; try again.`;
}

/** One reading; what it could not read is among its gaps. */
async function readAccount({ readsAws, region }: LiveOptions, { reader }: Cluster): Promise<AccountView | undefined> {
  let finished = (): void => {};
  const reading = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const options = { enabled: readsAws, region, refreshMs: PATIENCE_MS };
  const account = accountReader({
    options,
    reader,
    log: SILENT,
    timer: processTimer,
    onReading: () => finished(),
    onCall: () => {},
  });
  const first = account.latest(Date.now());
  if (first === undefined) {
    const patience = setTimeout(finished, PATIENCE_MS);
    await reading;
    clearTimeout(patience);
  }
  const view = account.latest(Date.now());
  account.close();
  return view;
}

async function operatorSeen(cluster: Cluster, place: LiveOptions['operator']): Promise<OperatorSeen> {
  const lease = `${place.namespace}/${place.name}`;
  try {
    const lead = await cluster.leaderOf(place);
    return lead === undefined ? { lease, kind: 'NoLease' } : { lease, kind: 'Leads', ...lead };
  } catch (error) {
    if (error instanceof PortError) return { lease, kind: 'NotReadable' };
    throw error;
  }
}

function distinct(refs: readonly DaemonSetRef[]): readonly DaemonSetRef[] {
  const all = refs.length === 0 ? [DEFAULT_SPEC.daemonSetRef] : refs;
  return all.filter((ref, at) => all.findIndex((other) => sameRef(ref, other)) === at);
}
