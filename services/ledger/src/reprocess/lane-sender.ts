import type { Publisher, RecordCoordinates } from '@entrepot/broker';
import { bulkLaneTopic, formatLaneHeaders, laneTopic } from '@entrepot/canonical';
import type { Delivery, Outstanding } from '../states/delivery.ts';
import type { Message } from '../states/message.ts';

/** The lane of a target connection; null when the connection is gone or never was a target. */
export interface LanePlace {
  readonly vendor: string;
  readonly partition: number;
}

export interface LaneSenderPorts {
  readonly publisher: Publisher;
  findLane(connection: string): LanePlace | null;
  flowRevision(flow: string): number;
}

/** The delivery cannot be sent to its lane; the message gives the reason and the remedy. */
export class NotSendable extends Error {
  override readonly name = 'NotSendable';
  /** Whether it may become sendable without a person. */
  readonly passing: boolean;

  constructor(message: string, passing = false) {
    super(message);
    this.passing = passing;
  }
}

/**
 * Appends the stored record, byte for byte, to the lane of the delivery's target. Never to the entity topic: every other subscriber would
 * receive it again.
 * @returns its acknowledged position in the lane
 * @throws NotSendable, or the publisher's error when Kafka is down
 */
export async function sendToLane(
  ports: LaneSenderPorts,
  delivery: Delivery,
  message: Message,
  outstanding: Outstanding,
): Promise<RecordCoordinates> {
  const lane = ports.findLane(delivery.to);
  if (lane === null) {
    throw new NotSendable(
      `Connection "${delivery.to}" has no lane: it was removed or was never a target. Set it up again and retry, or discard the delivery.`,
    );
  }
  if (message.bytes === null) throw new NotSendable('The message holds no event to send: it was never published.');
  const topic = message.snapshot || outstanding.bulk ? bulkLaneTopic(lane.vendor) : laneTopic(lane.vendor);
  return ports.publisher.send(topic, {
    key: `${delivery.from}/${delivery.sourceId}`,
    value: message.bytes,
    partition: lane.partition,
    headers: {
      ...message.headers,
      ...formatLaneHeaders({
        deliveryId: delivery._id,
        flow: delivery.flow,
        flowRevision: ports.flowRevision(delivery.flow),
        to: delivery.to,
        attempt: outstanding.attempt,
        force: outstanding.force,
        createAnew: outstanding.createAnew ?? [],
        operationId: outstanding.operationId,
        routedAtMicros: null,
      }),
    },
  });
}
