/** A real Prometheus scrapes the operator: alerts fire and go, and every expression of the boards is answered. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import type { ControlPlane } from '../../testbed/control-plane/control-plane.ts';
import { findPrometheus } from '../../testbed/control-plane/prometheus.ts';
import { describeOnPlane, eventually } from '../support/control-plane.ts';
import { metricNamesOf } from '../support/metric-names.ts';
import { type Operator, startOperator } from '../support/operator.ts';
import { type RunningPrometheus, startPrometheus } from '../support/prometheus.ts';
import { applyTuning, type SmallCluster, startSmallCluster, untilStatus } from '../support/small-cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RULES = readFileSync(join(ROOT, 'deploy/chart/files/alerts/cni-tuner.yaml'), 'utf8');
/** Only after trouble, a change or an evaluation that failed, where absence says that all is well; or after three days. */
const SHOWN_AFTER_TROUBLE = [
  'cnituning_account_gap',
  'cnituning_throttled_ec2_calls',
  'cnituning_changes_total',
  'cnituning_subnet_exhaustion_timestamp_seconds',
  'cnituning_subnet_growth_addresses_per_day',
  'controller_runtime_reconcile_errors_total',
  'controller_runtime_reconcile_panics_total',
];

let stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.toReversed()) await stop();
  stops = [];
});

function expressionsOfBoards(): readonly string[] {
  const texts = globSync('deploy/chart/files/dashboards/*.json', { cwd: ROOT }).map((path) =>
    readFileSync(join(ROOT, path), 'utf8'),
  );
  const found = texts.flatMap((text) => [...text.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)]);
  return found.map(([, quoted]) => String(JSON.parse(quoted ?? '""')));
}

/** As Grafana sends it when everything is chosen. */
const filledIn = (expression: string): string =>
  expression.replaceAll('$__rate_interval', '1m').replaceAll(/\$\w+/g, '.*');

async function startAll(prometheusProgram: string) {
  const cluster: SmallCluster = await startSmallCluster({ nodes: 3, podsPerNode: 2 });
  stops.push(() => cluster.stop());
  const operator: Operator = startOperator({
    kubeconfig: cluster.plane.kubeconfigs.operator,
    ec2Url: cluster.ec2().url,
  });
  stops.push(() => operator.stop('SIGKILL'));
  const started = await operator.untilLogged('Started');
  // The rules as shipped, but without the minutes that tell a passing trouble from a lasting one.
  const rules = RULES.replaceAll(/^ +for: .*\n/gm, '');
  const targetPort = Number(started['metricsPort']);
  const prometheus: RunningPrometheus = await startPrometheus({ program: prometheusProgram, rules, targetPort });
  stops.push(() => prometheus.stop());
  return { cluster, operator, prometheus };
}

async function createSecondTuning(plane: ControlPlane): Promise<void> {
  const input =
    'apiVersion: cnituning.dev/v1alpha1\nkind: CniTuning\nmetadata: {name: second}\nspec: {mode: Recommend}\n';
  const { exitCode, stderr } = await plane.kubectl(['create', '-f', '-'], { input });
  if (exitCode !== 0) throw new Error(stderr);
}

const namesOf = async (prometheus: RunningPrometheus): Promise<readonly string[]> =>
  (await prometheus.firing()).map(({ labels }) => `${labels['alertname']} ${labels['name'] ?? ''}`.trim());

describeOnPlane('a real Prometheus', () => {
  it('fires an alert of the chart when its cause comes, and lets it go with the cause', async ({ skip }) => {
    const found = await findPrometheus();
    if (found.kind === 'Missing') return skip(found.sentence);
    const { cluster, operator, prometheus } = await startAll(found.prometheus);
    const { plane } = cluster;
    await applyTuning(plane, { mode: 'Recommend', history: { minimum: '1m' } });
    await untilStatus(plane, ({ recommendation }) => recommendation !== undefined, 240_000);
    expect(await namesOf(prometheus)).not.toContain('CniTuningStalled second');

    await createSecondTuning(plane);
    await eventually(async () => expect(await namesOf(prometheus)).toContain('CniTuningStalled second'), {
      timeoutMs: 60_000,
    });

    const expressions = expressionsOfBoards();
    expect(expressions.length).toBeGreaterThan(50);
    for (const expression of expressions) await prometheus.query(filledIn(expression));
    const asked = expressions.flatMap(metricNamesOf).filter((name) => !SHOWN_AFTER_TROUBLE.includes(name));
    // The history is first stored a minute after the Lease was won.
    await eventually(
      async () => {
        const scraped = await prometheus.metricNames();
        expect([...new Set(asked)].filter((name) => !scraped.has(name))).toEqual([]);
      },
      { timeoutMs: 90_000 },
    );

    await plane.kubectl(['delete', 'cnit', 'second']);
    await eventually(async () => expect(await namesOf(prometheus)).not.toContain('CniTuningStalled second'), {
      timeoutMs: 60_000,
    });

    await operator.stop('SIGKILL');
    await eventually(async () => expect(await namesOf(prometheus)).toContain('CniTuningDown'), { timeoutMs: 60_000 });
  });
});
