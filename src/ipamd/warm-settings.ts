/**
 * The environment of the aws-node container as the CNI reads it, and back. The only file that spells the names of
 * the warm-pool variables. Every default is the CODE's (v1.23.1), not the manifest's: an unset WARM_PREFIX_TARGET is 0.
 */
import { entrypointRefusal, ipamdRefusal } from './entrypoint.ts';
import { atoi, parseBool } from './go-values.ts';

export const WARM_VARIABLES = ['WARM_ENI_TARGET', 'WARM_PREFIX_TARGET', 'WARM_IP_TARGET', 'MINIMUM_IP_TARGET'] as const;
export type WarmVariable = (typeof WARM_VARIABLES)[number];

/** As ipamd uses them after parsing; 0 = undefined for the IP pair. */
export type WarmTargets = {
  readonly warmENI: number;
  readonly warmPrefix: number;
  readonly warmIP: number;
  readonly minimumIP: number;
};

/** Everything of the environment that the pool's behaviour depends on, parsed. */
export type CniSettings = WarmTargets & {
  /** ENABLE_PREFIX_DELEGATION as written; ipamd ignores it on types that cannot (`prefixCapable`). */
  readonly prefixDelegation: boolean;
  /** MAX_ENI; -1 = no limit but the instance type's. */
  readonly maxENI: number;
  readonly ipCooldownMs: number;
  readonly subnetDiscovery: boolean;
  readonly customNetworking: boolean;
  /** ENABLE_POD_ENI: one ENI slot is kept for the trunk (security groups for pods). */
  readonly podENI: boolean;
  readonly manageENIsNonSchedulable: boolean;
  /** DISABLE_NETWORK_RESOURCE_PROVISIONING or ENABLE_IMDS_ONLY_MODE: the pool never grows or shrinks. */
  readonly provisioningDisabled: boolean;
  /** ENABLE_IMDS_ONLY_MODE: the start does not ask EC2 about the ENIs. */
  readonly imdsOnly: boolean;
  /** ENABLE_MULTI_NIC: network cards above 0 are managed too (unproven against recordings). */
  readonly multiNIC: boolean;
  /** MANAGE_UNTAGGED_ENI; false: ENIs without the CNI's tag are not managed. */
  readonly manageUntaggedENI: boolean;
  readonly ipv6: boolean;
  /** CLUSTER_NAME; empty = unknown, then subnet tags of clusters are not looked at. */
  readonly clusterName: string;
};

/** One value the CNI does not read as written. */
export type EnvProblem = { readonly variable: string; readonly value: string; readonly sentence: string };

export type Env = Readonly<Record<string, string | undefined>>;

/** What the shipped manifest and chart set among the variables read here; unlisted ones are absent there. */
export const MANIFEST_ENV: Readonly<Record<string, string>> = {
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false',
  DISABLE_NETWORK_RESOURCE_PROVISIONING: 'false',
  ENABLE_IMDS_ONLY_MODE: 'false',
  ENABLE_IPv4: 'true',
  ENABLE_IPv6: 'false',
  ENABLE_MULTI_NIC: 'false',
  ENABLE_POD_ENI: 'false',
  ENABLE_PREFIX_DELEGATION: 'false',
  ENABLE_SUBNET_DISCOVERY: 'true',
  WARM_ENI_TARGET: '1',
  WARM_PREFIX_TARGET: '1',
};

const TARGET_OF: Readonly<Record<WarmVariable, keyof WarmTargets>> = {
  WARM_ENI_TARGET: 'warmENI',
  WARM_PREFIX_TARGET: 'warmPrefix',
  WARM_IP_TARGET: 'warmIP',
  MINIMUM_IP_TARGET: 'minimumIP',
};

/** getWarmENITarget 1, getWarmPrefixTarget 0, getWarmIPTarget 0, getMinimumIPTarget 0 (pkg/ipamd/ipamd.go). */
const CODE_DEFAULTS: WarmTargets = { warmENI: 1, warmPrefix: 0, warmIP: 0, minimumIP: 0 };

/** IP_COOLDOWN_PERIOD when unset, in seconds: getCooldownPeriod, pkg/ipamd/datastore/data_store.go. */
const DEFAULT_COOLDOWN_S = 30;

type Reader = {
  readonly integer: (variable: string, fallback: number, least: number, what: string) => number;
  readonly boolean: (variable: string, fallback: boolean) => boolean;
};

/** Reads single variables and notes each one that is not read as written. */
function readerOf(env: Env, problems: EnvProblem[]): Reader {
  const note = (variable: string, value: string, why: string): void => {
    problems.push({ variable, value, sentence: `${variable}="${value}" ${why}` });
  };
  return {
    integer: (variable, fallback, least, what) => {
      const text = env[variable];
      if (text === undefined) return fallback;
      const value = atoi(text);
      if (value === undefined) note(variable, text, `is not an integer; the CNI reads it as ${what}.`);
      else if (value < least) note(variable, text, `is below ${least}; the CNI reads it as ${what}.`);
      return value === undefined || value < least ? fallback : value;
    },
    boolean: (variable, fallback) => {
      const text = env[variable];
      if (text === undefined) return fallback;
      const value = parseBool(text);
      if (value === undefined) note(variable, text, `is not a boolean; the CNI reads it as ${fallback}.`);
      return value ?? fallback;
    },
  };
}

