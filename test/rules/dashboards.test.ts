import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { labelsOf, metricNamesOf, unknownMetricsOf } from '../support/metric-names.ts';

const ROOT = dirname(dirname(import.meta.dirname));
const BOARDS = globSync('deploy/chart/files/dashboards/*.json', { cwd: ROOT }).toSorted();
/** Put on by Prometheus or by a relabeling, and not by us; where the Prometheus operator scrapes, `pod` too. */
const TARGET_LABELS = ['cluster', 'namespace', 'job', 'instance', 'le'];

type Target = { readonly expr: string; readonly datasource: { readonly uid: string } };
type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
};
type Variable = { readonly name: string; readonly type: string; readonly definition?: string };
type Board = {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
};

const read = (path: string): Board => JSON.parse(readFileSync(join(ROOT, path), 'utf8'));

function expressionsOf(board: Board): readonly string[] {
  const panels = board.panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr));
  return [...panels, ...board.annotations.list.map(({ expr }) => expr)];
}

/** Labels used in matchers and groupings that none of the expression's metrics has. */
function strangeLabelsOf(expression: string): readonly string[] {
  const known = new Set([...TARGET_LABELS, ...metricNamesOf(expression).flatMap((name) => labelsOf(name) ?? [])]);
  const matched = [...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label ?? '');
  const grouped = [...expression.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, list]) => (list ?? '').split(/,\s*/));
  return [...matched, ...grouped].filter((label) => !known.has(label));
}

const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

it('there is a board for the fleet and one for the operator, each with an id of its own', () => {
  expect(BOARDS.map((path) => basename(path))).toEqual(['fleet.json', 'operator.json']);
  expect(new Set(BOARDS.map((path) => read(path).uid)).size).toBe(BOARDS.length);
});

it('an expression with a metric or a label that does not exist is refused', () => {
  expect(unknownMetricsOf('sum(rate(cnituning_gone_total{name="x"}[5m]))')).toEqual(['cnituning_gone_total']);
  expect(strangeLabelsOf('sum by (pod) (cnituning_hold{node="x", name="y"})')).toEqual(['node', 'pod']);
});

/** What the board that kubebuilder scaffolds asks of a program made with controller-runtime (as of August 2026). */
const ASKED_BY_OTHERS = [
  'controller_runtime_active_workers',
  'sum by (instance, pod) (controller_runtime_reconcile_errors_total)',
  'sum by (instance, pod) (controller_runtime_reconcile_total)',
  'workqueue_depth',
  'sum by (instance, name) (workqueue_adds_total)',
  'sum by (instance, name) (workqueue_retries_total)',
  'workqueue_unfinished_work_seconds',
  'sum by (instance, name, le) (workqueue_queue_duration_seconds_bucket)',
  'sum by (instance, name, le) (workqueue_work_duration_seconds_bucket)',
];

it("kubebuilder's board finds every metric and label that it asks for", () => {
  for (const expression of ASKED_BY_OTHERS) {
    expect([expression, ...unknownMetricsOf(expression)]).toEqual([expression]);
    expect(strangeLabelsOf(expression).filter((label) => label !== 'pod')).toEqual([]);
  }
});

describe.each(BOARDS)('%s', (path) => {
  const board = read(path);
  const charts = board.panels.filter(({ type }) => type !== 'row');

  it('is tagged and chooses its data source by a variable', () => {
    expect(board.tags).toContain('cni-tuner');
    expect(board.templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource' });
    const sources = charts.flatMap((panel) => [panel.datasource, ...(panel.targets ?? []).map((t) => t.datasource)]);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(['${datasource}']));
  });

  it('has panels with ids of their own that do not lie on each other', () => {
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const pairs = board.panels.flatMap((a, at) => board.panels.slice(at + 1).map((b) => [a, b] as const));
    expect(pairs.filter(([a, b]) => overlap(a.gridPos, b.gridPos)).map(([a, b]) => [a.title, b.title])).toEqual([]);
  });

  it('says of every panel what it shows and in which unit', () => {
    for (const panel of charts) {
      expect(panel.title).not.toBe('');
      expect(panel.description).toMatch(/\.$/);
      expect(panel.fieldConfig?.defaults.unit).toBeTruthy();
      expect(panel.targets?.length).toBeGreaterThan(0);
    }
  });

  it('asks only for metrics and labels that the operator has', () => {
    for (const expression of expressionsOf(board)) {
      expect([expression, ...unknownMetricsOf(expression)]).toEqual([expression]);
      expect([expression, ...strangeLabelsOf(expression)]).toEqual([expression]);
    }
  });

  it('takes rates over the interval that Grafana knows, and only variables that exist', () => {
    const variables = new Set([...board.templating.list.map(({ name }) => name), '__rate_interval']);
    for (const expression of expressionsOf(board)) {
      expect(expression).not.toMatch(/\[\d+[smhd]\]/);
      const used = [...expression.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name ?? '');
      expect(used.filter((name) => !variables.has(name))).toEqual([]);
    }
  });
});
