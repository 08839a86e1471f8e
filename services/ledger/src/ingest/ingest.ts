import type { BrokerRecord } from '@entrepot/broker';
import {
  ATTEMPT_TOPIC,
  type AttemptReport,
  type CommandReport,
  type ConfirmedReport,
  describeDeadLetter,
  ENTITY_NAMES,
  entityTopic,
  isInTarget,
  type LaneReport,
  type Report,
  type RoutedReport,
  UNMAPPED_TOPIC,
  type UnmappedReport,
  type WaitingKey,
} from '@entrepot/canonical';
import type { Tracer } from '@entrepot/runtime-kit';
import type { Logger } from '@entrepot/service-kit';
import { type Store, withDeadline } from '@entrepot/store';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { LEDGER } from '../injection.ts';
import type { LedgerMetrics } from '../metrics.ts';
import type { CommandAnswers } from '../reprocess/command-answers.ts';
import { awaitsConfirmation, type Delivery, isFinal, retryRulesOf, waitsForRecord } from '../states/delivery.ts';
import { fingerprintOf } from '../states/fingerprint.ts';
import { isLaneNews } from '../states/lane-report.ts';
import type { MessageFacts, RecordMessage } from '../states/message.ts';
import { appearedKeysOf, applyAttempt, applyRouting } from '../states/transitions.ts';
import { messageIdOf } from '../store/documents.ts';
import { AffectedDeliveries, TroubledMessages } from './affected-documents.ts';
import { type ConfirmationPorts, Confirmations } from './confirmations.ts';
import { DeadLetters } from './dead-letters.ts';
import { NewerReport, NewerReports } from './newer-reports.ts';
import { announceMessage, parseReport, type RoutingNews, readEvent } from './read-record.ts';
import { readUnmapped, unknownConnectionError } from './read-trouble.ts';

export interface IngestPorts extends ConfirmationPorts {
  readonly connections: Pick<Store['connections'], 'find' | 'get'>;
  readonly flows: Pick<Store['flows'], 'find'>;
  /** Whether links show in the delivery's target what it waits for. */
  isThere(delivery: Pick<Delivery, 'from' | 'to'>, awaited: WaitingKey): Promise<boolean>;
  readonly commandAnswers: CommandAnswers;
  readonly metrics: LedgerMetrics;
  readonly tracer: Tracer;
  readonly log: Logger;
}

/** Converts records to changes of the ledger's documents. Every method is idempotent. */
export class Ingest {
  private readonly ports: IngestPorts;
  readonly deadLetters: DeadLetters;
  readonly newerReports: NewerReports;
  private readonly troubled: TroubledMessages;
  private readonly affected: AffectedDeliveries;
  private readonly confirmations: Confirmations;

  constructor(ports: IngestPorts) {
    this.ports = ports;
    this.deadLetters = new DeadLetters(ports.store);
    this.newerReports = new NewerReports(ports.now);
    this.troubled = new TroubledMessages(ports.store);
    this.affected = new AffectedDeliveries(ports.store, ports.now);
    this.confirmations = new Confirmations(ports);
  }

  /** A record of an entity topic. */
  async event(record: BrokerRecord): Promise<void> {
    // A tombstone erases a record from the topic; it is no event.
    if (record.value === null) return;
    await this.ports.tracer.span('ingest', record.headers.traceparent ?? null, { kind: 'event' }, async () => {
      const message = await this.noteUnknownConnection(readEvent(record));
      await this.recordMessage(message);
      await this.troubled.close(message);
    });
    this.ports.metrics.ingested.inc({ kind: 'event' });
  }

  /** A record of the attempt or unmapped topic. Unreadable ones are stored as dead letters; one that we wrote shows a bug. */
  async report(record: BrokerRecord): Promise<void> {
    const parsed = parseReport(record.value);
    if (parsed.problem === null) return this.applyReport(parsed.report);
    if (parsed.newer !== undefined) {
      const newer = new NewerReport(parsed.newer);
      this.newerReports.note(record, newer);
      throw newer;
    }
    this.ports.metrics.unreadableReports.inc({ topic: record.topic });
    const deadLetter = describeDeadLetter(record, `it is no report (${parsed.problem})`);
    this.ports.log.error({ record: deadLetter.record }, deadLetter.error.message);
    await this.deadLetters.note(deadLetter);
  }

