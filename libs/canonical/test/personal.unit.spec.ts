import { describe, expect, it } from 'vitest';
import { createCustomer, createOrder, maskPersonal, PERSONAL_MASK, toJson } from '../src/index.ts';
import { TEXT_CLASSES } from '../src/model/personal.ts';
import { findEntityRecord } from '../src/model/records.ts';
import type { RecordModel, TypeModel } from '../src/model/type-model.ts';

function innermost(type: TypeModel): TypeModel {
  return type.kind === 'list' || type.kind === 'nullable' ? innermost(type.of) : type;
}

function recordsOf(record: RecordModel, found = new Map<string, RecordModel>()): Map<string, RecordModel> {
  if (found.has(record.name)) return found;
  found.set(record.name, record);
  for (const field of record.fields) {
    const type = innermost(field.type);
    if (type.kind === 'record') recordsOf(type, found);
  }
  return found;
}

const records = new Map([...recordsOf(findEntityRecord('customer')), ...recordsOf(findEntityRecord('order'))]);
const pointers = Object.keys(TEXT_CLASSES).filter((name) => TEXT_CLASSES[name]?.['as-used'] !== undefined);

/** Fields that need a class: texts, and what leads to texts that are classed by their use. */
function fieldsToClass(record: RecordModel): string[] {
  return record.fields
    .filter((field) => {
      const type = innermost(field.type);
      return type.kind === 'string' || (type.kind === 'record' && pointers.includes(type.name));
    })
    .map((field) => field.name)
    .sort();
}

describe('what is personal in customers and orders', () => {
  it('every text is in exactly one class, and nothing is classed that is not there', () => {
    for (const record of records.values()) {
      const classes = TEXT_CLASSES[record.name] ?? {};
      const classed = Object.values(classes).flatMap((names) => names.split(' '));
      expect([record.name, classed.sort()]).toEqual([record.name, fieldsToClass(record)]);
    }
    for (const name of Object.keys(TEXT_CLASSES)) expect([...records.keys()]).toContain(name);
  });

  it('masks names, addresses, ways to reach somebody and free text wherever they stand, and keeps the rest', () => {
    const address = {
      firstName: 'Ada',
      lastName: 'Lovelace',
      lines: ['12 St James Square', 'second floor'],
      city: 'London',
      postalCode: 'SW1Y 4JH',
      country: 'GB',
      phone: '+44 20 7946 0018',
    };
    const order = createOrder({
      source: { connection: 'shop', vendor: 'shopify', id: '1', number: '#1001', version: 1, contentHash: 'h' },
      email: 'ada@example.com',
      phone: '+44 20 7946 0018',
      note: 'ring at Lovelace, second floor',
      customer: { id: '77', number: 'K-77', name: 'Ada Lovelace', externalIds: [{ kind: 'tax', id: 'GB123' }] },
      warehouse: { id: 'w', number: '01', name: 'Main' },
      billTo: address,
      shipTo: address,
      tags: ['met Ada in London'],
      attributes: [{ key: 'gift note', value: 'for Ada' }],
    } as Parameters<typeof createOrder>[0]);
    const masked = maskPersonal('order', toJson('order', order)) as Record<string, unknown>;
    const text = JSON.stringify(masked);
    for (const personal of ['Ada', 'Lovelace', 'example.com', '7946', 'James', 'London', 'SW1Y', 'GB123', 'K-77']) {
      expect(text).not.toContain(personal);
    }
    expect(masked).toMatchObject({
      source: { id: '1', number: '#1001', connection: 'shop' },
      email: PERSONAL_MASK,
      customer: { id: '77', name: PERSONAL_MASK },
      warehouse: { id: 'w', number: '01', name: 'Main' },
      tags: [PERSONAL_MASK],
      attributes: [{ key: 'gift note', value: PERSONAL_MASK }],
    });
    expect(JSON.stringify(masked)).toContain('"country":"GB"');
  });

  it('keeps what is not there as nothing', () => {
    const customer = createCustomer({
      source: { connection: 'shop', vendor: 'shopify', id: '1', number: null, version: 1, contentHash: 'h' },
      firstName: '',
    });
    expect(maskPersonal('customer', toJson('customer', customer))).toEqual(toJson('customer', customer));
  });
});
