import { describe, expect, it } from 'vitest';
import { MANIFEST_ENV, effectiveVariables, fromEnv, targetMode, targetOf, toEnv } from './warm-settings.ts';
import type { CniSettings } from './warm-settings.ts';

const settingsOf = (env: Readonly<Record<string, string>>): CniSettings => fromEnv(env).settings;
const refusalOf = (env: Readonly<Record<string, string>>): string | undefined =>
  fromEnv({ ENABLE_IPv4: 'true', ...env }).refusal;

describe('the environment as ipamd reads it', () => {
  it('has the defaults of the code when nothing is set', () => {
    const { settings, problems } = fromEnv({});
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      warmENI: 1,
      warmPrefix: 0,
      warmIP: 0,
      minimumIP: 0,
      prefixDelegation: false,
      maxENI: -1,
      ipCooldownMs: 30_000,
      subnetDiscovery: true,
      customNetworking: false,
      podENI: false,
      manageENIsNonSchedulable: false,
      provisioningDisabled: false,
      imdsOnly: false,
      multiNIC: false,
      manageUntaggedENI: true,
      ipv6: false,
      clusterName: '',
    });
  });

  it("differs from the manifest's in WARM_PREFIX_TARGET alone", () => {
    expect(settingsOf(MANIFEST_ENV)).toEqual({ ...settingsOf({}), warmPrefix: 1 });
    expect(fromEnv(MANIFEST_ENV).refusal).toBeUndefined();
  });

  it.each([
    // TestGetWarmENITarget, TestGetWarmPrefixTarget, TestGetMinimumIPTarget, and what Atoi takes besides.
    ['WARM_IP_TARGET', '5', 'warmIP', 5],
    ['WARM_IP_TARGET', 'non-integer-string', 'warmIP', 0],
    ['WARM_IP_TARGET', '-1', 'warmIP', 0],
    ['WARM_PREFIX_TARGET', '5', 'warmPrefix', 5],
    ['WARM_PREFIX_TARGET', 'bad', 'warmPrefix', 0],
    ['MINIMUM_IP_TARGET', '10', 'minimumIP', 10],
    ['MINIMUM_IP_TARGET', '0', 'minimumIP', 0],
    ['MINIMUM_IP_TARGET', '-5', 'minimumIP', 0],
    ['MINIMUM_IP_TARGET', 'invalid', 'minimumIP', 0],
    ['WARM_ENI_TARGET', '0', 'warmENI', 0],
    ['WARM_ENI_TARGET', '-1', 'warmENI', 1],
    ['WARM_ENI_TARGET', '', 'warmENI', 1],
    ['WARM_ENI_TARGET', '+3', 'warmENI', 3],
    ['WARM_ENI_TARGET', '007', 'warmENI', 7],
    ['WARM_ENI_TARGET', '-0', 'warmENI', 0],
    ['WARM_ENI_TARGET', ' 3', 'warmENI', 1],
    ['WARM_ENI_TARGET', '3.0', 'warmENI', 1],
    ['WARM_ENI_TARGET', '0x3', 'warmENI', 1],
    ['WARM_ENI_TARGET', '1_0', 'warmENI', 1],
    ['WARM_ENI_TARGET', '9223372036854775808', 'warmENI', 1],
    ['MAX_ENI', '0', 'maxENI', -1],
    ['MAX_ENI', '2', 'maxENI', 2],
    ['MAX_ENI', 'two', 'maxENI', -1],
    ['IP_COOLDOWN_PERIOD', '0', 'ipCooldownMs', 0],
    ['IP_COOLDOWN_PERIOD', '5', 'ipCooldownMs', 5000],
  ] as const)('reads %s="%s" as %s = %i', (variable, text, field, value) => {
    expect(settingsOf({ [variable]: text })[field]).toBe(value);
  });

  it.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('takes "%s" as on', (text) => {
    expect(settingsOf({ ENABLE_PREFIX_DELEGATION: text }).prefixDelegation).toBe(true);
  });

  it.each(['0', 'f', 'F', 'FALSE', 'false', 'False', 'yes', 'on', 'tRUE', ''])('does not take "%s" as on', (text) => {
    expect(settingsOf({ ENABLE_PREFIX_DELEGATION: text }).prefixDelegation).toBe(false);
  });

  it.each([
    ['ENABLE_SUBNET_DISCOVERY', 'maybe', 'subnetDiscovery', true],
    ['ENABLE_SUBNET_DISCOVERY', 'false', 'subnetDiscovery', false],
    ['AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG', 'true', 'customNetworking', true],
    ['ENABLE_POD_ENI', 'true', 'podENI', true],
    ['AWS_MANAGE_ENIS_NON_SCHEDULABLE', 'true', 'manageENIsNonSchedulable', true],
    ['DISABLE_NETWORK_RESOURCE_PROVISIONING', 'true', 'provisioningDisabled', true],
    ['ENABLE_IMDS_ONLY_MODE', 'true', 'provisioningDisabled', true],
    ['ENABLE_IMDS_ONLY_MODE', 'true', 'imdsOnly', true],
    ['ENABLE_MULTI_NIC', 'true', 'multiNIC', true],
    ['MANAGE_UNTAGGED_ENI', 'false', 'manageUntaggedENI', false],
    ['ENABLE_IPv6', 'true', 'ipv6', true],
  ] as const)('reads %s="%s" as %s = %s', (variable, text, field, value) => {
    expect(settingsOf({ [variable]: text })[field]).toBe(value);
  });

  it('takes the name of the cluster as it is', () => {
    expect(settingsOf({ CLUSTER_NAME: 'blue' }).clusterName).toBe('blue');
  });
});

