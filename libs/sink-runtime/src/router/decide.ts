import {
  deliveryId,
  type EntityName,
  type EntityOf,
  type EventHeaders,
  type RecordFacts,
  type RoutingDecision,
} from '@entrepot/canonical';
import { decideFlow, MappingError } from '@entrepot/mapping';
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
