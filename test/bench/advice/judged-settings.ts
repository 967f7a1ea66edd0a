/** The settings that are laid beside the advice: what users set today, and a grid for the best one in hindsight. */
import { toEnv } from '../../../src/ipamd/warm-settings.ts';
import type { SettingValues } from '../../../src/tuning/advice.ts';

export type Env = Readonly<Record<string, string>>;

/** Which settings may be used: whole interfaces or prefixes only, or the pair of IP targets too. */
export const ALLOWED_SETS = ['eni/prefix', 'with the IP pair'] as const;
export type AllowedSet = (typeof ALLOWED_SETS)[number];

/** As `--bounds` spells them. */
export function boundsText(allowed: AllowedSet, prefix: boolean): string {
  const whole = prefix ? 'warmPrefix=1..4' : 'warmENI=0..3';
  return allowed === 'eni/prefix' ? whole : `${whole},warmIP=1..32,minimumIP=0..64`;
}

export const DEFAULT_ENV: Env = {};
const WARM_IP = [1, 2, 3, 5, 8, 10, 16, 20, 32];
const MINIMUM_IP = [0, 10, 20, 30, 64];

function pair(warmIP: number, minimumIP: number): Env {
  const minimum: Env = minimumIP === 0 ? {} : { MINIMUM_IP_TARGET: String(minimumIP) };
  return { WARM_IP_TARGET: String(warmIP), ...minimum };
}

/** What people set: `WARM_ENI_TARGET` 0 (not with prefixes), 2/10 and 5/30. */
export function usualEnvs(prefix: boolean): readonly Env[] {
  return [...(prefix ? [] : [{ WARM_ENI_TARGET: '0' }]), pair(2, 10), pair(5, 30)];
}

/** Every static setting that is tried in hindsight. */
export function staticEnvs(allowed: AllowedSet, prefix: boolean): readonly Env[] {
  const whole: readonly Env[] = prefix
    ? [1, 2, 3, 4].map((target) => ({ WARM_PREFIX_TARGET: String(target) }))
    : [0, 1, 2, 3].map((target) => ({ WARM_ENI_TARGET: String(target) }));
  if (allowed === 'eni/prefix') return whole;
  return [...whole, ...WARM_IP.flatMap((warmIP) => MINIMUM_IP.map((minimumIP) => pair(warmIP, minimumIP)))];
}

/** The largest pool a node can hold: what is delayed in it too, no setting could have served at once. */
export function largestEnv(prefix: boolean): Env {
  return prefix ? { WARM_PREFIX_TARGET: '64' } : { WARM_ENI_TARGET: '15' };
}

export function envOf(values: SettingValues): Env {
  return Object.fromEntries(Object.entries(toEnv(values)).map(([name, value]) => [name, String(value)]));
}

/** `ip=2/10`, `eni=0`, `prefix=2`, `default`. */
export function nameOf(env: Env): string {
  const [ip, minimum] = [env['WARM_IP_TARGET'] ?? '0', env['MINIMUM_IP_TARGET'] ?? '0'];
  if (ip !== '0' || minimum !== '0') return `ip=${ip}/${minimum}`;
  const { WARM_PREFIX_TARGET: prefix, WARM_ENI_TARGET: eni } = env;
  if (prefix === undefined && eni === undefined) return 'default';
  return prefix === undefined ? `eni=${eni}` : `prefix=${prefix}`;
}