  private async applyReport(report: Report): Promise<void> {
    this.ports.metrics.ingested.inc({ kind: report.kind });
    switch (report.kind) {
      case 'routed':
        return this.routed(report);
      case 'attempt':
        return this.ports.tracer.span('ingest', report.traceparent, { kind: report.kind }, () => this.attempt(report));
      case 'confirmed':
        return this.confirmed(report);
      case 'lane':
        return this.lane(report);
      case 'command':
        return this.commandAnswer(report);
      case 'unmapped':
        return this.unmapped(report);
      case 'stray':
        return this.deadLetters.note(report);
    }
  }

  /** Submits the changes of all documents before it waits for the first, so that each document's changes stay in the order of the log. */
  private async routed(report: RoutedReport): Promise<void> {
    await Promise.all([
      this.noteRouting({ ...report, delivered: report.decisions.length > 0 }),
      ...report.decisions.map(async (decision) => {
        const change = (current: Delivery | null) => applyRouting(current, report, decision, this.ports.now());
        const { delivery, isNew } = await this.changeDelivery(decision.deliveryId, change, 'new');
        if (delivery !== null) await this.followRouting(delivery, isNew);
      }),
    ]);
  }

  private async followRouting(delivery: Delivery, isNew: boolean): Promise<void> {
    // A newer state that a flow skips supersedes an older one that is still open there; so does one whose attempt was reported together
    // with its routing.
    const reason =
      delivery.attemptCount === 0
        ? `version ${delivery.version} is not wanted by this flow: ${delivery.reason ?? delivery.state}`
        : `a newer version (${delivery.version}) was dealt with: ${delivery.state}`;
    await Promise.all([
      isFinal(delivery.state) ? this.affected.overtakeOlder(delivery, reason) : null,
      isNew ? this.affected.keepNewestCurrent(delivery) : null,
    ]);
  }

  private async attempt(report: AttemptReport): Promise<void> {
    const rules = retryRulesOf(this.ports.flows.find(report.flow));
    const { routing } = report;
    const change = (current: Delivery | null) => applyAttempt(current, report, rules, this.ports.now());
    const [{ delivery, isNew }] = await Promise.all([
      this.changeDelivery(report.deliveryId, change, routing === null ? 'any' : 'new'),
      routing === null ? null : this.noteRouting({ ...report, ...routing, delivered: true }),
    ]);
    if (delivery === null) return;
    const newer = `a newer version (${delivery.version}) reached ${delivery.to}`;
    // Also after a mismatch: the document exists, which is what the others wait for.
    const isThere = report.documents.some(isInTarget);
    await Promise.all([
      report.operationId === null ? null : this.finishOperation(report, delivery),
      report.outcome === 'superseded' ? null : this.affected.overtakeOlder(delivery, newer),
      isNew ? this.affected.keepNewestCurrent(delivery) : null,
      isFinal(delivery.state) ? null : this.affected.giveWayToNewer(delivery),
      waitsForRecord(delivery) ? this.releaseIfPresent(delivery) : null,
      awaitsConfirmation(delivery) ? this.confirmations.applyIfLinked(delivery) : null,
      isThere || report.outcome === 'resolved' ? this.releaseWaiting(report) : null,
    ]);
    if (delivery.nextAttemptAt !== null) this.ports.wakeScheduler();
  }

  private async changeDelivery(
    id: string,
    change: (current: Delivery | null) => Delivery,
    expected: 'new' | 'any',
  ): Promise<{ readonly delivery: Delivery | null; readonly isNew: boolean }> {
    let isNew = false;
    const delivery = await this.ports.store.changes.deliveries.update(
      id,
      (current) => {
        isNew = current === null;
        return change(current);
      },
      expected,
    );
    return { delivery, isNew };
  }

  private async confirmed(report: ConfirmedReport): Promise<void> {
    await Promise.all([this.confirmations.apply(report), this.releaseWaiting(report)]);
  }

  private async lane(report: LaneReport): Promise<void> {
    const { connection, state, reason, epoch, atMicros } = report;
    await this.ports.store.changes.laneStatus.update(connection, (current) =>
      current === null || isLaneNews(report, current)
        ? { _id: connection, revision: 0, state, reason, epoch, atMicros }
        : current,
    );
  }

  private async commandAnswer(report: CommandReport): Promise<void> {
    await this.ports.commandAnswers.apply(report);
  }

