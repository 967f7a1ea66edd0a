/** Which metrics a PromQL expression asks for, and whether the operator has them. */
import { OBJECT_METRICS, PROCESS_METRICS } from '../../src/controller/metrics/metric-table.ts';
import { Metrics } from '../../src/controller/metrics.ts';

const WORDS = new Set(['by', 'on', 'and', 'or', 'without', 'ignoring', 'unless', 'group_left', 'offset', 'bool']);

/** Names in the place of a metric: no label, no function, no keyword, no text. */
export function metricNamesOf(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}/g, ' ')
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/\b([a-zA-Z_:][\w:]*)\b(?!\s*\()/g)].map(([, name]) => name ?? '');
  return [...new Set(names.filter((name) => !WORDS.has(name)))];
}

function ownNames(): ReadonlySet<string> {
  const names = [...Object.values(PROCESS_METRICS), ...Object.values(OBJECT_METRICS)].flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  return new Set([...names, ...new Metrics().names()]);
}

export function unknownMetricsOf(expression: string): readonly string[] {
  const known = ownNames();
  return metricNamesOf(expression).filter((name) => !known.has(name));
}

/** Label names each metric of ours may have; undefined for one that is not ours. */
export function labelsOf(name: string): readonly string[] | undefined {
  const plain = name.replace(/_(bucket|sum|count)$/, '');
  const rows = [...Object.values(PROCESS_METRICS), ...Object.values(OBJECT_METRICS)];
  return rows.find((row) => row.name === name || (row.kind === 'histogram' && row.name === plain))?.labels;
}
