import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMEOUT_MS } from '../kube/client.ts';
import { flagTable, parseOptions, WRITE_LIMIT_MS } from './options.ts';

const parsed = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = parseOptions(argv, env);
  if (result.kind !== 'Options') throw new Error(JSON.stringify(result));
  return result.options;
};

const refusal = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const result = parseOptions(argv, env);
  return result.kind === 'Refused' ? result.sentence : result.kind;
};

describe('parseOptions', () => {
  it('fills every default', () => {
    expect(parsed([])).toEqual({
      kubeconfig: '',
      metricsAddress: { host: '', port: 8080 },
      metricsProtection: { enabled: false, certificateFolder: '' },
      healthAddress: { host: '', port: 8081 },
      leaderElection: {
        enabled: true,
        namespace: '',
        name: 'cni-tuner',
        identity: '',
        leaseMs: 15_000,
        renewDeadlineMs: 10_000,
        retryMs: 2_000,
      },
      aws: { enabled: true, region: '', refreshMs: 60_000 },
      evaluationIntervalMs: 10_000,
      logLevel: 'info',
    });
  });

  it('lets a flag win over the environment, and the environment over the default', () => {
    const env = { AWS_REGION: 'eu-west-1', LOG_LEVEL: 'warn' };
    const options = parsed(['--aws-region', 'eu-central-1'], env);
    expect([options.aws.region, options.logLevel]).toEqual(['eu-central-1', 'warn']);
  });

  it.each([
    ['--leader-elect', true],
    ['--leader-elect=true', true],
    ['--leader-elect=false', false],
    ['--no-leader-elect', false],
  ])('reads the switch %s', (argument, enabled) => {
    expect(parsed([argument]).leaderElection.enabled).toBe(enabled);
  });

  it.each([
    [':9090', { host: '', port: 9090 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['0', undefined],
  ])('reads the address %s', (text, address) => {
    expect(parsed(['--metrics-bind-address', text]).metricsAddress).toEqual(address);
  });

  it.each([
    [['--log-level', 'loud'], '--log-level is "loud"; it must be debug, info, warn, error.'],
    [
      ['--aws-refresh-interval=5'],
      '--aws-refresh-interval is "5"; it must be a duration from 1s to 1h, such as 1s or 90s.',
    ],
    [
      ['--aws-refresh-interval=2h'],
      '--aws-refresh-interval is "2h"; it must be a duration from 1s to 1h, such as 1s or 90s.',
    ],
    [
      ['--metrics-bind-address', 'here'],
      '--metrics-bind-address is "here"; it must be an address such as :8080 or 127.0.0.1:8080, or 0 for none.',
    ],
    [
      ['--metrics-bind-address', ':99999'],
      '--metrics-bind-address is ":99999"; it must be an address such as :8080 or 127.0.0.1:8080, or 0 for none.',
    ],
    [['--leader-elect=maybe'], '--leader-elect is "maybe"; it must be true or false.'],
    [['--metrics-cert-path=/certs'], '--metrics-cert-path needs --metrics-secure.'],
    [['--leader-election-id='], '--leader-election-id is ""; it must be a name.'],
    [
      ['--leader-election-renew-deadline=20s'],
      '--leader-election-renew-deadline is 20s; it must be shorter than --leader-election-lease-duration (15s).',
    ],
    [
      ['--leader-election-retry-period=10s'],
      '--leader-election-retry-period is 10s; it must be shorter than --leader-election-renew-deadline (10s).',
    ],
    [
      ['--leader-election-lease-duration=7s', '--leader-election-renew-deadline=5s'],
      '--leader-election-lease-duration is 7s; it must be longer than a write may take (5s) and --leader-election-retry-period (2s) together.',
    ],
    [['--fast'], "Unknown option '--fast'; `cni-tuner run --help` lists the flags."],
    [['--aws-region'], "Option '--aws-region <value>' argument missing; `cni-tuner run --help` lists the flags."],
    [['now'], "Unexpected argument 'now'; `cni-tuner run --help` lists the flags."],
  ])('refuses %j in one sentence', (argv, sentence) => {
    expect(refusal(argv)).toBe(sentence);
  });

  it('knows how long a write may take', () => {
    expect(WRITE_LIMIT_MS).toBe(DEFAULT_TIMEOUT_MS);
  });

  it('takes an empty variable for an unset one', () => {
    expect(parsed([], { LOG_LEVEL: '', AWS_REGION: '' })).toEqual(parsed([]));
  });

  it('names the environment variable when the wrong text came from there', () => {
    expect(refusal([], { LOG_LEVEL: 'loud' })).toBe(
      'environment variable LOG_LEVEL is "loud"; it must be debug, info, warn, error.',
    );
  });

  it('documents every flag of the table in --help', () => {
    const help = parseOptions(['--help'], {});
    const text = help.kind === 'Help' ? help.text : '';
    for (const { name, variable, about } of flagTable()) {
      expect(text).toContain(`--${name}`);
      expect(text).toContain(variable);
      expect(text).toContain(about);
    }
  });
});
