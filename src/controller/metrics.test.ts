import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { aPassRecord, anAdvice } from '../../test/support/a-pass-record.ts';
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

  it('passes promtool check metrics', async ({ skip }) => {
    if (spawnSync('promtool', ['--version']).error !== undefined) skip('promtool is not on PATH (Debian: prometheus)');
    const metrics = new Metrics();
    metrics.showObject('default', passSamples(aPassRecord({ recommendation: anAdvice() }), STATUS));
    const { text } = await metrics.scrape();
    const check = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    expect(check.stderr).toBe('');
    expect(check.status).toBe(0);
  });
});
