import type { BrokerRecord } from '@entrepot/broker';
import type {
  AttemptReport,
  CommandReport,
  LaneReport,
  Report,
  RoutedReport,
  UnmappedReport,
} from '@entrepot/canonical';
import type { Logger } from '@entrepot/service-kit';
import type { LedgerMetrics } from '../metrics.ts';
import type { CommandAnswers } from '../reprocess/command-answers.ts';
import { type Delivery, isFinal, OPEN_STATES, type RetryRules } from '../states/delivery.ts';
import type { Message } from '../states/message.ts';
import { applyDelivery, applyMessage, recordId } from '../states/source-record.ts';
import { applyAttempt, applyRouting, release, supersede } from '../states/transitions.ts';
import type { LedgerStore } from '../store/collections.ts';
import { announceMessage, messageIdOf, readEvent, readUnmapped } from './read-event.ts';
import { parseReport } from './read-report.ts';

export interface IngestPorts {
  readonly store: LedgerStore;
  /** Retry rules of a flow; defaults when the flow is gone. */
  retryRules(flow: string): RetryRules;
  /** Whether a target already holds a record (its link has a delivered version). */
  isLinked(target: string, entity: string, sourceKey: string): Promise<boolean>;
  readonly commandAnswers: CommandAnswers;
  /** Tells the scheduler that something may be due now. */
  wakeScheduler(): void;
  readonly metrics: LedgerMetrics;
  readonly log: Logger;
  now(): Date;
}

/** Turns records into the ledger's documents. Every method may be called again with the same record. */
export class Ingest {
  private readonly ports: IngestPorts;

  constructor(ports: IngestPorts) {
    this.ports = ports;
  }

  /** A record of an entity topic. */
  async event(record: BrokerRecord): Promise<void> {
    const message = readEvent(record);
    await this.recordMessage(message);
    if (message.version !== null) await this.closeUnmapped(message, message.version);
    this.ports.metrics.ingested.inc({ kind: 'event' });
  }

  /** A record of the attempt or unmapped topic. Unreadable ones are logged and counted; they are ours, so that is a bug. */
  async report(record: BrokerRecord): Promise<void> {
    const report = parseReport(record.value);
    if ('problem' in report && !('kind' in report)) {
      this.ports.metrics.unreadableReports.inc({ topic: record.topic });
      const { topic, partition } = record;
      this.ports.log.error(
        { topic, partition, offset: record.offset.toString() },
        `unreadable report: ${report.problem}`,
      );
      return;
    }
    await this.applyReport(report as Report);
  }

  private async applyReport(report: Report): Promise<void> {
    this.ports.metrics.ingested.inc({ kind: report.kind });
    switch (report.kind) {
      case 'routed':
        return this.routed(report);
      case 'attempt':
        return this.attempt(report);
      case 'lane':
        return this.lane(report);
      case 'command':
        return this.commandAnswer(report);
      case 'unmapped':
        return this.unmapped(report);
    }
  }

  private async routed(report: RoutedReport): Promise<void> {
    const { store } = this.ports;
    await this.noteRouting(report);
    for (const decision of report.decisions) {
      const delivery = await store.changes.deliveries.update(decision.deliveryId, (current) =>
        applyRouting(current, report, decision, this.ports.now()),
      );
      if (delivery === null) continue;
      // A newer state that a flow does not want overtakes an older one that is still open there.
      if (isFinal(delivery.state))
        await this.overtakeOlder(
          delivery,
          `version ${delivery.version} is not wanted by this flow: ${delivery.reason ?? delivery.state}`,
        );
      await this.showOnRecord(delivery);
    }
  }

  private async attempt(report: AttemptReport): Promise<void> {
    const { store, metrics } = this.ports;
    const rules = this.ports.retryRules(report.flow);
    const delivery = await store.changes.deliveries.update(report.deliveryId, (current) =>
      applyAttempt(current, report, rules, this.ports.now()),
    );
    if (delivery === null) return;
    metrics.attempts.inc({ outcome: report.outcome, to: report.to, entity: report.entity });
    if (report.operationId !== null) await this.finishOperation(report, delivery);
    if (report.outcome !== 'superseded') {
      await this.overtakeOlder(delivery, `a newer version (${delivery.version}) reached ${delivery.to}`);
    }
    if (delivery.state === 'waiting') await this.releaseIfPresent(delivery);
    if (['delivered', 'verified', 'unchanged', 'resolved'].includes(report.outcome)) await this.releaseWaiting(report);
    if (delivery.nextAttemptAt !== null) this.ports.wakeScheduler();
    await this.showOnRecord(delivery);
  }

