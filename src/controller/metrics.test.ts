import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { aPassRecord, anAdvice } from '../../test/support/a-pass-record.ts';
import { anAccount, aSnapshot, aSubnet } from '../../test/support/builders.ts';
import { findPrometheus } from '../../testbed/control-plane/prometheus.ts';
import type { SubnetForecast } from '../tuning/forecast.ts';
import { callObserver } from './metrics/aws-calls.ts';
import { OBJECT_METRICS, PROCESS_METRICS } from './metrics/metric-table.ts';
import { Metrics } from './metrics.ts';
import { passSamples } from './metrics/pass-samples.ts';

const STATUS = {
  observedGeneration: 1,
  conditions: [
    {
      type: 'Ready',
      status: 'True' as const,
      reason: 'Tuned',
      message: 'Tuned.',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  settings: [{ name: 'WARM_ENI_TARGET', live: '1', recommended: 0, effective: true }],
  nodes: { total: 12, tuned: 10, skipped: [{ reason: 'Fargate', nodes: 2 }] },
  addresses: { attached: 100, assigned: 60, idle: 40 },
  hold: { reason: 'GainTooSmall', message: 'Too small.' },
};

const NO_EXHAUSTION: SubnetForecast = {
  subnetId: 'subnet-a',
  outlook: 'NotExpected',
  earliestMs: undefined,
  likelyMs: undefined,
  latestMs: undefined,
  growthPerDay: 12.5,
  reserveAddresses: 102,
};

const page = async (metrics: Metrics): Promise<readonly string[]> => (await metrics.scrape()).text.split('\n');

describe('Metrics', () => {
  it('shows the numbers of a pass under the name of its object', async () => {
    const metrics = new Metrics();
    metrics.showObject('default', passSamples(aPassRecord({ recommendation: anAdvice() }), STATUS));
    const lines = await page(metrics);
    for (const line of [
      'cnituning_suspended{name="default"} 0',
      'cnituning_resource_condition{name="default",type="Ready",status="true"} 1',
      'cnituning_resource_condition{name="default",type="Ready",status="false"} 0',
      'cnituning_current_value{name="default",setting="WARM_ENI_TARGET"} 1',
      'cnituning_recommended_value{name="default",setting="WARM_ENI_TARGET"} 0',
      'cnituning_nodes{name="default",state="tuned"} 10',
      'cnituning_nodes{name="default",state="Fargate"} 2',
      'cnituning_addresses{name="default",state="idle"} 40',
      'cnituning_hold{name="default",reason="GainTooSmall"} 1',
      'cnituning_recommendation_confidence{name="default",level="High"} 1',
      'cnituning_recommendation_timestamp_seconds{name="default"} 3600',
      'cnituning_predicted_idle_addresses_per_node{name="default",values="recommended"} 3',
      'cnituning_decisions_total{name="default",decision="Keep",reason=""} 1',
      'cnituning_last_success_timestamp_seconds{name="default"} 2',
    ])
      expect(lines).toContain(line);
  });

  it('replaces the gauges of an object and adds up its counters', async () => {
    const metrics = new Metrics();
    metrics.showObject('default', passSamples(aPassRecord(), STATUS));
    metrics.showObject(
      'default',
      passSamples(aPassRecord(), { ...STATUS, hold: undefined as never, nodes: { total: 3, tuned: 3 } }),
    );
    const lines = await page(metrics);
    expect(lines.filter((line) => line.startsWith('cnituning_hold{'))).toEqual([]);
    expect(lines.filter((line) => line.startsWith('cnituning_nodes{'))).toEqual([
      'cnituning_nodes{name="default",state="tuned"} 3',
    ]);
    expect(lines).toContain('cnituning_decisions_total{name="default",decision="Keep",reason=""} 2');
  });

  it('drops every series of a deleted object and keeps those of the others', async () => {
    const metrics = new Metrics();
    for (const name of ['default', 'other'])
      metrics.showObject(name, passSamples(aPassRecord({ recommendation: anAdvice() }), STATUS));
    await metrics.scrape();
    metrics.forgetObject('default');
    const lines = await page(metrics);
    expect(lines.filter((line) => line.includes('name="default"'))).toEqual([]);
    expect(lines).toContain('cnituning_suspended{name="other"} 0');
  });

  it('never shows an unknown figure as zero', () => {
    const samples = passSamples(aPassRecord(), undefined);
    expect(samples.map(({ metric }) => metric).toSorted()).toEqual(['decisions', 'lastSuccess', 'suspended']);
  });

  it('shows a gauge of the process from its first value on', async () => {
    const metrics = new Metrics();
    const storedUntil = async () =>
      (await page(metrics)).filter((line) => line.startsWith('cnituning_history_checkpoint_timestamp_seconds'));
    expect(await storedUntil()).toEqual([]);
    metrics.set('historyCheckpointAt', {}, 1_700_000_000);
    expect(await storedUntil()).toEqual(['cnituning_history_checkpoint_timestamp_seconds 1700000000']);
  });

  it('reads live gauges just before a scrape', async () => {
    const metrics = new Metrics();
    metrics.onScrape(() => metrics.set('queueDepth', { name: 'cnituning', controller: 'cnituning' }, 7));
    expect(await page(metrics)).toContain('workqueue_depth{name="cnituning",controller="cnituning"} 7');
  });

  it('names every metric once, with help, a unit last and the object first', () => {
    const rows = [...Object.values(PROCESS_METRICS), ...Object.values(OBJECT_METRICS)];
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { name, help, kind } of rows) {
      expect(help).toMatch(/\.$/);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
    }
    for (const { labels } of Object.values(OBJECT_METRICS)) expect(labels[0]).toBe('name');
  });

  it('shows no object while another replica leads', async () => {
    const metrics = new Metrics();
    metrics.showObject('default', passSamples(aPassRecord({ recommendation: anAdvice() }), STATUS));
    metrics.forgetAllObjects();
    expect((await page(metrics)).filter((line) => line.includes('name="default"'))).toEqual([]);
  });

  it('shows the forecast of a subnet, and no time where none is expected', async () => {
    const metrics = new Metrics();
    const account = anAccount({ subnets: [aSubnet('subnet-a', { zone: 'z' })] });
    const show = (times: Partial<SubnetForecast>): void => {
      const forecast = [{ ...NO_EXHAUSTION, ...times }];
      metrics.showObject('default', passSamples(aPassRecord({ snapshot: aSnapshot({ account }), forecast }), STATUS));
    };
    const ofForecast = async () =>
      (await page(metrics)).filter((line) => /^cnituning_subnet_(reserve|exhaustion|growth)/.test(line));
    show({ outlook: 'Expected', earliestMs: 1_000, likelyMs: 2_000 });
    expect(await ofForecast()).toEqual([
      'cnituning_subnet_reserve_addresses{name="default",subnet_id="subnet-a",zone="z"} 102',
      'cnituning_subnet_exhaustion_timestamp_seconds{name="default",subnet_id="subnet-a",zone="z",bound="earliest"} 1',
      'cnituning_subnet_exhaustion_timestamp_seconds{name="default",subnet_id="subnet-a",zone="z",bound="likely"} 2',
      'cnituning_subnet_growth_addresses_per_day{name="default",subnet_id="subnet-a",zone="z"} 12.5',
    ]);
    show({});
    expect(await ofForecast()).toEqual([
      'cnituning_subnet_reserve_addresses{name="default",subnet_id="subnet-a",zone="z"} 102',
      'cnituning_subnet_growth_addresses_per_day{name="default",subnet_id="subnet-a",zone="z"} 12.5',
    ]);
  });

  it('keeps to a bounded number of series in an account without end', async () => {
    const metrics = new Metrics();
    const numbers = Array.from({ length: 1_000 }, (_, number) => number);
    const account = anAccount({
      subnets: numbers.map((number) => aSubnet(`subnet-${number}`, { freeAddresses: number, zone: 'us-east-1a' })),
      throttledCallsByAction: Object.fromEntries(numbers.map((number) => [`Action${number}`, number])),
      gaps: numbers.map((number) => ({ reason: 'Forbidden' as const, action: `ec2:${number}`, message: '' })),
    });
    const forecast = numbers.map((number) => ({
      ...NO_EXHAUSTION,
      subnetId: `subnet-${number}`,
      earliestMs: 1,
      likelyMs: 2,
      latestMs: 3,
    }));
    const record = aPassRecord({ snapshot: aSnapshot({ account }), forecast });
    metrics.showObject('default', passSamples(record, STATUS));
    const lines = await page(metrics);
    const mine = lines.filter((line) => line.includes('name="default"'));
    expect(mine.length).toBeLessThan(600);
    expect(mine).toContain('cnituning_subnet_free_addresses{name="default",subnet_id="subnet-0",zone="us-east-1a"} 0');
    expect(mine).toContain('cnituning_throttled_ec2_calls{name="default",action="Action999"} 999');
  });

  it('counts calls to AWS as the load balancer controller does', async () => {
    const metrics = new Metrics();
    const observe = callObserver(metrics);
    const call = { service: 'EC2', operation: 'DescribeSubnets', retries: 0, durationMs: 30 } as const;
    observe({ ...call, statusCode: '200', errorCode: '', refusal: undefined });
    observe({ ...call, statusCode: '503', errorCode: 'RequestLimitExceeded', refusal: 'Throttled', retries: 3 });
    const lines = await page(metrics);
    const labels = 'service="EC2",operation="DescribeSubnets"';
    expect(lines).toContain(`aws_api_calls_total{${labels},status_code="200",error_code=""} 1`);
    const throttled = `${labels},status_code="503",error_code="RequestLimitExceeded"`;
    expect(lines).toContain(`aws_api_call_throttled_errors_total{${throttled}} 1`);
    expect(lines).toContain(`aws_api_call_retries_sum{${labels}} 3`);
  });

  it('passes promtool check metrics', async ({ skip }) => {
    const prometheus = await findPrometheus();
    if (prometheus.kind === 'Missing') return skip(prometheus.sentence);
    const metrics = new Metrics();
    metrics.showObject('default', passSamples(aPassRecord({ recommendation: anAdvice() }), STATUS));
    const { text } = await metrics.scrape();
    const check = spawnSync(prometheus.promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(check.stderr).toBe('');
    expect(check.status).toBe(0);
  });
});
