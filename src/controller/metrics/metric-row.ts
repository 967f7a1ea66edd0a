/** One metric as the table has it. */

export type MetricRow = {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
};

export const counter = (name: string, help: string, labels: readonly string[]): MetricRow => ({
  name,
  kind: 'counter',
  help,
  labels,
});
export const gauge = (name: string, help: string, labels: readonly string[]): MetricRow => ({
  name,
  kind: 'gauge',
  help,
  labels,
});
export const histogram = (
  name: string,
  help: string,
  labels: readonly string[],
  buckets: readonly number[],
): MetricRow => ({
  name,
  kind: 'histogram',
  help,
  labels,
  buckets,
});