describe('what is not read as written', () => {
  it.each([
    ['WARM_ENI_TARGET', 'one', 'WARM_ENI_TARGET="one" is not an integer; the CNI reads it as 1.'],
    ['WARM_PREFIX_TARGET', '', 'WARM_PREFIX_TARGET="" is not an integer; the CNI reads it as 0.'],
    ['MINIMUM_IP_TARGET', 'few', 'MINIMUM_IP_TARGET="few" is not an integer; the CNI reads it as unset.'],
    ['IP_COOLDOWN_PERIOD', '-1', 'IP_COOLDOWN_PERIOD="-1" is below 0; the CNI reads it as a reason to exit.'],
    ['WARM_IP_TARGET', '-2', 'WARM_IP_TARGET="-2" is below 0; the CNI reads it as unset.'],
    ['MAX_ENI', '0', 'MAX_ENI="0" is below 1; the CNI reads it as no limit.'],
    ['ENABLE_POD_ENI', 'yes', 'ENABLE_POD_ENI="yes" is not a boolean; the CNI reads it as false.'],
  ])('%s="%s" is told in a sentence', (variable, value, sentence) => {
    expect(fromEnv({ [variable]: value }).problems).toEqual([{ variable, value, sentence }]);
  });

  it('does not take in what is, the least value too', () => {
    expect(fromEnv({ WARM_ENI_TARGET: '0', MAX_ENI: '1', ENABLE_POD_ENI: 'false' }).problems).toEqual([]);
    expect(fromEnv(MANIFEST_ENV).problems).toEqual([]);
  });

  it('an empty boolean is told only where ipamd warns of it', () => {
    for (const lenient of [
      'ENABLE_SUBNET_DISCOVERY',
      'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG',
      'AWS_MANAGE_ENIS_NON_SCHEDULABLE',
    ]) {
      const { problems, settings } = fromEnv({ [lenient]: '', WARM_IP_TARGET: '5' });
      expect(problems).toEqual([]);
      expect(settings).toEqual(settingsOf({ WARM_IP_TARGET: '5' }));
    }
    expect(fromEnv({ ENABLE_POD_ENI: '' }).problems).toHaveLength(1);
  });
});

