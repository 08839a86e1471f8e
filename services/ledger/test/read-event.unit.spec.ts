import { createEntity, createRef, describeRecord, formatEventHeaders, formatFacts } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { readEvent } from '../src/ingest/read-record.ts';

const shipment = createEntity('shipment', {
  source: { connection: 'erp', vendor: 'x', id: 's1' },
  orders: [createRef({ id: 'o1' })],
});
const headers = formatEventHeaders({
  eventId: 'e',
  entity: 'shipment',
  connection: 'erp',
  vendor: 'x',
  sourceId: 's1',
  number: null,
  version: 1,
  contentHash: 'h',
  publishedAtMicros: 1,
  deleted: false,
  snapshot: false,
  repeats: null,
  origin: null,
  traceparent: null,
});
const read = (more: Record<string, string>) =>
  readEvent({
    topic: 'entrepot.shipment.v1',
    partition: 0,
    offset: 1n,
    key: 'erp/s1',
    value: Buffer.from('bytes'),
    timestampMs: 1,
    headers: { ...headers, ...more },
  }).headers;

describe('the message of an event', () => {
  it('keeps the queue of its deliveries, so that a retry waits behind the order as the first attempt does', () => {
    const facts = formatFacts(describeRecord('shipment', shipment));
    expect(read(facts)).toEqual({ ...headers, entrepot_lane_key: 'entrepot.order.v1|erp/o1' });
  });

  it('names no queue where the connector said none, or somebody else names one', () => {
    expect(read({})).toEqual(headers);
    expect(read({ entrepot_lane_key: 'entrepot.order.v1|erp/o9' })).toEqual(headers);
  });
});
