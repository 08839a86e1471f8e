import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AvroRecord, entitySchemas } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { findIncompatibilities, findRuleBreaks } from '../src/index.ts';

type Editable = {
  name: string;
  type: unknown;
  default?: unknown;
  fields: Editable[];
  symbols: string[];
  scale: number;
};

const released = { file: 'order/v1.1.avsc', schema: entitySchemas.order.schema };

describe('the compatibility check', () => {
  it('lets grow what may grow: fields that may be null, enum symbols, new records', () => {
    const problems = check((order) => {
      order.fields.push({ name: 'gift', type: ['null', 'boolean'], default: null } as Editable);
      enumOf(order, 'orderType').symbols.push('SUBSCRIPTION');
      recordOf(order, 'Money').fields.push({ name: 'rounded', type: ['null', 'string'], default: null } as Editable);
    });
    expect(problems).toEqual([]);
  });

  it.each<[string, (order: Editable) => void, string]>([
    ['a field removed', (order) => order.fields.splice(indexOf(order, 'note'), 1), 'Order.note was removed'],
    [
      'a field renamed',
      (order) => {
        fieldOf(order, 'note').name = 'remark';
      },
      'Order.note was removed',
    ],
    [
      'a field without default added',
      (order) => order.fields.push({ name: 'must', type: 'string' } as Editable),
      'Order.must is new and has no default',
    ],
    [
      'a field added that cannot be null',
      (order) => order.fields.push({ name: 'gift', type: 'boolean', default: false } as Editable),
      'Order.gift is new and has another type',
    ],
    [
      'a field deep inside added without default',
      (order) => recordOf(order, 'Money').fields.push({ name: 'rounded', type: 'string' } as Editable),
      'Money.rounded is new and has no default',
    ],
    ['a default taken away', (order) => void delete fieldOf(order, 'note').default, 'Order.note lost its default'],
    [
      'a default taken away from an amount that may be null',
      (order) => void delete fieldOf(order, 'exchangeRate').default,
      'Order.exchangeRate lost its default',
    ],
    [
      'an enum symbol removed',
      (order) => void enumOf(order, 'orderType').symbols.pop(),
      'OrderType lost its symbol DEBIT',
    ],
    [
      'a type changed',
      (order) => {
        fieldOf(order, 'test').type = 'string';
      },
      'Order.test was boolean and is string',
    ],
    [
      'a type widened',
      (order) => {
        fieldOf(recordOf(order, 'OrderLine'), 'position').type = 'long';
      },
      'OrderLine.position was int and is long',
    ],
    [
      'a field made nullable',
      (order) => void Object.assign(fieldOf(order, 'test'), { type: ['null', 'boolean'], default: null }),
      'Order.test was boolean and is [null, boolean]',
    ],
    [
      'the scale of a decimal changed',
      (order) => {
        (fieldOf(recordOf(order, 'Money'), 'amount').type as Editable).scale = 4;
      },
      'Money.amount was decimal(28,6) and is decimal(28,4)',
    ],
    [
      'the unit of a time changed',
      (order) => {
        fieldOf(order, 'placedAt').type = ['null', { type: 'long', logicalType: 'timestamp-millis' }];
      },
      'is [null, long timestamp-millis]',
    ],
    [
      'a record renamed',
      (order) => {
        recordOf(order, 'LineQuantity').name = 'Quantities';
      },
      'LineQuantity was removed',
    ],
  ])('refuses %s', (_case, edit, words) => {
    expect(
      check(edit)
        .map((problem) => `${problem.path} ${problem.message}`)
        .join('\n'),
    ).toContain(words);
  });

  it('sees what Avro itself does not: a changed scale and unit of time', () => {
    const scale = check((order) => {
      (fieldOf(recordOf(order, 'Money'), 'amount').type as Editable).scale = 4;
    });
    expect(scale.some((problem) => problem.message.includes('types, scales and units never change'))).toBe(true);
  });

  it('compares with every released file, not only the last', () => {
    const schema = structuredClone(entitySchemas.order.schema) as unknown as Editable;
    schema.fields.splice(indexOf(schema, 'note'), 1);
    const problems = findIncompatibilities({ file: 'order/v1.3.avsc', schema: schema as unknown as AvroRecord }, [
      released,
      { ...released, file: 'order/v1.2.avsc' },
    ]);
    expect(problems.filter((problem) => problem.path === 'Order.note')).toHaveLength(2);
  });
});

