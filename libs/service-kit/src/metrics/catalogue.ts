import type { MeteredService, MetricDeclaration } from './declaration.ts';
import { SHARED_METRICS } from './of-all.ts';
import { CONNECTOR_METRICS } from './of-connector.ts';
import { LEDGER_METRICS } from './of-ledger.ts';
import { SINK_METRICS } from './of-sink.ts';

/**
 * All metrics of all services; each service takes its own from here by name. `deploy/METRICS.md` is generated from it, `deploy/prometheus`
 * reads it.
 */
export const METRICS = { ...CONNECTOR_METRICS, ...SINK_METRICS, ...LEDGER_METRICS, ...SHARED_METRICS } as const;

export type MetricName = keyof typeof METRICS;
type Labels<N extends MetricName> = (typeof METRICS)[N]['labels'];
type ValueOf<Kind> = Kind extends readonly string[] ? Kind[number] : Kind extends 'partition' ? number : string;

/** The labels of a metric: where the catalogue lists a label's values, no other is accepted. */
export type LabelsOf<N extends MetricName> = { readonly [Label in keyof Labels<N>]: ValueOf<Labels<N>[Label]> };
/** The metrics of one kind. */
export type NameOf<Kind extends MetricDeclaration['kind']> = {
  [N in MetricName]: (typeof METRICS)[N]['kind'] extends Kind ? N : never;
}[MetricName];

/** The metrics that a service exposes, beside the process' memory, event loop and garbage collection. */
export function listMetrics(service: MeteredService): MetricName[] {
  const declared: [string, MetricDeclaration][] = Object.entries(METRICS);
  return declared.flatMap(([name, { by }]) => (by.includes(service) ? [name as MetricName] : [])).sort();
}
