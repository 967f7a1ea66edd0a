/** Why there is no number yet. In order: the first that applies. */
import type { Undecided } from '../advice.ts';
import { countingSettings, variableOf } from '../counting-settings.ts';
import type { RecommendInput } from '../recommend.ts';
import { SETTING_NAMES } from '../../api/tuning-spec.ts';
import { toEnv, warmIPTargetsDefined } from '../../ipamd/warm-settings.ts';
import { duration, listed } from './wording.ts';

type Check = (input: RecommendInput) => Omit<Undecided, 'kind' | 'evidence'> | undefined;

const CHECKS: readonly Check[] = [
  daemonSetNotFound, // nothing to advise on
  containerNotFound,
  noSupportedNodes, // no node whose pool we know
  settingsIneffective, // the CNI reads none of them
  collectingHistory, // too little seen
];

export function undecided(input: RecommendInput): Undecided | undefined {
  for (const check of CHECKS) {
    const found = check(input);
    if (found !== undefined) return { kind: 'Undecided', evidence: input.evaluation?.request.evidence, ...found };
  }
  return undefined;
}

function daemonSetNotFound({ snapshot, spec }: RecommendInput): ReturnType<Check> {
  if (snapshot.daemonSet !== undefined) return undefined;
  const { namespace, name } = spec.daemonSetRef;
  const message = `There is no DaemonSet ${namespace}/${name}; create it, or name another one in spec.daemonSetRef of a new CniTuning.`;
  return { reason: 'DaemonSetNotFound', message, recheckAtMs: undefined };
}

function containerNotFound({ snapshot, spec }: RecommendInput): ReturnType<Check> {
  if (snapshot.daemonSet?.containerFound !== false) return undefined;
  const { namespace, name, container } = spec.daemonSetRef;
  const message = `DaemonSet ${namespace}/${name} has no container ${container}; name another one in spec.daemonSetRef of a new CniTuning.`;
  return { reason: 'ContainerNotFound', message, recheckAtMs: undefined };
}

function noSupportedNodes({ census }: RecommendInput): ReturnType<Check> {
  if (census.tuned.length > 0) return undefined;
  const skipped = Object.entries(census.skipped).map(([reason, nodes]) => `${nodes} ${reason}`);
  const types = census.unknownInstanceTypes.length > 0 ? ` (unknown: ${census.unknownInstanceTypes.join(', ')})` : '';
  const why = skipped.length === 0 ? 'the cluster has no nodes' : `left out are ${listed(skipped)}${types}`;
  return { reason: 'NoSupportedNodes', message: `No node's pool can be judged: ${why}.`, recheckAtMs: undefined };
}

function settingsIneffective({ live, census, spec }: RecommendInput): ReturnType<Check> {
  if (live === undefined) return undefined;
  const ours = SETTING_NAMES.filter((name) => spec.settings[name] !== undefined);
  if (countingSettings(live.settings, Object.values(census.shapes), spec.settings).length > 0) return undefined;
  const { warmIP, minimumIP, prefixDelegation } = live.settings;
  const ipTargets = Object.entries(toEnv({ warmIP, minimumIP })).map(([name, value]) => `${name}=${value}`);
  const why = warmIPTargetsDefined(live.settings)
    ? `${listed(ipTargets)} override it`
    : `with prefix delegation ${prefixDelegation ? 'on' : 'off'} the CNI does not read it`;
  const message = `None of spec.settings counts: ${listed(ours.map(variableOf))} would be written, but ${why}.`;
  return { reason: 'SettingsIneffective', message, recheckAtMs: undefined };
}

function collectingHistory({ watchedMs, spec, nowMs }: RecommendInput): ReturnType<Check> {
  const missingMs = spec.history.minimumMs - watchedMs;
  if (missingMs <= 0) return undefined;
  const recheckAtMs = nowMs + missingMs;
  const until = `${new Date(recheckAtMs).toISOString().slice(0, 19)}Z`;
  const message = `Collecting history until ${until}: spec.history.minimum asks for ${duration(spec.history.minimumMs)}.`;
  return { reason: 'CollectingHistory', message, recheckAtMs };
}
