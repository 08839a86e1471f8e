import { CloudEvent, Kafka, ValidationError } from 'cloudevents';
import { describe, expect, it } from 'vitest';
import { ENTITY_NAMES, type EventHeaders, formatEventHeaders, parseEventHeaders } from '../src/index.ts';

const event: EventHeaders = {
  eventId: '01jq0000000-a',
  entity: 'order',
  connection: 'shop-eu',
  vendor: 'shopify',
  sourceId: 'gid://shopify/Order/5001?a=ä b',
  number: '#5001',
  version: 1_796_004_000_123_456,
  contentHash: 'h',
  publishedAtMicros: 1_796_004_000_123_456,
  deleted: true,
  snapshot: true,
  repeats: 4,
  origin: 'erp',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
};

/** As a subscriber makes it: the SDK's constructor validates strictly unless told otherwise. */
function toCloudEvent(headers: Record<string, string>): CloudEvent<unknown> {
  const message = { headers, key: 'shop-eu/5001', value: Buffer.from([0]), body: '' };
  return new CloudEvent({ ...(Kafka.toEvent(message) as CloudEvent<unknown>) });
}

describe('the headers of an event', () => {
  it.each(ENTITY_NAMES)('are a CloudEvent to its SDK: %s', (entity) => {
    const cloudEvent = toCloudEvent(formatEventHeaders({ ...event, entity }));
    expect(cloudEvent.validate()).toBe(true);
    expect(cloudEvent).toMatchObject({
      specversion: '1.0',
      id: '01jq0000000-a',
      source: '/connections/shop-eu',
      type: `entrepot.${entity}.v1`,
      subject: 'gid://shopify/Order/5001?a=ä b',
      time: '2026-11-30T02:00:00.123Z',
      dataschema: `urn:entrepot:schema:entrepot.${entity}.v1-value`,
      datacontenttype: 'application/vnd.confluent.avro',
    });
  });

  it('would be none with a schema that is named without a scheme', () => {
    const headers = { ...formatEventHeaders(event), ce_dataschema: 'entrepot.order.v1-value' };
    expect(() => toCloudEvent(headers)).toThrow(ValidationError);
  });

  it('are read back', () => {
    expect(parseEventHeaders(formatEventHeaders(event))).toEqual(event);
  });

  it('are read from older records, whose schema is no URI', () => {
    expect(parseEventHeaders({ ...formatEventHeaders(event), ce_dataschema: 'entrepot.order.v1-value' })).toEqual(
      event,
    );
  });
});
