import { MAX_RECORD_BYTES_CEILING, maxMessageBytes } from './record-size.ts';

/** The record alone is larger than the setting or its topic allows. Sending it again cannot help; its neighbours were sent. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  readonly topic: string;
  readonly bytes: number;
  /** What a person can do about it besides making the record smaller. */
  readonly advice: string;

  /** @param limit what the setting allows; null when the setting allows the record, and Kafka refused it */
  constructor(topic: string, bytes: number, limit: { readonly bytes: number; readonly headroom: number } | null) {
    super(
      limit === null
        ? `record of ${bytes} bytes does not fit topic ${topic}: Kafka refuses it`
        : `record of ${bytes} bytes does not fit topic ${topic} (limit ${limit.bytes} bytes)`,
    );
    this.topic = topic;
    this.bytes = bytes;
    this.advice =
      limit === null
        ? `Raise max.message.bytes of topic ${topic} to ${maxMessageBytes(bytes)} or more: it was set lower than ENTREPOT_MAX_RECORD_BYTES needs.`
        : bytes - limit.headroom > MAX_RECORD_BYTES_CEILING
          ? `It is larger than ENTREPOT_MAX_RECORD_BYTES can be set to (${MAX_RECORD_BYTES_CEILING}).`
          : `Set ENTREPOT_MAX_RECORD_BYTES of all services to ${bytes - limit.headroom} or more (it is ${limit.bytes - limit.headroom}), and start them again.`;
  }
}

/** Kafka did not acknowledge the record before the deadline. */
export class PublishUnavailable extends Error {
  override readonly name = 'PublishUnavailable';
  readonly topic: string;
  /** True when the record had been handed to a request: it may be in Kafka although no acknowledgement came. */
  readonly inDoubt: boolean;

  constructor(topic: string, deadlineMs: number, inDoubt: boolean, cause?: unknown) {
    super(
      `Kafka did not acknowledge a record for ${topic} within ${deadlineMs} ms` +
        (inDoubt ? '; it may nevertheless have been written' : '; it was not sent'),
      { cause },
    );
    this.topic = topic;
    this.inDoubt = inDoubt;
  }
}

/** The topic (or the fixed partition asked for) does not exist: declare it with `ensureTopics` / `ensurePartitions` first. */
export class TopicUnknown extends Error {
  override readonly name = 'TopicUnknown';
  readonly topic: string;

  constructor(topic: string, partition?: number) {
    super(
      partition === undefined
        ? `topic ${topic} does not exist: declare it with ensureTopics before sending to it`
        : `topic ${topic} has no partition ${partition}: add it with ensurePartitions before sending to it`,
    );
    this.topic = topic;
  }
}

/** `send` after `close`. */
export class PublisherClosed extends Error {
  override readonly name = 'PublisherClosed';

  constructor() {
    super('the publisher is closed: nothing more can be sent through it');
  }
}
