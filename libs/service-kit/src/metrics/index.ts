import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type LabelsOf, METRICS, type MetricName, type NameOf } from './catalogue.ts';

export { type LabelsOf, listMetrics, METRICS } from './catalogue.ts';

export interface CounterMetric<N extends NameOf<'counter'>> {
  inc(labels: LabelsOf<N>, n?: number): void;
}

export interface GaugeMetric<N extends NameOf<'gauge'>> {
  set(labels: LabelsOf<N>, value: number): void;
  /** Removes a label set, e.g. of a removed connection. */
  remove(labels: LabelsOf<N>): void;
}

export interface HistogramMetric<N extends NameOf<'histogram'>> {
  observe(labels: LabelsOf<N>, seconds: number): void;
}

/** Metrics of one process, by their names in the catalogue. The same name returns the same metric. */
export interface Metrics {
  counter<N extends NameOf<'counter'>>(name: N): CounterMetric<N>;
  /** If given, `collect` runs before each scrape to set current values. */
  gauge<N extends NameOf<'gauge'>>(name: N, collect?: (gauge: GaugeMetric<N>) => void): GaugeMetric<N>;
  histogram<N extends NameOf<'histogram'>>(name: N): HistogramMetric<N>;
  /** Everything in the exposition format. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
  readonly registry: Registry;
}

/** From one millisecond (a grouped write) to a minute (a slow ERP), three a decade. */
const LATENCY_BUCKETS_SECONDS: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60,
];

export interface MetricsOptions {
  /** Value of the label `service` of every metric. */
  readonly service: string;
  /** Adds memory, event loop and garbage collection of the process; off in tests. */
  readonly processMetrics?: boolean;
}

export function createMetrics({ service, processMetrics = true }: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const made = new Map<MetricName, unknown>();

  function once<M>(name: MetricName, make: () => M): M {
    if (!made.has(name)) made.set(name, make());
    return made.get(name) as M;
  }
  const describe = (name: MetricName) => ({
    name,
    help: METRICS[name].help,
    labelNames: Object.keys(METRICS[name].labels),
    registers: [registry],
  });

  return {
    registry,
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    counter: <N extends NameOf<'counter'>>(name: N) => once<CounterMetric<N>>(name, () => new Counter(describe(name))),
    gauge: <N extends NameOf<'gauge'>>(name: N, collect?: (gauge: GaugeMetric<N>) => void) =>
      once<GaugeMetric<N>>(name, () => {
        const gauge: GaugeMetric<N> = new Gauge({
          ...describe(name),
          ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
        });
        return gauge;
      }),
    histogram: <N extends NameOf<'histogram'>>(name: N) =>
      once<HistogramMetric<N>>(name, () => new Histogram({ ...describe(name), buckets: [...LATENCY_BUCKETS_SECONDS] })),
  };
}
