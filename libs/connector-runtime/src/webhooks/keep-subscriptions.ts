import { randomUUID } from 'node:crypto';
import { type Clock, WALL_CLOCK } from '@entrepot/runtime-kit/clock';
import type { Logger } from '@entrepot/service-kit';
import type { Cursors } from '@entrepot/store';
import type { SubscriptionFindings } from '@entrepot/vendor-kit';
import type { ConnectorMetrics } from '../metrics.ts';
import type { OpenConnection } from '../sources/open-connections.ts';

export interface SubscriptionKeeperOptions {
  readonly vendorTitle: string;
  readonly connection: OpenConnection;
  readonly cursors: Pick<Cursors, 'acquirePoller' | 'set' | 'releasePoller'>;
  readonly log: Logger;
  readonly metrics: Pick<ConnectorMetrics, 'subscriptionsChecked'>;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  readonly clock?: Pick<Clock, 'sleep'>;
  /** Between 0 and 1. */
  readonly random?: () => number;
}

/**
 * Vendors end a subscription after hours of failures. It is created again within minutes, and each check costs one
 * small query.
 */
const INTERVAL_MS = 120_000;
const JITTER_SHARE = 0.2;
/** A check by one replica keeps the others from creating the same subscription at the same time. */
const LEASE_MS = 60_000;
const RETRY_MS = 5_000;
const SUBJECT = 'webhook-subscriptions';
const TOPIC = 'subscriptions';

/**
 * Checks the vendor's webhook subscriptions when the connection opens or changes, and then every few minutes. Missing
 * ones are reported to the operator, and the source creates them again where it may. The store keeps the known topics,
 * so that a loss is detected from the first set-up on.
 */
export function keepSubscriptions(options: SubscriptionKeeperOptions): void {
  const { connection, cursors, metrics, intervalMs = INTERVAL_MS, clock = WALL_CLOCK, random = Math.random } = options;
  const log = options.log.child({ connection: connection.id });
  const signal = AbortSignal.any([options.signal, connection.closed]);
  const owner = `${connection.id}-${randomUUID()}`;
  let wake: () => void = () => {};
  let madeAtMs: number | null = null;
  let lookedRevision: number | null = null;

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      const woken = new AbortController();
      wake = () => woken.abort(new Error('the connection changed'));
      let delayMs: number;
      try {
        delayMs = (await look()) ? intervalMs * (1 - JITTER_SHARE / 2 + random() * JITTER_SHARE) : RETRY_MS;
      } catch (err) {
        if (signal.aborted) return;
        // The same fault also fails the polls, and they report it.
        log.warn({ err }, 'webhook subscriptions could not be looked at; trying again');
        delayMs = intervalMs;
      }
      await clock.sleep(delayMs, AbortSignal.any([signal, woken.signal])).catch(() => {});
    }
  }

  /** False when it must be repeated soon: another replica is checking, or the connection waits. */
  async function look(): Promise<boolean> {
    const opened = connection.source();
    if (opened === null || connection.hold.state().held) return false;
    const check = opened.source.checkSubscriptions;
    if (check === null) {
      connection.raiseAttention(TOPIC, null);
      return true;
    }
    const revision = connection.view()?.revision ?? null;
    const lease = await cursors.acquirePoller(connection.id, SUBJECT, owner, LEASE_MS);
    if (lease === null) return false;
    let complete = false;
    try {
      const known = parseTopics(lease.cursor);
      const findings = await check(known, AbortSignal.any([signal, opened.signal]));
      await cursors.set(lease, JSON.stringify(rememberTopics(known, findings)));
      complete = true;
      lookedRevision = revision;
      metrics.subscriptionsChecked(connection.id, findings.missing.length, findings.made.length);
      tell(known, findings);
      return true;
    } finally {
      await cursors
        .releasePoller(lease, complete)
        .catch((err: unknown) =>
          log.warn({ err }, 'the look at webhook subscriptions was not released; it will run out'),
        );
    }
  }

  function tell(known: readonly string[], { made, missing }: SubscriptionFindings): void {
    if (made.length > 0) log.info({ topics: made }, 'webhook subscriptions made');
    const lost = made.filter((topic) => known.includes(topic));
    const sentences = [
      ...(missing.length === 0 ? [] : [describeMissing(options.vendorTitle, missing)]),
      ...(lost.length === 0 ? [] : [describeMade(options.vendorTitle, lost)]),
    ];
    if (lost.length > 0) madeAtMs = performance.now();
    if (sentences.length > 0) {
      log.warn({ missing, made: lost }, 'webhook subscriptions were gone');
      connection.raiseAttention(TOPIC, sentences.join(' '));
      return;
    }
    // A subscription that was created again stays flagged until a webhook arrives: the address may still be
    // unreachable.
    const lastAtMs = connection.lastWebhookAtMs();
    if (madeAtMs !== null && (lastAtMs === null || lastAtMs < madeAtMs)) return;
    madeAtMs = null;
    connection.raiseAttention(TOPIC, null);
  }

  // New settings may want other topics; the end of a short hold is no reason to check again.
  const stopListening = connection.hold.onResume(() => {
    if (lookedRevision === null || connection.view()?.revision !== lookedRevision) wake();
  });
  signal.addEventListener('abort', stopListening, { once: true });
  loop().catch((err: unknown) => log.error({ err }, 'the look at webhook subscriptions ended'));
}

/**
 * A missing topic stays known, so that it is reported until it is back; a topic that is no longer wanted is forgotten.
 */
function rememberTopics(known: readonly string[], { present, missing }: SubscriptionFindings): string[] {
  return [...new Set([...present, ...missing.map(({ topic }) => topic).filter((topic) => known.includes(topic))])];
}

function parseTopics(cursor: string | null): string[] {
  if (cursor === null) return [];
  const topics: unknown = JSON.parse(cursor);
  return Array.isArray(topics) ? topics.filter((topic) => typeof topic === 'string') : [];
}

function describeMissing(title: string, missing: SubscriptionFindings['missing']): string {
  const reasons = new Map<string, string[]>();
  for (const { topic, reason } of missing) reasons.set(reason, [...(reasons.get(reason) ?? []), topic]);
  const parts = [...reasons].map(([reason, topics]) => `${topics.join(', ')} (${reason})`);
  return `${title} has no webhook subscription any more for ${parts.join('; ')}. Until it has, changes are found by polls alone.`;
}

function describeMade(title: string, topics: readonly string[]): string {
  return `Webhook subscriptions were gone at ${title} and have been made again: ${topics.join(', ')}. It ends them when webhooks fail for hours: look whether the connection's webhooks are reached from outside. The next webhook ends this notice.`;
}