  private async lane(report: LaneReport): Promise<void> {
    const { connection, state, reason, epoch, atMicros } = report;
    await this.ports.store.changes.laneStatus.update(connection, (current) =>
      current !== null && (current.epoch > epoch || (current.epoch === epoch && current.atMicros > atMicros))
        ? current
        : { _id: connection, revision: 0, state, reason, epoch, atMicros },
    );
  }

  private async commandAnswer(report: CommandReport): Promise<void> {
    const delivery = await this.ports.commandAnswers.apply(report);
    if (delivery !== null) await this.showOnRecord(delivery);
  }

  private async unmapped(report: UnmappedReport): Promise<void> {
    const message = readUnmapped(report);
    const { store } = this.ports;
    // The good version may have been ingested first: topics are read side by side.
    const row = await store.records.findOne({ _id: recordId(message.entity, message.connection, message.sourceId) });
    const newest = row?.messageId == null ? null : await store.messages.findOne({ _id: row.messageId });
    const repaired = newest !== null && newest.at > message.at ? newest.version : null;
    await this.recordMessage({ ...message, repairedByVersion: repaired });
  }

  private async recordMessage(message: Message): Promise<void> {
    const { store } = this.ports;
    const stored = await store.changes.messages.update(message._id, (current) =>
      current === null || current.record === null
        ? { ...message, routedBy: current?.routedBy ?? [], error: current?.error ?? message.error }
        : current,
    );
    if (stored === null) return;
    const id = recordId(message.entity, message.connection, message.sourceId);
    await store.changes.records.update(id, (current) => applyMessage(current, stored));
  }

  private async closeUnmapped(message: Message, version: number): Promise<void> {
    const { entity, connection, sourceId } = message;
    await this.ports.store.messages.updateMany(
      { entity, connection, sourceId, state: 'unmapped', repairedByVersion: null, at: { $lte: message.at } },
      { $set: { repairedByVersion: version }, $inc: { revision: 1 } },
    );
  }

  /** Notes on the message which router has seen it, also when the router could not read it, and when it came before the event. */
  private async noteRouting(report: RoutedReport): Promise<void> {
    const id = messageIdOf(report.publishedAtMicros, report.eventId);
    await this.ports.store.changes.messages.update(id, (current) => {
      const message = current ?? announceMessage(report);
      if (message.routedBy.includes(report.sinkVendor)) return message;
      const error = report.problem ?? message.error;
      return { ...message, error, routedBy: [...message.routedBy, report.sinkVendor] };
    });
  }

  private async overtakeOlder(delivery: Delivery, reason: string): Promise<void> {
    const { store } = this.ports;
    const older = store.deliveries.find(
      {
        from: delivery.from,
        sourceId: delivery.sourceId,
        flow: delivery.flow,
        version: { $lt: delivery.version },
        endedAt: null,
      },
      { projection: { _id: 1 } },
    );
    for await (const { _id } of older) {
      await store.changes.deliveries.update(_id, (current) =>
        current === null ? null : supersede(current, delivery.version, reason, this.ports.now()),
      );
    }
  }

  private async releaseWaiting(report: AttemptReport): Promise<void> {
    const { store } = this.ports;
    const key = `${report.to}|${report.entity}|${report.connection}/${report.sourceId}`;
    let released = 0;
    for await (const { _id } of store.deliveries.find(
      { state: 'waiting', waitingKeys: key },
      { projection: { _id: 1 } },
    )) {
      await store.changes.deliveries.update(_id, (current) =>
        current === null ? null : release(current, this.ports.now()),
      );
      released += 1;
    }
    if (released > 0) this.ports.wakeScheduler();
  }

  /** The record waited for may have arrived between the sink's look and the wait being noted here. */
  private async releaseIfPresent(delivery: Delivery): Promise<void> {
    for (const key of delivery.waitingOn) {
      if (key.sourceKey === null || !(await this.ports.isLinked(delivery.to, key.entity, key.sourceKey))) continue;
      await this.ports.store.changes.deliveries.update(delivery._id, (current) =>
        current === null ? null : release(current, this.ports.now()),
      );
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

  /** Brings the row of the source record up to date with one of its deliveries. */
  async showOnRecord(delivery: Delivery): Promise<void> {
    const id = recordId(delivery.entity, delivery.from, delivery.sourceId);
    await this.ports.store.changes.records.update(id, (current) =>
      applyDelivery(current, delivery, current?.vendor ?? ''),
    );
  }
}

/** States that count as open in queries; exported for the API's filters. */
export const OPEN = OPEN_STATES;
