import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type MetricLabels = Readonly<Record<string, string | number>>;

export interface CounterMetric {
  inc(labels: MetricLabels, n?: number): void;
}

export interface GaugeMetric {
  set(labels: MetricLabels, value: number): void;
  /** Takes a label set out, e.g. of a connection that was removed. */
  remove(labels: MetricLabels): void;
}

export interface HistogramMetric {
  observe(labels: MetricLabels, seconds: number): void;
}

/** Metrics of one process, in Prometheus' terms. Asking twice for one name gives the same metric. */
export interface Metrics {
  counter(name: string, help: string, labels: readonly string[]): CounterMetric;
  /** `collect`, when given, is called before each scrape to set current values. */
  gauge(name: string, help: string, labels: readonly string[], collect?: (gauge: GaugeMetric) => void): GaugeMetric;
  /** Buckets are upper bounds in seconds. */
  histogram(name: string, help: string, labels: readonly string[], bucketsSeconds?: readonly number[]): HistogramMetric;
  /** Everything in the exposition format. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
  readonly registry: Registry;
}

/** From one millisecond (a grouped write) to a minute (a slow ERP), three a decade. */
export const LATENCY_BUCKETS_SECONDS: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60,
];

export interface MetricsOptions {
  /** Becomes the label `service` of every metric. */
  readonly service: string;
  /** Adds memory, event loop and garbage collection of the process; off in tests. */
  readonly processMetrics?: boolean;
}

export function createMetrics({ service, processMetrics = true }: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const declared = new Map<string, { readonly kind: string; readonly metric: unknown }>();

  function declare<M>(kind: string, name: string, make: () => M): M {
    const existing = declared.get(name);
    if (existing === undefined) {
      const metric = make();
      declared.set(name, { kind, metric });
      return metric;
    }
    if (existing.kind !== kind) throw new Error(`metric ${name} is declared as a ${existing.kind} and as a ${kind}`);
    return existing.metric as M;
  }

  return {
    registry,
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    counter: (name, help, labels) =>
      declare<CounterMetric>('counter', name, () => {
        const metric = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
        return { inc: (values, n = 1) => metric.inc({ ...values }, n) };
      }),
    gauge: (name, help, labels, collect) =>
      declare<GaugeMetric>('gauge', name, () => {
        const metric = new Gauge({
          name,
          help,
          labelNames: [...labels],
          registers: [registry],
          ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
        });
        const gauge: GaugeMetric = {
          set: (values, value) => metric.set({ ...values }, value),
          remove: (values) => metric.remove({ ...values }),
        };
        return gauge;
      }),
    histogram: (name, help, labels, bucketsSeconds = LATENCY_BUCKETS_SECONDS) =>
      declare<HistogramMetric>('histogram', name, () => {
        const metric = new Histogram({
          name,
          help,
          labelNames: [...labels],
          buckets: [...bucketsSeconds],
          registers: [registry],
        });
        return { observe: (values, seconds) => metric.observe({ ...values }, seconds) };
      }),
  };
}
