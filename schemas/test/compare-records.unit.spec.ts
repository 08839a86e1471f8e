import { describe, expect, it } from 'vitest';
import type { AvroRecord } from '../../libs/canonical/src/schema.ts';
import { compareRecord } from '../readers/compare.ts';

const amount = { type: 'bytes', logicalType: 'decimal', precision: 28, scale: 6 } as const;
const time = { type: 'long', logicalType: 'timestamp-micros' } as const;
const ref: AvroRecord = { type: 'record', name: 'Ref', fields: [{ name: 'id', type: ['null', 'string'] }] };
const schema: AvroRecord = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'amount', type: amount },
    { name: 'at', type: ['null', time] },
    { name: 'customer', type: ['null', ref] },
    { name: 'refs', type: { type: 'array', items: 'Ref' } },
    { name: 'test', type: 'boolean' },
  ],
};
const expected = { amount: '-19.99', at: '1999-12-31T23:59:59.999999Z', refs: [{ id: '' }] };
const found = { amount: '-19.990000', at: 946_684_799_999_999, customer: null, refs: [{ id: '' }], test: false };

describe('the comparison of a record that was read', () => {
  it('takes the same values, and emptiness for what is not named', () => {
    expect(compareRecord(schema, expected, found)).toEqual([]);
  });

  it.each<[string, object, string]>([
    ['an amount with another digit', { amount: '-19.990001' }, 'Order.amount: '],
    ['an amount with another sign', { amount: '19.99' }, 'Order.amount: '],
    ['an amount as a number', { amount: -19.99 }, 'Order.amount: '],
    ['an amount in bytes', { amount: [1, 2] }, 'Order.amount: '],
    ['an amount with an exponent', { amount: '-1.999E1' }, 'Order.amount: '],
    ['a microsecond lost', { at: 946_684_799_999_000 }, 'Order.at: '],
    ['a record where there is none', { customer: { id: null } }, 'Order.customer: '],
    ['a level too many', { refs: [{ 'entrepot.Ref': { id: '' } }] }, 'Order.refs[0].entrepot.Ref: '],
    ['null for the empty text', { refs: [{ id: null }] }, 'Order.refs[0].id: '],
    ['a list that is shorter', { refs: [] }, 'Order.refs: '],
    ['null for no', { test: null }, 'Order.test: '],
    ['a field too many', { more: 1 }, 'Order.more: is in no schema'],
    ['a field too few', { test: undefined }, 'Order.test: '],
  ])('finds %s', (_what, change, words) => {
    expect(compareRecord(schema, expected, { ...found, ...change }).join('\n')).toContain(words);
  });
});
