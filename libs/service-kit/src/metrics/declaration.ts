/**
 * Allowed values of a label. A list: one of these values. A name: a kind of which an installation has a bounded number (see {@link
 * LABEL_KINDS}). Never the id of a record or message, nor anything from a stranger: each value is a series for ever.
 */
export type LabelKind = readonly string[] | keyof typeof LABEL_KINDS;

/** Why each kind has a bounded number of values. */
export const LABEL_KINDS = {
  connection: 'one for each connection that an admin has made; a gauge drops it when the connection is removed',
  entity: 'one for each canonical schema',
  topic: 'one for each topic of the catalogue',
  group: 'one for each consumer group: some for each service',
  partition: 'one for each partition of a topic',
  route: 'one for each pattern of a path of the API, not the path',
  method: 'one for each method of HTTP',
  status: 'one for each status of HTTP',
} as const;

export type MeteredService = 'connector' | 'sink' | 'ledger';

export interface MetricDeclaration {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** What is counted, or the unit of the number. Durations are in seconds. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelKind>>;
  /** The services that expose it. */
  readonly by: readonly MeteredService[];
}

/** Kinds of an error of a vendor. */
export const VENDOR_ERRORS = [
  'unavailable',
  'timeout',
  'throttled',
  'unauthorized',
  'rejected',
  'conflict',
  'notFound',
  'unexpected',
] as const;
