import type { BrokerRecord } from '@entrepot/broker';
import {
  deliveryId,
  type EntityName,
  type EntityOf,
  type ErrorDetail,
  type EventHeaders,
  entityOfTopic,
  nameUnreadable,
  type RecordFacts,
  type RoutedReport,
  type RoutingDecision,
} from '@entrepot/canonical';
import { decideFlow, MappingError } from '@entrepot/mapping';
import type { Clock } from '@entrepot/runtime-kit/clock';
import type { Flow, LinkDocument } from '@entrepot/store';

/**
 * What one flow decides on a republished state. If the target holds that state, the link follows the version. Else the
 * flow's earlier decision stands: skipped, discarded, failed, or still in flight by the version before. Null: no
 * decision, and no delivery.
 */
export function decideOnRepetition(event: EventHeaders, flow: Flow, link: LinkDocument | null): RoutingDecision | null {
  if (!flow.active || link === null || link.deliveredHash !== event.contentHash) return null;
  return { ...describeDecision(event, flow), result: 'matched' };
}

function describeDecision(event: EventHeaders, flow: Flow) {
  return {
    deliveryId: deliveryId(flow.id, event.eventId, event.publishedAtMicros),
    flow: flow.id,
    flowRevision: flow.revision,
    to: flow.to,
  };
}

export interface RoutingInput {
  readonly event: EventHeaders;
  readonly facts: RecordFacts;
  /** The record itself: asked for by a flow's filter expression alone. */
  readonly readEntity: () => Promise<EntityOf<EntityName>>;
  readonly flow: Flow;
  /**
   * Called only when the flow would not take the record: a record that the target already holds is routed regardless.
   */
  readonly isLinked: () => Promise<boolean>;
}

/** What one flow does with one event: takes it, skips it with a reason, or recognises it as its own write (an echo). */
export async function decideForFlow(input: RoutingInput): Promise<RoutingDecision> {
  const { event, flow } = input;
  const base = describeDecision(event, flow);
  if (event.origin === flow.to) {
    return { ...base, result: 'echo', reasonCode: 'echo', reason: 'it is our own write to this target, coming back' };
  }
  if (!flow.active) {
    return { ...base, result: 'skipped', reasonCode: 'flow-inactive', reason: 'the flow is switched off' };
  }
  // As for a failing filter: it shows as a failed delivery, which is sent again once the settings are corrected.
  if (!flow.usable) return { ...base, result: 'matched' };
  try {
    const decision = await decideFlow(flow.settings, event.entity, input.facts, input.readEntity, { linked: false });
    if (decision.matched || (await input.isLinked())) return { ...base, result: 'matched' };
    return { ...base, result: 'skipped', reasonCode: decision.reasonCode, reason: decision.reason };
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    // The filter gives neither yes nor no: the record goes to the lane, where the same failing filter shows as a failed
    // delivery.
    return { ...base, result: 'matched' };
  }
}

/** The sink that reports, and its clock. */
export interface Reporter {
  readonly vendor: string;
  readonly clock: Pick<Clock, 'nowMicros'>;
}

export function describeProblemOf(
  reporter: Reporter,
  record: BrokerRecord,
  problem: ErrorDetail,
  event: EventHeaders | null,
  decisions: readonly RoutingDecision[] = [],
): RoutedReport {
  return { ...describeRouting(reporter, record, event, decisions), problem };
}

export function describeRouting(
  reporter: Reporter,
  record: BrokerRecord,
  event: EventHeaders | null,
  decisions: readonly RoutingDecision[],
): RoutedReport {
  const { topic, partition } = record;
  const offset = record.offset.toString();
  const name = event ?? nameUnreadable(record);
  const entity = event?.entity ?? entityOfTopic(topic);
  if (entity === null) throw new TypeError(`${topic} is no entity topic`);
  return {
    kind: 'routed',
    reportId: `routed/${reporter.vendor}/${topic}/${partition}/${offset}`,
    eventId: name.eventId,
    entity,
    connection: name.connection,
    sourceId: name.sourceId,
    number: event?.number ?? null,
    version: event?.version ?? 0,
    sinkVendor: reporter.vendor,
    record: { topic, partition, offset },
    publishedAtMicros: event?.publishedAtMicros ?? record.timestampMs * 1_000,
    atMicros: reporter.clock.nowMicros(),
    decisions,
  };
}
