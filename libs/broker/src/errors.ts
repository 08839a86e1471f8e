/** The record alone is larger than a Kafka batch may be. Sending it again cannot help; its neighbours were sent. */
export class RecordTooLarge extends Error {
  override readonly name = 'RecordTooLarge';
  readonly topic: string;
  readonly bytes: number;
  readonly limitBytes: number;

  constructor(topic: string, bytes: number, limitBytes: number) {
    super(
      `record of ${bytes} bytes does not fit topic ${topic} (limit ${limitBytes} bytes): make it smaller or raise max.message.bytes`,
    );
    this.topic = topic;
    this.bytes = bytes;
    this.limitBytes = limitBytes;
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
