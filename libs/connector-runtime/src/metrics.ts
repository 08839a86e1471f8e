import type { Metrics } from '@entrepot/service-kit';
import type { PublishedKey } from '@entrepot/store';

/** What a connector counts. Labels never hold ids of records. */
export interface ConnectorMetrics {
  webhookAccepted(connection: string, hints: number, seconds: number): void;
  webhookRejected(connection: string, reason: string): void;
  webhookRepeated(connection: string): void;
  fetched(connection: string, entity: string, outcome: string, records: number, seconds: number): void;
  synced(address: PublishedKey, via: string, result: 'published' | 'unchanged'): void;
  unmapped(address: PublishedKey, code: string): void;
  hintLatency(entity: string, seconds: number): void;
  polled(connection: string, entity: string, atMs: number): void;
  pollFailed(connection: string, entity: string, kind: string): void;
  connectionHeld(connection: string, held: boolean): void;
  subscriptionsChecked(connection: string, missing: number, made: number): void;
  connectionGone(connection: string): void;
  republished(entity: string, result: 'republished' | 'passed' | 'refused' | 'unreadable' | 'failed'): void;
  /** Null: the work is done. */
  republishRemaining(entity: string, records: number | null): void;
}

export function createConnectorMetrics(metrics: Metrics): ConnectorMetrics {
  const accepted = metrics.counter('entrepot_hints_accepted_total', 'Hints put on the inbox', ['connection']);
  const rejected = metrics.counter('entrepot_webhooks_rejected_total', 'Webhooks refused, by reason', [
    'connection',
    'reason',
  ]);
  const repeated = metrics.counter(
    'entrepot_webhooks_repeated_total',
    'Webhooks known already, acknowledged without further work',
    ['connection'],
  );
  const ingest = metrics.histogram('entrepot_webhook_seconds', 'Webhook received to acknowledged', ['connection']);
  const fetchSeconds = metrics.histogram('entrepot_fetch_seconds', 'One call that reads records', [
    'connection',
    'entity',
    'outcome',
  ]);
  const fetchedRecords = metrics.counter('entrepot_fetched_records_total', 'Records asked for', [
    'connection',
    'entity',
  ]);
  const published = metrics.counter('entrepot_published_total', 'Versions published', ['connection', 'entity', 'via']);
  const unchanged = metrics.counter('entrepot_unchanged_total', 'Reads that showed nothing new', [
    'connection',
    'entity',
    'via',
  ]);
  const unmapped = metrics.counter('entrepot_unmapped_total', 'Records that could not become events', [
    'connection',
    'entity',
    'code',
  ]);
  const latency = metrics.histogram('entrepot_hint_seconds', 'Hint received to its record published', ['entity']);
  const failedPolls = metrics.counter('entrepot_poll_failures_total', 'Polls that ended with an error', [
    'connection',
    'entity',
    'kind',
  ]);
  const held = metrics.gauge('entrepot_connection_held', '1 while calls to the connection wait', ['connection']);
  const republished = metrics.counter(
    'entrepot_republished_total',
    'States found in an older schema after an upgrade, by what became of them',
    ['entity', 'result'],
  );
  const republishRemaining = metrics.gauge(
    'entrepot_republish_remaining',
    'Records of entity topics still to be looked at for states in an older schema',
    ['entity'],
  );
  const missingSubscriptions = metrics.gauge(
    'entrepot_webhook_subscriptions_missing',
    'Webhook subscriptions that the vendor does not have, at the last look',
    ['connection'],
  );
  const madeSubscriptions = metrics.counter(
    'entrepot_webhook_subscriptions_made_total',
    'Webhook subscriptions made because they were missing',
    ['connection'],
  );
  const polls = new Map<string, { connection: string; entity: string; atMs: number }>();
  const pollAge = metrics.gauge(
    'entrepot_poll_age_seconds',
    'Since the last completed poll by this process',
    ['connection', 'entity'],
    (gauge) => {
      for (const { connection, entity, atMs } of polls.values())
        gauge.set({ connection, entity }, (Date.now() - atMs) / 1000);
    },
  );

  return {
    webhookAccepted(connection, hints, seconds) {
      accepted.inc({ connection }, hints);
      ingest.observe({ connection }, seconds);
    },
    webhookRejected: (connection, reason) => rejected.inc({ connection, reason }),
    webhookRepeated: (connection) => repeated.inc({ connection }),
    fetched(connection, entity, outcome, records, seconds) {
      fetchSeconds.observe({ connection, entity, outcome }, seconds);
      fetchedRecords.inc({ connection, entity }, records);
    },
    synced({ connection, entity }, via, result) {
      (result === 'published' ? published : unchanged).inc({ connection, entity, via });
    },
    unmapped: ({ connection, entity }, code) => unmapped.inc({ connection, entity, code }),
    hintLatency: (entity, seconds) => latency.observe({ entity }, seconds),
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
