import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ENTITY_NAMES,
  ENTITY_PARTITIONS,
  type EventHeaders,
  entitySchemas,
  entityTopic,
  formatEventHeaders,
  formatFacts,
} from '../../libs/canonical/src/index.ts';

const document = readFileSync(join(import.meta.dirname, '../asyncapi.yaml'), 'utf8');
const event: EventHeaders = {
  eventId: 'e',
  entity: 'order',
  connection: 'shop',
  vendor: 'shopify',
  sourceId: '1',
  number: '#1001',
  version: 1,
  contentHash: 'h',
  publishedAtMicros: 1,
  deleted: true,
  snapshot: true,
  repeats: 4,
  origin: 'erp',
  traceparent: '00-0-0-00',
};

describe('the AsyncAPI document', () => {
  it.each(ENTITY_NAMES)('has the topic of %s, marked as draft or not as its schema is', (entity) => {
    const channel = document.split(`address: ${entityTopic(entity)}\n`)[1]?.split('messages:')[0] ?? '';
    expect(channel).toContain('title: ');
    expect(channel.includes('x-status: draft')).toBe(entitySchemas[entity].status === 'draft');
    expect(document).toContain(`$ref: './${entitySchemas[entity].file}'`);
  });

  it('names every header that a record can carry', () => {
    const facts = formatFacts({ deleted: false, order: null, orderingKey: null });
    for (const header of Object.keys({ ...formatEventHeaders(event), ...facts }))
      expect(document).toContain(`        ${header}: {`);
  });

  it('gives the schema of an example record as an absolute URI, as the header is', () => {
    expect(document).toContain(`examples: ['${formatEventHeaders(event).ce_dataschema}']`);
  });

  it.each(['order', 'customer'])('says of %s that a value may be null', (entity) => {
    expect(document).toContain(`summary: The value may be null; then the ${entity} is erased`);
  });

  it('names the number of partitions', () => {
    expect(document).toContain(`partitions: ${ENTITY_PARTITIONS}`);
  });
});
