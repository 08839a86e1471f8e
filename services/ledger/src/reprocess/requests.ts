import { isInTarget } from '@entrepot/canonical';
import { Problem } from '../problem.ts';
import { type Delivery, isFinal, type Outstanding } from '../states/delivery.ts';
import { abandon, begin, endByHand } from '../states/transitions.ts';
import type { Operation } from '../store/collections.ts';
import { newTimeId } from '../store/documents.ts';
import { refreshRecord } from './refresh-record.ts';
import type { RequestPorts } from './request-ports.ts';

export interface RetryRequest {
  readonly mode: 'refresh' | 'as-is';
  readonly reason: string;
  /** Applies also when it has already ended well. */
  readonly force: boolean;
  /** External references of documents to create once more, since a person looked for them in the target in vain. Absent: none. */
  readonly createAnew?: readonly string[];
  /** Part of a mass request: uses the bulk lane. */
  readonly bulk?: boolean;
  readonly requestedBy: string;
}

/**
 * Retries one delivery for an operator: `as-is` sends the stored state to the lane again; `refresh` lets the connector fetch the record
 * first (a newer state is published and supersedes this delivery, an unchanged one is sent again).
 * @throws Problem 404, 409 (one is in progress, it has ended well and `force` is not set, or the target has what is to be created anew)
 */
export async function requestRetry(ports: RequestPorts, deliveryId: string, request: RetryRequest): Promise<Operation> {
  const now = ports.now();
  const operationId = newTimeId(now.getTime());
  const operation: Operation = {
    _id: operationId,
    revision: 1,
    deliveryId,
    mode: request.mode,
    requestedBy: request.requestedBy,
    reason: request.reason,
    state: 'requested',
    result: null,
    createdAt: now,
    updatedAt: now,
  };
  // Before the claim: an answer to a claimed delivery must find its operation, even when this process ends right here.
  await ports.store.operations.insertOne(operation);
  const claimed = await claim(ports, deliveryId, operationId, request).catch(async (error: unknown) => {
    // A refusal proves that it is not claimed; after any other error it may be, and keeps its operation.
    if (error instanceof Problem) await ports.store.operations.deleteOne({ _id: operationId });
    throw error;
  });
  try {
    await ports.clearMark(claimed);
    if (request.mode === 'refresh') await sendRefresh(ports, claimed, operationId, request.requestedBy);
    else await ports.send(claimed);
  } catch (error) {
    await ports.store.changes.deliveries.update(deliveryId, (current) =>
      current === null ? null : abandon(current, operationId, ports.now()),
    );
    await ports.store.changes.operations.update(operationId, (current) =>
      current === null ? null : { ...current, state: 'failed', result: describeUnsent(error), updatedAt: ports.now() },
    );
    throw error;
  }
  return (await ports.store.operations.findOne({ _id: operationId })) ?? operation;
}

/** Ends a delivery by hand: `discarded` (not wanted) or `resolved` (a person did it in the target). @throws Problem 404, 409 */
export async function endDelivery(
  ports: RequestPorts,
  deliveryId: string,
  kind: 'discarded' | 'resolved',
  by: string,
  reason: string,
): Promise<Delivery> {
  const delivery = await ports.store.deliveries.findOne({ _id: deliveryId });
  if (delivery === null)
    throw new Problem(404, 'not-found', 'No such delivery', `There is no delivery "${deliveryId}".`);
  refuseToEnd(delivery);
  // The mark comes first: a sink that takes the record between the two sees it and sends nothing.
  const marking = await ports.markLink(delivery, kind, by, reason);
  if (marking === 'closed') {
    throw new Problem(
      409,
      'closed-otherwise',
      'Closed by somebody else',
      'Somebody has closed this delivery the other way a moment ago. Look again.',
    );
  }
  const words =
    marking === 'finishing' ? `${reason} (an attempt was finishing: its document may still appear)` : reason;
  const ended = await ports.store.changes.deliveries.update(deliveryId, (current) => {
    if (current === null) return null;
    refuseToEnd(current);
    return endByHand(current, kind, by, words, ports.now());
  });
  return ended ?? delivery;
}