describe('the rules of the model', () => {
  it.each(Object.entries(entitySchemas))('hold for %s', (_name, { file, schema }) => {
    expect(findRuleBreaks({ file, schema })).toEqual([]);
  });

  it.each<[string, (order: Editable) => void, string]>([
    [
      'a field without words',
      (order) => order.fields.push({ name: 'x', type: 'string', default: '' } as Editable),
      'Order.x has no words',
    ],
    [
      'a mandatory field beside source',
      (order) => order.fields.push({ name: 'x', type: 'string', doc: 'x' } as unknown as Editable),
      'Order.x must have a default',
    ],
    [
      'a default on source',
      (order) => void Object.assign(fieldOf(order, 'source'), { default: {} }),
      'Order.source must have no default',
    ],
    [
      'a default on a decimal',
      (order) => void Object.assign(fieldOf(recordOf(order, 'LineQuantity'), 'ordered'), { default: '\u0000' }),
      'LineQuantity.ordered must have no default',
    ],
    [
      'a default on a record that holds a decimal',
      (order) => void Object.assign(fieldOf(recordOf(order, 'Tax'), 'amount'), { default: {} }),
      'Tax.amount must have no default',
    ],
    [
      'a default on a record that holds a record that holds a decimal',
      (order) => void Object.assign(fieldOf(order, 'totals'), { default: {} }),
      'Order.totals must have no default',
    ],
    [
      'a list that has decimals by default',
      (order) => void Object.assign(fieldOf(order, 'taxes'), { default: [{ amount: { base: '\u0000' } }] }),
      'Order.taxes must be empty by default',
    ],
    [
      'no default on a decimal that may be null',
      (order) => void delete fieldOf(order, 'exchangeRate').default,
      'Order.exchangeRate must have a default',
    ],
    [
      'a union of two types',
      (order) =>
        order.fields.push({
          name: 'x',
          type: ['null', 'string', 'int'],
          default: null,
          doc: 'x',
        } as unknown as Editable),
      'Order.x must be a union of null and one type',
    ],
    [
      'an enum without fallback',
      (order) => {
        (enumOf(order, 'orderType') as unknown as { default?: string }).default = 'SALE';
      },
      'OrderType must fall back to UNKNOWN',
    ],
    ['another namespace', (order) => void Object.assign(order, { namespace: 'other' }), 'is in namespace other'],
  ])('forbid %s', (_case, edit, words) => {
    const schema = editOrder(edit);
    expect(
      findRuleBreaks({ file: 'order/v2.avsc', schema })
        .map((problem) => `${problem.path} ${problem.message}`)
        .join('\n'),
    ).toContain(words);
  });
});

describe('the first release, which had defaults on decimals', () => {
  const readSchemaFile = (file: string) => ({
    file,
    schema: JSON.parse(readFileSync(join(import.meta.dirname, '../../../schemas', file), 'utf8')) as AvroRecord,
  });
  it.each(['order', 'customer'])('%s: stands beside the one without, in both directions', (entity) => {
    const [first, second] = [readSchemaFile(`${entity}/v1.avsc`), readSchemaFile(`${entity}/v1.1.avsc`)];
    expect(findIncompatibilities(second, [first])).toEqual([]);
    expect(findRuleBreaks(first).map(({ path }) => path)).toContain('Money.amount');
  });
});

function check(edit: (order: Editable) => void) {
  return findIncompatibilities({ file: 'order/v1.2.avsc', schema: editOrder(edit) }, [released]);
}

function editOrder(edit: (order: Editable) => void): AvroRecord {
  const order = structuredClone(entitySchemas.order.schema) as unknown as Editable;
  edit(order);
  return order as unknown as AvroRecord;
}

function indexOf(record: Editable, name: string): number {
  return record.fields.findIndex((field) => field.name === name);
}

function fieldOf(record: Editable, name: string): Editable {
  return record.fields[indexOf(record, name)]!;
}

function enumOf(order: Editable, field: string): Editable {
  return fieldOf(order, field).type as Editable;
}

/** Finds a record where it is written out, however deep. */
function recordOf(type: unknown, name: string): Editable {
  const found = search(type, name);
  if (!found) throw new Error(`no record ${name}`);
  return found;
}

function search(type: unknown, name: string): Editable | null {
  if (typeof type !== 'object' || type === null) return null;
  const record = type as Editable;
  if (record.name === name && record.fields) return record;
  for (const inner of Object.values(record)) {
    const found = search(inner, name);
    if (found) return found;
  }
  return null;
}