describe('the container would not start', () => {
  const on = { ENABLE_PREFIX_DELEGATION: 'true' };
  const onlyIPv6 = { ...on, WARM_PREFIX_TARGET: '1', ENABLE_IPv4: 'false', ENABLE_IPv6: 'true' };

  it.each([
    [on, /none of WARM_PREFIX_TARGET/],
    [{ ...on, WARM_PREFIX_TARGET: '0', WARM_IP_TARGET: '-1', MINIMUM_IP_TARGET: '' }, /none of WARM_PREFIX_TARGET/],
    [{ IP_COOLDOWN_PERIOD: 'soon' }, /^IP_COOLDOWN_PERIOD="soon" is not a number of seconds/],
    [{ IP_COOLDOWN_PERIOD: '-1' }, /at least 0/],
    [{ AWS_VPC_ENI_MTU: '575' }, /from 576 to 9001/],
    [{ POD_MTU: '9002' }, /^POD_MTU="9002"/],
    [{ POD_MTU: 'jumbo' }, /^POD_MTU="jumbo"/],
    [{ ...onlyIPv6, POD_MTU: '1279' }, /from 1280 to 9001/],
    [{ AWS_VPC_K8S_CNI_VETHPREFIX: 'eth' }, /reserved name/],
    [{ AWS_VPC_K8S_CNI_VETHPREFIX: 'vlan' }, /reserved name/],
    [{ AWS_VPC_K8S_CNI_VETHPREFIX: 'lo' }, /reserved name/],
    [{ AWS_VPC_K8S_CNI_VETHPREFIX: 'toolong' }, /longer than four/],
    // Four characters, but Go counts the six bytes.
    [{ AWS_VPC_K8S_CNI_VETHPREFIX: 'vété' }, /longer than four/],
    [{ AWS_VPC_K8S_PLUGIN_LOG_FILE: 'stdout' }, /cannot be "stdout"/],
    [{ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'lax' }, /neither "strict" nor "standard"/],
    [{ NETWORK_POLICY_ENFORCING_MODE: 'lax' }, /none of "none", "strict", "standard"/],
    [{ ENABLE_IPv4: 'false' }, /both off/],
    [{ ENABLE_IPv6: 'true' }, /both on/],
    [{ ENABLE_IPv4: 'false', ENABLE_IPv6: 'true' }, /ENABLE_IPv6 needs ENABLE_PREFIX_DELEGATION/],
    [{ ...onlyIPv6, AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' }, /ENABLE_IPv6 excludes/],
  ])('with %j', (env, sentence) => {
    expect(refusalOf(env)).toMatch(sentence);
  });

  it.each([
    [{ ...on, WARM_PREFIX_TARGET: '1' }],
    [{ ...on, MINIMUM_IP_TARGET: '3' }],
    // Compared as text: "abc" is above "0".
    [{ ...on, WARM_IP_TARGET: 'abc' }],
    [{ WARM_PREFIX_TARGET: '0' }],
    [{ AWS_VPC_ENI_MTU: '576', POD_MTU: '9001' }],
    [{ AWS_VPC_K8S_CNI_VETHPREFIX: 'veth' }],
    [{ POD_SECURITY_GROUP_ENFORCING_MODE: 'lax' }],
    [{ NETWORK_POLICY_ENFORCING_MODE: 'Strict' }],
    [{ IP_COOLDOWN_PERIOD: '0' }],
    [{ NETWORK_POLICY_ENFORCING_MODE: 'none' }],
    [{ NETWORK_POLICY_ENFORCING_MODE: 'standard' }],
    [{ ENABLE_POD_ENI: 'true' }],
    [{ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'strict' }],
    [{ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' }],
    [onlyIPv6],
    [{ ...onlyIPv6, POD_MTU: '1280' }],
  ])('but it does with %j', (env) => {
    expect(refusalOf(env)).toBeUndefined();
  });
});

describe('targets', () => {
  it('are written as text, 0 too, and only those given', () => {
    expect(toEnv({ warmIP: 0, minimumIP: 12 })).toEqual({ WARM_IP_TARGET: '0', MINIMUM_IP_TARGET: '12' });
    expect(toEnv({})).toEqual({});
  });

  it('count by mode', () => {
    expect(effectiveVariables('ip')).toEqual(['WARM_IP_TARGET', 'MINIMUM_IP_TARGET']);
    expect(effectiveVariables('prefix')).toEqual(['WARM_PREFIX_TARGET']);
    expect(effectiveVariables('eni')).toEqual(['WARM_ENI_TARGET']);
    expect(targetMode(settingsOf({ MINIMUM_IP_TARGET: '1', ENABLE_PREFIX_DELEGATION: 'true' }), true)).toBe('ip');
    expect(targetOf('MINIMUM_IP_TARGET')).toBe('minimumIP');
  });
});
