/**
 * Why the aws-node container would exit instead of serving, as far as the environment decides it. Sources:
 * validateEnvVars, cmd/aws-vpc-cni/main.go, and isConfigValid and getNetworkPolicyMode, pkg/ipamd/ipamd.go (v1.23.1).
 */
import { atoi, parseBool } from './go-values.ts';

type Env = Readonly<Record<string, string | undefined>>;

const MTU = { least: 576, leastIPv6: 1280, most: 9001 } as const;

const isOn = (env: Env, variable: string): boolean => parseBool(env[variable] ?? '') ?? false;

function pluginLogFile(env: Env): string | undefined {
  if (env['AWS_VPC_K8S_PLUGIN_LOG_FILE'] !== 'stdout') return undefined;
  return 'AWS_VPC_K8S_PLUGIN_LOG_FILE cannot be "stdout".';
}

function vethPrefix(env: Env): string | undefined {
  const prefix = env['AWS_VPC_K8S_CNI_VETHPREFIX'] ?? 'eni';
  // Go's len counts bytes.
  if (new TextEncoder().encode(prefix).length > 4) {
    return `AWS_VPC_K8S_CNI_VETHPREFIX="${prefix}" is longer than four characters.`;
  }
  if (!['eth', 'vlan', 'lo'].includes(prefix)) return undefined;
  return `AWS_VPC_K8S_CNI_VETHPREFIX="${prefix}" is a reserved name.`;
}

function enforcingMode(env: Env): string | undefined {
  if (!isOn(env, 'ENABLE_POD_ENI')) return undefined;
  const mode = env['POD_SECURITY_GROUP_ENFORCING_MODE'] ?? 'strict';
  if (mode === 'strict' || mode === 'standard') return undefined;
  return `POD_SECURITY_GROUP_ENFORCING_MODE="${mode}" is neither "strict" nor "standard".`;
}

function ipCooldownPeriod(env: Env): string | undefined {
  const text = env['IP_COOLDOWN_PERIOD'];
  if (text === undefined) return undefined;
  const seconds = atoi(text);
  if (seconds !== undefined && seconds >= 0) return undefined;
  return `IP_COOLDOWN_PERIOD="${text}" is not a number of seconds of at least 0.`;
}

function mtu(env: Env, variable: string): string | undefined {
  const text = env[variable];
  if (text === undefined) return undefined;
  const bytes = atoi(text);
  const least = isOn(env, 'ENABLE_IPv6') ? MTU.leastIPv6 : MTU.least;
  if (bytes !== undefined && bytes >= least && bytes <= MTU.most) return undefined;
  return `${variable}="${text}" is not an integer from ${least} to ${MTU.most}.`;
}

function addressFamily(env: Env): string | undefined {
  const v4 = isOn(env, 'ENABLE_IPv4');
  const v6 = isOn(env, 'ENABLE_IPv6');
  if (v4 === v6) return `ENABLE_IPv4 and ENABLE_IPv6 are both ${v4 ? 'on' : 'off'}; exactly one of them must be on.`;
  if (!v6) return undefined;
  if (!isOn(env, 'ENABLE_PREFIX_DELEGATION')) return 'ENABLE_IPv6 needs ENABLE_PREFIX_DELEGATION.';
  if (!isOn(env, 'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG')) return undefined;
  return 'ENABLE_IPv6 excludes AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG.';
}

function networkPolicyMode(env: Env): string | undefined {
  const mode = env['NETWORK_POLICY_ENFORCING_MODE'];
  if (mode === undefined || ['none', 'strict', 'standard'].includes(mode.toLowerCase())) return undefined;
  return `NETWORK_POLICY_ENFORCING_MODE="${mode}" is none of "none", "strict", "standard".`;
}

/** In the order of validateEnvVars; the check of the warm targets is the last of these (warm-settings.ts). */
export function entrypointRefusal(env: Env): string | undefined {
  return (
    pluginLogFile(env) ??
    vethPrefix(env) ??
    enforcingMode(env) ??
    ipCooldownPeriod(env) ??
    mtu(env, 'AWS_VPC_ENI_MTU') ??
    mtu(env, 'POD_MTU')
  );
}

/** What ipamd itself refuses to start with, after the entrypoint let it. */
export function ipamdRefusal(env: Env): string | undefined {
  return networkPolicyMode(env) ?? addressFamily(env);
}