function readTargets(read: Reader): WarmTargets {
  return {
    warmENI: read.integer('WARM_ENI_TARGET', CODE_DEFAULTS.warmENI, 0, '1'),
    warmPrefix: read.integer('WARM_PREFIX_TARGET', CODE_DEFAULTS.warmPrefix, 0, '0'),
    warmIP: read.integer('WARM_IP_TARGET', CODE_DEFAULTS.warmIP, 0, 'unset'),
    minimumIP: read.integer('MINIMUM_IP_TARGET', CODE_DEFAULTS.minimumIP, 0, 'unset'),
  };
}

/**
 * validateEnvVars, cmd/aws-vpc-cni/main.go: prefix delegation needs one of three targets above "0". The texts are
 * compared as text, so "abc" passes and "" or "-1" does not.
 */
function prefixTargetRefusal(env: Env, prefixDelegation: boolean): string | undefined {
  const texts = [env['WARM_IP_TARGET'], env['WARM_PREFIX_TARGET'], env['MINIMUM_IP_TARGET']];
  if (!prefixDelegation || texts.some((text) => (text ?? '0') > '0')) return undefined;
  return 'ENABLE_PREFIX_DELEGATION is on, and none of WARM_PREFIX_TARGET, WARM_IP_TARGET and MINIMUM_IP_TARGET is above 0.';
}

/** parseBoolEnvVar (pkg/ipamd/ipamd.go) takes the empty text as unset; the other booleans warn about it. */
function orUnset(env: Env, variables: readonly string[]): Env {
  const emptied = variables.filter((name) => env[name] === '').map((name) => [name, undefined] as const);
  return emptied.length === 0 ? env : { ...env, ...Object.fromEntries(emptied) };
}

/**
 * Reads the environment as ipamd v1.23.1 would. Never throws: what the CNI reads differently from what is written is
 * in `problems`, one sentence each; `refusal` says why the container would exit instead of starting.
 */
export function fromEnv(env: Env): {
  readonly settings: CniSettings;
  readonly problems: readonly EnvProblem[];
  readonly refusal?: string;
} {
  const problems: EnvProblem[] = [];
  const lenient = ['AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG', 'AWS_MANAGE_ENIS_NON_SCHEDULABLE', 'ENABLE_SUBNET_DISCOVERY'];
  const read = readerOf(orUnset(env, lenient), problems);
  const imdsOnly = read.boolean('ENABLE_IMDS_ONLY_MODE', false);
  const settings: CniSettings = {
    ...readTargets(read),
    prefixDelegation: read.boolean('ENABLE_PREFIX_DELEGATION', false),
    maxENI: read.integer('MAX_ENI', -1, 1, 'no limit'),
    ipCooldownMs: 1000 * read.integer('IP_COOLDOWN_PERIOD', DEFAULT_COOLDOWN_S, 0, 'a reason to exit'),
    subnetDiscovery: read.boolean('ENABLE_SUBNET_DISCOVERY', true),
    customNetworking: read.boolean('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG', false),
    podENI: read.boolean('ENABLE_POD_ENI', false),
    manageENIsNonSchedulable: read.boolean('AWS_MANAGE_ENIS_NON_SCHEDULABLE', false),
    provisioningDisabled: read.boolean('DISABLE_NETWORK_RESOURCE_PROVISIONING', false) || imdsOnly,
    imdsOnly,
    multiNIC: read.boolean('ENABLE_MULTI_NIC', false),
    manageUntaggedENI: read.boolean('MANAGE_UNTAGGED_ENI', true),
    ipv6: read.boolean('ENABLE_IPv6', false),
    clusterName: env['CLUSTER_NAME'] ?? '',
  };
  const refusal = entrypointRefusal(env) ?? prefixTargetRefusal(env, settings.prefixDelegation) ?? ipamdRefusal(env);
  return { settings, problems, ...(refusal === undefined ? {} : { refusal }) };
}

/** The targets as env text. Only the given ones; 0 is written as "0", never left out. */
export function toEnv(targets: Partial<WarmTargets>): Partial<Record<WarmVariable, string>> {
  const env: Partial<Record<WarmVariable, string>> = {};
  for (const variable of WARM_VARIABLES) {
    const value = targets[TARGET_OF[variable]];
    if (value !== undefined) env[variable] = String(value);
  }
  return env;
}

/** Which target a setting is called in `WarmTargets`. */
export function targetOf(variable: WarmVariable): keyof WarmTargets {
  return TARGET_OF[variable];
}

export type TargetMode = 'ip' | 'prefix' | 'eni';

/** warmIPTargetsDefined, pkg/ipamd/ipamd.go: one of the pair is enough, the missing one is then 0. */
export function warmIPTargetsDefined(targets: Pick<WarmTargets, 'warmIP' | 'minimumIP'>): boolean {
  return targets.warmIP !== 0 || targets.minimumIP !== 0;
}

/** Which of the targets rule the pool: the IP pair if defined, else prefixes where delegation works, else ENIs. */
export function targetMode(settings: CniSettings, prefixCapable: boolean): TargetMode {
  if (warmIPTargetsDefined(settings)) return 'ip';
  return settings.prefixDelegation && prefixCapable ? 'prefix' : 'eni';
}

/**
 * The variables that count in a mode. In `ip` mode with prefix delegation WARM_PREFIX_TARGET still vetoes the freeing
 * of an ENI (getDeletableENI), but neither grows nor trims the pool, so it is not listed.
 */
export function effectiveVariables(mode: TargetMode): readonly WarmVariable[] {
  if (mode === 'ip') return ['WARM_IP_TARGET', 'MINIMUM_IP_TARGET'];
  return mode === 'prefix' ? ['WARM_PREFIX_TARGET'] : ['WARM_ENI_TARGET'];
}