  private async unmapped(report: UnmappedReport): Promise<void> {
    await this.troubled.note(readUnmapped(report));
  }

  private async recordMessage(message: RecordMessage): Promise<void> {
    const record = (current: MessageFacts | null) =>
      current === null || current.record === null
        ? {
            ...message,
            routedBy: current?.routedBy ?? [],
            undelivered: current?.undelivered ?? message.undelivered,
            error: current?.error ?? message.error,
            fingerprint: current?.fingerprint ?? message.fingerprint,
          }
        : current;
    await this.ports.store.changes.messages.update(message._id, record, 'new');
  }

  /** No router reports on an unknown connection: without this error its events would look as if they were on their way. */
  private async noteUnknownConnection(message: RecordMessage): Promise<RecordMessage> {
    const { connection, entity } = message;
    if (message.error !== null || (await this.isConnection(connection))) return message;
    const error = unknownConnectionError(connection);
    return { ...message, error, fingerprint: fingerprintOf(connection, entity, error) };
  }

  /** Asks the database before it answers no. */
  private async isConnection(id: string): Promise<boolean> {
    const { connections } = this.ports;
    return connections.find(id) !== null || (await connections.get(id)) !== null;
  }

  /** Records on the message which router has seen it, even when the router could not read it, or reported before the event arrived. */
  private async noteRouting(news: RoutingNews): Promise<void> {
    const id = messageIdOf(news.publishedAtMicros, news.eventId);
    const stored = await this.ports.store.changes.messages.update(id, (current) => {
      const message = current ?? announceMessage(news);
      const undelivered = message.undelivered && !news.delivered;
      if (message.routedBy.includes(news.sinkVendor) && undelivered === message.undelivered) return message;
      const routedBy = [...new Set([...message.routedBy, news.sinkVendor])];
      if (news.problem === undefined || message.error !== null) return { ...message, routedBy, undelivered };
      const fingerprint = fingerprintOf(message.connection, news.entity, news.problem);
      return { ...message, error: news.problem, fingerprint, routedBy, undelivered };
    });
    if (news.problem === undefined || stored === null || stored.error === null) return;
    await this.troubled.closeIfNewerIsGood({ ...stored, entity: news.entity });
  }

  private async releaseWaiting(report: AttemptReport | ConfirmedReport): Promise<void> {
    const keys = appearedKeysOf(report);
    const waiting = keys.map((key) => this.affected.releaseWaiting(key));
    const overdue = report.kind === 'confirmed' ? this.affected.releaseOverdue(keys) : 0;
    const released = await Promise.all([...waiting, overdue]);
    if (released.some((count) => count > 0)) this.ports.wakeScheduler();
  }

  /** The record waited for may have arrived between the sink's look-up and the moment the wait is stored here. */
  private async releaseIfPresent(delivery: Delivery): Promise<void> {
    for (const awaited of delivery.waitingOn) {
      if (!(await this.ports.isThere(delivery, awaited))) continue;
      await this.affected.release(delivery._id);
      this.ports.wakeScheduler();
      return;
    }
  }

  private async finishOperation(report: AttemptReport, delivery: Delivery): Promise<void> {
    const good = isFinal(delivery.state) || report.outcome === 'accepted';
    await this.ports.store.changes.operations.update(report.operationId ?? '', (current) =>
      current === null
        ? null
        : {
            ...current,
            state: good ? 'succeeded' : 'failed',
            result: report.error === null ? report.outcome : `${report.outcome}: ${report.error.message}`,
            updatedAt: this.ports.now(),
          },
    );
  }
}

/** A record that takes longer is retried: the driver can wait for ever for a connection that broke at the wrong moment. */
const DEADLINE_MS = 60_000;

/** Ingests events and reports. Each handler resolves when a majority has written the record's changes. */
@Controller()
export class IngestController {
  private readonly ingest: Ingest;

  constructor(@Inject(LEDGER) { ingest }: { readonly ingest: Ingest }) {
    this.ingest = ingest;
  }

  @EventPattern(ENTITY_NAMES.map(entityTopic))
  event(@Payload() record: BrokerRecord): Promise<void> {
    return withDeadline(this.ingest.event(record), DEADLINE_MS);
  }

  @EventPattern([ATTEMPT_TOPIC, UNMAPPED_TOPIC])
  report(@Payload() record: BrokerRecord): Promise<void> {
    return withDeadline(this.ingest.report(record), DEADLINE_MS);
  }
}
