import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkOrderArithmetic,
  contentHash,
  type EntityRecords,
  fromJson,
  InvalidEntityJson,
  type Order,
  toJson,
} from '../src/index.ts';

const folder = join(import.meta.dirname, 'fixtures');
const fixtures = readdirSync(folder).map((file) => ({
  file,
  entityName: file.split('.')[0] as keyof EntityRecords,
  json: JSON.parse(readFileSync(join(folder, file), 'utf8')),
}));
const source = { connection: 'shop', vendor: 'shopify', id: '1' };

describe('canonical fixtures of seven vendors', () => {
  it.each(fixtures)('$file reads and writes back the same', ({ entityName, json }) => {
    const entity = fromJson(entityName, json);
    expect(toJson(entityName, entity, { omitDefaults: true })).toEqual(json);
    expect(contentHash(entityName, fromJson(entityName, toJson(entityName, entity)))).toBe(
      contentHash(entityName, entity),
    );
  });

  it.each(fixtures.filter(({ entityName }) => entityName === 'order'))('$file adds up', ({ json }) => {
    expect(checkOrderArithmetic(fromJson('order', json) as Order).differences).toEqual([]);
  });
});

describe('reading JSON', () => {
  it('fills what is left out with the defaults of the schema', () => {
    const order = fromJson('order', { source });
    expect(order).toMatchObject({ orderType: 'UNKNOWN', lines: [], billTo: null, test: false });
    expect(order.totals.current.total.base.amount.toString()).toBe('0');
  });

  it.each([
    ['an unknown field', { source, colour: 'red' }, 'colour', 'is not a field of Order'],
    [
      'an unknown field deep inside',
      { source, lines: [{ id: '1', item: { skew: 'X' } }] },
      'lines[0].item.skew',
      'is not a field of ItemRef',
    ],
    [
      'a decimal as a number',
      { source, lines: [{ quantity: { ordered: 2 } }] },
      'lines[0].quantity.ordered',
      'must be a decimal written as text, for example "12.50"',
    ],
    ['a decimal with an exponent', { source, exchangeRate: '1e3' }, 'exchangeRate', 'must be a decimal as text'],
    [
      'a time without a zone',
      { source, placedAt: '2026-11-20T10:00:00' },
      'placedAt',
      expect.stringContaining('with a zone'),
    ],
    ['no source', { note: 'x' }, 'source', 'is missing'],
    ['an empty id', { source: { ...source, id: '' } }, 'source.id', 'is empty: without it the record has no key'],
    [
      'a word outside the list',
      { source, orderType: 'GIFT' },
      'orderType',
      expect.stringContaining('is "GIFT": expected one of UNKNOWN, SALE'),
    ],
    ['null where something must be', { source, lines: null }, 'lines', 'must be a list'],
    [
      'too many digits',
      { source, lines: [{ quantity: { ordered: '12345678901234567890123' } }] },
      'lines[0].quantity.ordered',
      'has 23 digits before the point: at most 22 fit',
    ],
    ['not an object', [], 'the whole', 'must be an object (Order)'],
  ])('names the field for %s', (_case, json, path, message) => {
    expect(issuesOf(json)).toContainEqual({ path, message });
  });

  it('names every fault at once, and never shows a text it was given', () => {
    const issues = issuesOf({ source, colour: 1, test: 'Ann Example' });
    expect(issues.map((issue) => issue.path)).toEqual(['colour']);
    expect(JSON.stringify(issuesOf({ source, test: 'Ann Example', note: 5 }))).not.toContain('Ann');
    expect(issuesOf({ source, test: 'Ann Example', note: 5 })).toHaveLength(2);
  });
});

function issuesOf(json: unknown): readonly { path: string; message: string }[] {
  try {
    fromJson('order', json);
  } catch (error) {
    if (error instanceof InvalidEntityJson) return error.issues;
    throw error;
  }
  return [];
}
