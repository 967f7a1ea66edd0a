/** Takes names out of a snapshot: nodes, instances, subnets, address ranges, labels. What decides stays as it is. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Env } from '../ipamd/warm-settings.ts';
import { fromEnv } from '../ipamd/warm-settings.ts';
import { envOf } from '../tuning/live-settings.ts';
import type { EnvEntryView } from '../tuning/snapshot.ts';
import type { ClusterState } from './cluster-state.ts';
import { parseState, stateText } from './cluster-state.ts';

const DIGITS = 10;
const OURS = 'cnituning.dev/';

/**
 * Equal names stay equal within one file; `salt` must be new for each file, or names could be guessed. A name is
 * replaced wherever it stands, in the sentences of statuses too.
 */
export function redacted(state: ClusterState, salt: string): ClusterState {
  const hashed = (name: string): string =>
    createHash('sha256').update(`${salt}\n${name}`).digest('hex').slice(0, DIGITS);
  const names = new Map<string, string>();
  const hide = (name: string, prefix: string): void => {
    if (name !== '') names.set(name, `${prefix}${hashed(name)}`);
  };
  for (const { snapshot } of state.daemonSets) {
    for (const { name, uid, instanceId } of snapshot.nodes) {
      hide(name, 'node-');
      hide(uid, 'uid-');
      hide(instanceId, 'i-');
    }
    for (const { id, vpcId, cidr } of snapshot.account?.subnets ?? []) {
      hide(id, 'subnet-');
      hide(vpcId, 'vpc-');
      names.set(cidr, `0.0.0.0/${cidr.split('/')[1] ?? ''}`);
    }
    for (const { subnetIds } of snapshot.account?.nodes?.values() ?? [])
      for (const id of subnetIds) hide(id, 'subnet-');
  }
  const text = withoutTraces(replaced(stateText(withoutExtras(state, hashed)), names), hashed);
  return { ...parseState(text, 'the redacted snapshot'), isRedacted: true };
}

/** The longest name first: one may be a part of another. */
function replaced(text: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return text;
  const longestFirst = [...names.keys()].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = longestFirst.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)).join('|');
  return text.replace(
    new RegExp(`(?<![\\w.-])(?:${pattern})(?![\\w-]|\\.\\w)`, 'g'),
    (name) => names.get(name) ?? name,
  );
}

/** What tells of people, accounts and machines that are not in the snapshot itself: words of AWS, nodes that are gone. */
const TRACES: readonly (readonly [RegExp, string])[] = [
  [/\barn:aws[\w-]*:[^\s"',;)\\]+/g, 'arn-'],
  [/\bip-\d{1,3}(?:-\d{1,3}){3}\b[\w.-]*/g, 'node-'],
  [/\b(?:i|eni|subnet|vpc|sg)-[0-9a-f]{8,17}\b/g, 'id-'],
  [/\b\d{12}\b/g, 'account-'],
];
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;
const JSON_TEXT = /"(?:[^"\\]|\\.)*"/g;

/** In texts only: a number of twelve digits outside of one is a number. */
function withoutTraces(json: string, hashed: (name: string) => string): string {
  return json.replace(JSON_TEXT, (text) => {
    const hidden = TRACES.reduce(
      (rest, [trace, prefix]) => rest.replace(trace, (found) => `${prefix}${hashed(found)}`),
      text,
    );
    return hidden.replace(ADDRESS, '0.0.0.0');
  });
}

/** Labels that no nodeSelector asks for, annotations of others, values of variables that hold texts. */
function withoutExtras(state: ClusterState, hashed: (name: string) => string): ClusterState {
  const asked = new Set(state.tunings.flatMap(({ spec }) => Object.keys(spec.nodeSelector)));
  const labels = (all: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(all).flatMap(([key, value]) => (asked.has(key) ? [[hashed(key), hashed(value)] as const] : [])),
    );
  const { operator } = state;
  const holder = operator?.holder ?? '';
  return {
    ...state,
    ...(operator === undefined || holder === ''
      ? {}
      : { operator: { ...operator, holder: `operator-${hashed(holder)}` } }),
    tunings: state.tunings.map((tuning) => ({
      ...tuning,
      annotations: Object.fromEntries(Object.entries(tuning.annotations).filter(([key]) => key.startsWith(OURS))),
      spec: { ...tuning.spec, nodeSelector: labels(tuning.spec.nodeSelector) },
    })),
    daemonSets: state.daemonSets.map(({ ref, snapshot }) => {
      const { daemonSet, nodes } = snapshot;
      const whole = daemonSet === undefined ? {} : envOf(daemonSet);
      const env = daemonSet?.env.map((entry) => withoutText(entry, whole, hashed)) ?? [];
      return {
        ref,
        snapshot: {
          ...snapshot,
          nodes: nodes.map((node) => ({ ...node, labels: labels(node.labels) })),
          daemonSet: daemonSet === undefined ? undefined : { ...daemonSet, env },
        },
      };
    }),
  };
}

/** Numbers and switches stay; a text stays where the CNI would read or refuse the environment otherwise without it. */
function withoutText(entry: EnvEntryView, env: Env, hashed: (name: string) => string): EnvEntryView {
  const { name, value } = entry;
  if (value === undefined || /^(true|false|-?\d*)$/i.test(value)) return entry;
  const hidden = `redacted-${hashed(value)}`;
  return isReadAlike(env, { ...env, [name]: hidden }) ? { ...entry, value: hidden } : entry;
}

/** The cluster's name is read, and decides nothing here. */
function isReadAlike(a: Env, b: Env): boolean {
  const [one, other] = [fromEnv(a), fromEnv(b)].map((read) => ({
    ...read,
    settings: { ...read.settings, clusterName: '' },
  }));
  return isDeepStrictEqual(one, other);
}
