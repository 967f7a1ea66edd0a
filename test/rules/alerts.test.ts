import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findPrometheus } from '../../testbed/control-plane/prometheus.ts';
import { unknownMetricsOf } from '../support/metric-names.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const RULES = join(ROOT, 'deploy/chart/files/alerts/cni-tuner.yaml');
const CASES = join(ROOT, 'test/alerts/alerts.test.yaml');

/** Two seconds of CPU, and the download where it is the first. */
const PROMTOOL = { timeout: 90_000 };

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
type Case = {
  readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
};

const groups: readonly { readonly rules: readonly Rule[] }[] = parse(readFileSync(RULES, 'utf8')).groups;
const rules = groups.flatMap((group) => group.rules);
const names = rules.map(({ alert }) => alert);

function runCases(rulesFile: string, promtool: string) {
  const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
  try {
    const file = join(folder, 'cases.yaml');
    writeFileSync(file, `rule_files: [${JSON.stringify(rulesFile)}]\n${readFileSync(CASES, 'utf8')}`);
    return spawnSync(promtool, ['test', 'rules', file], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the alerts', () => {
  it('have a severity, a summary, a description and the address of their section', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(['critical', 'warning', 'info']).toContain(labels['severity']);
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook_url']);
      expect(annotations['runbook_url']).toMatch(new RegExp(`/docs/alerts\\.md#${alert.toLowerCase()}$`));
    }
  });

  it('have one section each that says what it means, what to do and how to undo it', () => {
    const [, ...sections] = readFileSync(join(ROOT, 'docs/alerts.md'), 'utf8').split(/^### /m);
    expect(sections.map((section) => section.split('\n', 1)[0])).toEqual(names);
    for (const section of sections) expect(section).toMatch(/\*\*Means\.\*\*[\s\S]+\*\*Do\.\*\*[\s\S]+\*\*Undo\.\*\*/);
  });

  it('ask only for metrics that the operator has', () => {
    for (const { alert, expr } of rules) expect([alert, ...unknownMetricsOf(expr)]).toEqual([alert]);
  });

  it('are each tested once firing and once silent', () => {
    const cases: readonly Case[] = parse(readFileSync(CASES, 'utf8')).tests;
    const tests = cases.flatMap((each) => each.alert_rule_test);
    const firing = tests.filter((test) => test.exp_alerts.length > 0).map(({ alertname }) => alertname);
    const silent = tests.filter((test) => test.exp_alerts.length === 0).map(({ alertname }) => alertname);
    expect(firing).toEqual(names);
    expect(silent).toEqual(names);
  });

  it('pass promtool, firing and silent', PROMTOOL, async ({ skip }) => {
    const found = await findPrometheus();
    if (found.kind === 'Missing') return skip(found.sentence);
    const check = spawnSync(found.promtool, ['check', 'rules', RULES], { encoding: 'utf8' });
    expect([check.status, check.stderr]).toEqual([0, '']);
    const cases = runCases(RULES, found.promtool);
    expect([cases.status, cases.stderr]).toEqual([0, '']);
  });

  it('fail their cases when a threshold is moved', PROMTOOL, async ({ skip }) => {
    const found = await findPrometheus();
    if (found.kind === 'Missing') return skip(found.sentence);
    const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
    const moved = join(folder, 'moved.yaml');
    writeFileSync(moved, readFileSync(RULES, 'utf8').replace('< 0.05', '< 0.5'));
    const { status, stderr } = runCases(moved, found.promtool);
    rmSync(folder, { recursive: true, force: true });
    expect(status).not.toBe(0);
    expect(stderr).toContain('CniTuningSubnetNearlyFull is silent');
  });
});
