/** The process's metrics: the table as a Prometheus registry, Node's own metrics, and the series of each object. */
import { collectDefaultMetrics, Counter, Gauge, type GaugeConfiguration, Histogram, Registry } from 'prom-client';
import type { MetricRow } from './metrics/metric-row.ts';
import type { ObjectSample } from './metrics/metric-table.ts';
import { OBJECT_METRICS, PROCESS_METRICS } from './metrics/metric-table.ts';

type ProcessMetricKey = keyof typeof PROCESS_METRICS;
type Labels = Readonly<Record<string, string>>;

/** Gauges whose names end in `_total`: `promtool check metrics` refuses them. */
const MISNAMED_BY_NODE = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

type ObjectSeries = { readonly gauges: readonly ObjectSample[]; readonly counters: ReadonlyMap<string, ObjectSample> };

export class Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #objects = new Map<string, ObjectSeries>();
  readonly #beforeScrape: (() => void)[] = [];

  constructor() {
    for (const row of [...Object.values(PROCESS_METRICS), ...Object.values(OBJECT_METRICS)]) this.#register(row);
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED_BY_NODE) this.#registry.removeSingleMetric(name);
  }

  count(key: ProcessMetricKey, labels: Labels = {}, by = 1): void {
    this.#counters.get(PROCESS_METRICS[key].name)?.inc(labels, by);
  }

  set(key: ProcessMetricKey, labels: Labels, value: number): void {
    this.#gauges.get(PROCESS_METRICS[key].name)?.set(labels, value);
  }

  observe(key: ProcessMetricKey, labels: Labels, value: number): void {
    this.#histograms.get(PROCESS_METRICS[key].name)?.observe(labels, value);
  }

  /** Called just before each scrape, for gauges that are read and not pushed. */
  onScrape(read: () => void): void {
    this.#beforeScrape.push(read);
  }

  /** What one CniTuning shows from now on: gauges are replaced, counters added to; the time of the last success stays. */
  showObject(name: string, samples: readonly ObjectSample[]): void {
    const isCounter = ({ metric }: ObjectSample): boolean => OBJECT_METRICS[metric].kind === 'counter';
    const before = this.#objects.get(name);
    const counters = new Map(before?.counters);
    const gauges = samples.filter((sample) => !isCounter(sample));
    const hasFailed = !gauges.some(({ metric }) => metric === 'lastSuccess');
    const lastSuccess = hasFailed ? (before?.gauges ?? []).filter(({ metric }) => metric === 'lastSuccess') : [];
    for (const sample of samples.filter(isCounter)) {
      const series = JSON.stringify([sample.metric, sample.labels]);
      counters.set(series, { ...sample, value: sample.value + (counters.get(series)?.value ?? 0) });
    }
    this.#objects.set(name, { gauges: [...gauges, ...lastSuccess], counters });
  }

  /** The CniTuning is gone: so are its series. */
  forgetObject(name: string): void {
    this.#objects.delete(name);
  }

  /** This replica leads no more: what it knew of the objects grows old, and the new leader shows them. */
  forgetAllObjects(): void {
    this.#objects.clear();
  }

  /** Every metric there is, Node's own included. */
  names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  async scrape(): Promise<{ readonly contentType: string; readonly text: string }> {
    for (const read of this.#beforeScrape) read();
    this.#fillObjects();
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** Object metrics are rebuilt from what the objects show, so that no series outlives its object. */
  #fillObjects(): void {
    for (const { name } of Object.values(OBJECT_METRICS)) {
      this.#gauges.get(name)?.reset();
      this.#counters.get(name)?.reset();
    }
    for (const [name, { gauges, counters }] of this.#objects) {
      for (const { metric, labels, value } of gauges)
        this.#gauges.get(OBJECT_METRICS[metric].name)?.set({ name, ...labels }, value);
      for (const { metric, labels, value } of counters.values())
        this.#counters.get(OBJECT_METRICS[metric].name)?.inc({ name, ...labels }, value);
    }
  }

  #register({ name, kind, help, labels, buckets }: MetricRow): void {
    const common = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (kind === 'counter') this.#counters.set(name, new Counter(common));
    else if (kind === 'gauge') this.#gauges.set(name, unsetGauge(common));
    else this.#histograms.set(name, new Histogram({ ...common, buckets: [...(buckets ?? [])] }));
  }
}

/** Without a sample until it is set: a gauge without labels begins at 0, which says something that nobody knows yet. */
function unsetGauge(common: GaugeConfiguration<string>): Gauge {
  const gauge = new Gauge(common);
  if (common.labelNames?.length === 0) gauge.remove();
  return gauge;
}