/** Lets the connector fetch the delivery's record; also repeats a command without an answer. */
export async function sendRefresh(
  ports: Pick<RequestPorts, 'publisher' | 'vendorOf' | 'now'>,
  delivery: Delivery,
  operationId: string,
  requestedBy: string,
): Promise<void> {
  const record = { connection: delivery.from, entity: delivery.entity, sourceId: delivery.sourceId };
  await refreshRecord(ports, record, requestedBy, operationId);
}

function newOutstanding(delivery: Delivery, operationId: string, request: RetryRequest, now: Date): Outstanding {
  return {
    operationId,
    mode: request.mode,
    stage: request.mode === 'refresh' ? 'refreshing' : 'sending',
    attempt: delivery.attemptCount + 1,
    force: true,
    ...(request.createAnew === undefined || request.createAnew.length === 0 ? {} : { createAnew: request.createAnew }),
    bulk: request.bulk ?? false,
    requestedBy: request.requestedBy,
    sinceMs: now.getTime(),
    lane: null,
  };
}

async function claim(
  ports: RequestPorts,
  deliveryId: string,
  operationId: string,
  request: RetryRequest,
): Promise<Delivery> {
  const claimed = await ports.store.changes.deliveries.update(deliveryId, (current) => {
    if (current === null) return null;
    refuseWhileBusy(current);
    refuseWhenEnded(current, request);
    refusePresent(current, request);
    const now = ports.now();
    return begin(current, newOutstanding(current, operationId, request, now), now);
  });
  if (claimed !== null) return claimed;
  throw new Problem(404, 'not-found', 'No such delivery', `There is no delivery "${deliveryId}".`);
}

function describeUnsent(error: unknown): string {
  return error instanceof Problem ? error.message : 'could not be sent: Kafka or the database was away';
}

function refuseWhileBusy(delivery: Delivery): void {
  if (delivery.outstanding === null) return;
  const { mode, requestedBy, sinceMs } = delivery.outstanding;
  throw new Problem(
    409,
    'retry-under-way',
    'A retry is under way',
    `A retry (${mode}, asked for by ${requestedBy} at ${new Date(sinceMs).toISOString()}) has not ended yet. Look again in a moment.`,
  );
}

function refuseWhenEnded(delivery: Delivery, request: RetryRequest): void {
  if (delivery.state === 'superseded') {
    throw new Problem(
      409,
      'superseded',
      'A newer version has taken over',
      `Version ${delivery.supersededBy ?? 'later than this'} of the record has overtaken this delivery. Retry the newer one.`,
    );
  }
  if (delivery.state === 'skipped' || delivery.state === 'echo') {
    throw new Problem(
      409,
      'not-routed',
      'The flow did not want this record',
      `It was not routed (${delivery.reason ?? delivery.state}). Change the flow's filter, then refresh the record.`,
    );
  }
  if (delivery.state === 'pending' && !request.force) {
    throw new Problem(
      409,
      'pending',
      'Still on its way',
      'The first attempt has not ended yet; it is queued in its lane. If /v1/unaccounted names it, set "force": true to send it again.',
    );
  }
  if (isFinal(delivery.state) && !request.force) {
    throw new Problem(
      409,
      'already-ended',
      'Nothing to retry',
      `The delivery has ended: ${delivery.state}. Set "force": true to send it again all the same.`,
    );
  }
}

/** What the target has is never created twice. A reference may be of a prerequisite's document, which the delivery does not list. */
function refusePresent({ documents }: Delivery, { createAnew = [] }: RetryRequest): void {
  const present = documents.filter(isInTarget).find(({ externalRef }) => createAnew.includes(externalRef));
  if (present === undefined) return;
  const { externalRef, targetNumber, targetId } = present;
  throw new Problem(
    409,
    'in-target',
    'The target has it',
    `createAnew names ${externalRef}, which the target has as ${targetNumber ?? targetId}. Name only documents that it took and has yet to confirm.`,
  );
}

function refuseToEnd(delivery: Delivery): void {
  if (!isFinal(delivery.state)) return;
  throw new Problem(409, 'already-ended', 'The delivery has ended', `It has ended already: ${delivery.state}.`);
}
