import type { CounterMetric, HistogramMetric, LabelsOf, Metrics } from '@entrepot/service-kit';
import type { PublishedKey } from '@entrepot/store';

export type WebhookRefusal = LabelsOf<'entrepot_webhooks_rejected_total'>['reason'];
export type FetchOutcome = LabelsOf<'entrepot_fetch_seconds'>['outcome'];

/** What a connector counts. Labels never hold ids of records. */
export interface ConnectorMetrics {
  readonly hintsAccepted: CounterMetric<'entrepot_hints_accepted_total'>;
  /** From the first byte of a webhook to its answer. */
  readonly webhookSeconds: HistogramMetric<'entrepot_webhook_seconds'>;
  webhookRejected(connection: string, reason: WebhookRefusal): void;
  webhookRepeated(connection: string): void;
  readonly fetchSeconds: HistogramMetric<'entrepot_fetch_seconds'>;
  readonly published: CounterMetric<'entrepot_published_total'>;
  readonly unchanged: CounterMetric<'entrepot_unchanged_total'>;
  /** A published state is our own write coming back. */
  echoed(address: PublishedKey): void;
  unmapped(address: PublishedKey): void;
  /** Of the record that the confirmed document is of. */
  confirmed(connection: string, entity: string): void;
  /** From a hint's arrival until its record is dealt with. */
  readonly hintSeconds: HistogramMetric<'entrepot_hint_seconds'>;
  polled(connection: string, entity: string, atMs: number): void;
  pollFailed(connection: string, entity: string, kind: LabelsOf<'entrepot_poll_failures_total'>['kind']): void;
  connectionHeld(connection: string, held: boolean): void;
  subscriptionsChecked(connection: string, missing: number, made: number): void;
  connectionGone(connection: string): void;
  republished(entity: string, result: LabelsOf<'entrepot_republished_total'>['result']): void;
  /** Null: the work is done. */
  republishRemaining(entity: string, records: number | null): void;
}

export function createConnectorMetrics(metrics: Metrics): ConnectorMetrics {
  const rejected = metrics.counter('entrepot_webhooks_rejected_total');
  const repeated = metrics.counter('entrepot_webhooks_repeated_total');
  const echoes = metrics.counter('entrepot_echoes_total');
  const unmapped = metrics.counter('entrepot_unmapped_total');
  const confirmations = metrics.counter('entrepot_confirmations_total');
  const failedPolls = metrics.counter('entrepot_poll_failures_total');
  const held = metrics.gauge('entrepot_connection_held');
  const republished = metrics.counter('entrepot_republished_total');
  const republishRemaining = metrics.gauge('entrepot_republish_remaining');
  const missingSubscriptions = metrics.gauge('entrepot_webhook_subscriptions_missing');
  const madeSubscriptions = metrics.counter('entrepot_webhook_subscriptions_made_total');
  const polls = new Map<string, { connection: string; entity: string; atMs: number }>();
  const pollAge = metrics.gauge('entrepot_poll_age_seconds', (gauge) => {
    for (const { connection, entity, atMs } of polls.values())
      gauge.set({ connection, entity }, (Date.now() - atMs) / 1000);
  });

  return {
    hintsAccepted: metrics.counter('entrepot_hints_accepted_total'),
    webhookSeconds: metrics.histogram('entrepot_webhook_seconds'),
    fetchSeconds: metrics.histogram('entrepot_fetch_seconds'),
    published: metrics.counter('entrepot_published_total'),
    unchanged: metrics.counter('entrepot_unchanged_total'),
    hintSeconds: metrics.histogram('entrepot_hint_seconds'),
    webhookRejected: (connection, reason) => rejected.inc({ connection, reason }),
    webhookRepeated: (connection) => repeated.inc({ connection }),
    echoed: ({ connection, entity }) => echoes.inc({ connection, entity }),
    unmapped: ({ connection, entity }) => unmapped.inc({ connection, entity }),
    confirmed: (connection, entity) => confirmations.inc({ connection, entity }),
    polled: (connection, entity, atMs) => void polls.set(`${connection}|${entity}`, { connection, entity, atMs }),
    pollFailed: (connection, entity, kind) => failedPolls.inc({ connection, entity, kind }),
    republished: (entity, result) => republished.inc({ entity, result }),
    republishRemaining: (entity, records) =>
      records === null ? republishRemaining.remove({ entity }) : republishRemaining.set({ entity }, records),
    connectionHeld: (connection, isHeld) => held.set({ connection }, isHeld ? 1 : 0),
    subscriptionsChecked(connection, missing, made) {
      missingSubscriptions.set({ connection }, missing);
      madeSubscriptions.inc({ connection }, made);
    },
    connectionGone(connection) {
      held.remove({ connection });
      missingSubscriptions.remove({ connection });
      for (const [key, poll] of polls) {
        if (poll.connection !== connection) continue;
        polls.delete(key);
        pollAge.remove({ connection, entity: poll.entity });
      }
    },
  };
}
