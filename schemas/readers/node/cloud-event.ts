import { type CloudEvent, Kafka } from 'cloudevents';

/** A record as kafkajs hands it out. */
interface KafkaMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
}

/** A record as a CloudEvent; null when it erases its key, which the SDK takes for a fault. */
export function toCloudEvent({ key, value, headers = {} }: KafkaMessage): CloudEvent<Buffer> | null {
  if (value === null) return null;
  const text = Object.fromEntries(Object.entries(headers).map(([name, each]) => [name, String(each)]));
  const message = { key: String(key), value, headers: text, body: '' };
  return Kafka.toEvent(message) as CloudEvent<Buffer>;
}
