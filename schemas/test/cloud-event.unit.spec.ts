import { Kafka } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { formatEventHeaders } from '../../libs/canonical/src/index.ts';
import { toCloudEvent } from '../readers/node/cloud-event.ts';

const headers = Object.fromEntries(
  Object.entries(
    formatEventHeaders({
      eventId: 'e1',
      entity: 'order',
      connection: 'shop',
      vendor: 'shopify',
      sourceId: '5001',
      number: '#1001',
      version: 1,
      contentHash: 'h',
      publishedAtMicros: 1_796_004_000_123_456,
      deleted: false,
      snapshot: false,
      origin: null,
      traceparent: null,
      repeats: null,
    }),
  ).map(([name, text]) => [name, Buffer.from(text)]),
);
const message = { key: Buffer.from('shop/5001'), value: Buffer.from([0, 0, 0, 0, 1]), headers };

describe('a record as kafkajs hands it out', () => {
  it('is a CloudEvent, whose data are the bytes', () => {
    const event = toCloudEvent(message);
    expect(event?.validate()).toBe(true);
    expect(event).toMatchObject({ id: 'e1', type: 'entrepot.order.v1', subject: '5001', data: message.value });
  });

  it('is null when the value is: erased', () => {
    expect(toCloudEvent({ ...message, value: null })).toBeNull();
  });

  it('is refused by the SDK as it is, so the page says to make text of the headers first', () => {
    expect(() => Kafka.toEvent({ ...message, body: '' } as never)).toThrow(TypeError);
  });
});
