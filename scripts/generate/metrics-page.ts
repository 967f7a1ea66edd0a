/** docs/reference/metrics.md: every metric, from the table that makes the registry. */
import type { MetricRow } from '../../src/controller/metrics/metric-row.ts';
import { OBJECT_METRICS, PROCESS_METRICS, stabilityOf } from '../../src/controller/metrics/metric-table.ts';

function table(rows: readonly MetricRow[]): string {
  const lines = rows.map((row) => {
    const { name, kind, labels, help } = row;
    const words = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${kind} | ${words} | ${stabilityOf(row)} | ${help.replaceAll('<', '&lt;')} |`;
  });
  return `| metric | type | labels | stability | what it says |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
}

export function metricsPage(): string {
  return [
    '# Metrics\n',
    'Generated from `src/controller/metrics/metric-table.ts` by `npm run generate`; never edited.\n',
    "Served at `/metrics` (flag `--metrics-bind-address`). Node's own process metrics (`process_…`, `nodejs_…`) come with them.\n",
    '`stable`: name and labels follow another project and stay. `alpha`: ours; may change in a minor release, with a note in the changelog.\n',
    'The number of series is bounded whatever the size of the cluster: none has a label for a node or a pod, subnets are the 50 fullest, actions the 20 most throttled.\n',
    '## Of the process\n',
    'Names and labels of controller-runtime and of the AWS load balancer controller, so that boards made for them work, and our own.\n',
    table(Object.values(PROCESS_METRICS)),
    '## Of each CniTuning\n',
    "The label `name` is the object's name. When the object is deleted, its series are gone at the next scrape. What is not known is absent, never 0.\n",
    table(Object.values(OBJECT_METRICS)),
  ].join('\n');
}
