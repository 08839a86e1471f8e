import { createEntity, Decimal } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkExpression,
  evaluateExpression,
  evaluateFields,
  evaluateLineFields,
  findMappedValue,
  mapValue,
} from '../src/index.ts';
import { flow, order } from './orders.ts';

describe('value maps', () => {
  const settings = flow({
    valueMaps: { warehouse: { A: '01', '*': '99' }, terms: { net30: '3' }, tag: { '*': '=' } },
  });
  it.each([
    ['warehouse', 'A', '01'],
    ['warehouse', 'B', '99'],
    ['warehouse', null, '99'],
    ['terms', 'net30', '3'],
    ['tag', 'x', 'x'],
  ])('%s %s → %s', (kind, value, mapped) => {
    expect(mapValue(settings, kind, value)).toBe(mapped);
  });
  it('names what is missing and what to do', () => {
    expect(() => mapValue(settings, 'terms', 'net60', 'terms.number')).toThrow('no value map entry for terms "net60"');
    try {
      mapValue(settings, 'terms', 'net60', 'terms.number');
    } catch (error) {
      expect(error).toMatchObject({
        code: 'no-value-map-entry',
        advice: expect.stringContaining('"net60"'),
        fields: [{ path: 'terms.number' }],
      });
    }
    expect(() => mapValue(settings, 'shipVia', null)).toThrow('no value for shipVia');
  });
  it('reads own entries only', () => {
    fc.assert(
      fc.property(fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'), (name) => {
        expect(findMappedValue(settings, 'terms', name)).toBeUndefined();
        expect(findMappedValue(settings, name, 'x')).toBeUndefined();
      }),
    );
  });
});

describe('expressions', () => {
  // jsonata rounded whole numbers to 15 digits before 2.1.1: versions and times in microseconds have 16.
  it.each([
    ['$string(source.version)', '1796004000123456'],
    ["'v' & source.version", 'v1796004000123456'],
    ['$string(9007199254740991)', '9007199254740991'],
    ['$string(1234567890.123456)', '1234567890.12346'],
    ["$dec('1234567890.123456', '+', '0')", '1234567890.123456'],
    ["$dec('0.1', '+', '0.2')", '0.3'],
  ])('keep the digits of whole numbers, 15 of fractions, all by $dec: %s', async (expression, text) => {
    expect(await evaluateExpression(expression, { source: { version: 1_796_004_000_123_456 } }, 'fields.U_A')).toBe(
      text,
    );
  });

  it('give plain values, and null where they select nothing, so that the target is emptied', async () => {
    const settings = flow({
      fields: {
        U_Note: 'note',
        U_Tags: "$join(tags, ',')",
        U_None: 'nothing',
        U_List: 'tags',
        U_Sum: "$dec('0.1','+','0.2')",
      },
    });
    expect(await evaluateFields(settings, 'order', order({ note: 'hi', tags: ['a', 'b'] }))).toEqual({
      U_Note: 'hi',
      U_Tags: 'a,b',
      U_None: null,
      U_List: ['a', 'b'],
      U_Sum: '0.3',
    });
  });
  it('name every failing field at once', async () => {
    const settings = flow({ fields: { a: '1 + note', b: '-tags', c: 'note' } });
    await expect(evaluateFields(settings, 'order', order({ note: 'x', tags: ['t', 'u'] }))).rejects.toMatchObject({
      code: 'expression-failed',
      fields: [{ path: 'fields.a' }, { path: 'fields.b' }],
    });
  });
  it('are bounded in time, depth and size', async () => {
    await expect(evaluateExpression('($f := function($n) { $f($n + 1) }; $f(0))', {}, 'x')).rejects.toThrow(/x: /);
    await expect(evaluateExpression('($f := function($n) { 1 + $f($n + 1) }; $f(0))', {}, 'x')).rejects.toThrow(/x: /);
    await expect(evaluateExpression("$pad('a', 100000)", {}, 'x')).rejects.toThrow(/characters/);
    expect(checkExpression('a'.repeat(5_000))).toMatch(/5000 characters/);
    expect(checkExpression('a +')).toMatch(/not JSONata/);
    expect(checkExpression(' ')).toBe('is empty');
  });
  it('the same input gives the same result, however often', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (note) => {
        const json = { note };
        const [first, second] = await Promise.all([
          evaluateExpression('note', json, 'x'),
          evaluateExpression('note', json, 'x'),
        ]);
        expect(first).toBe(note);
        expect(second).toBe(first);
      }),
      { numRuns: 30 },
    );
  });
});

describe('expressions over lines', () => {
  const engraved = (id: string, value: string | null) => ({
    id,
    quantity: { ordered: new Decimal(2) },
    attributes: value === null ? [] : [{ key: 'Engraving', value }],
  });
  const settings = flow({
    lineFields: {
      U_Engraving: "attributes[key='Engraving'].value",
      U_Order: '$record.source.number',
      U_Double: "$dec(quantity.ordered, '*', '2')",
      U_Share: "$string($count($record.lines)) & '/' & id",
    },
  });
  it('are evaluated for each line, with the whole record as $record', async () => {
    const given = order({ lines: [engraved('l1', 'Für Käthe'), engraved('l2', null)] });
    expect(await evaluateLineFields(settings, 'order', given)).toEqual({
      l1: { U_Engraving: 'Für Käthe', U_Order: '#1001', U_Double: '4', U_Share: '2/l1' },
      l2: { U_Engraving: null, U_Order: '#1001', U_Double: '4', U_Share: '2/l2' },
    });
  });
  it('give nothing for records without lines, and for flows without such fields', async () => {
    const customer = createEntity('customer', { source: { connection: 'shop', vendor: 'shopify', id: '1' } });
    expect(await evaluateLineFields(settings, 'customer', customer)).toEqual({});
    expect(await evaluateLineFields(flow(), 'order', order({ lines: [engraved('l1', 'x')] }))).toEqual({});
    expect(await evaluateLineFields(settings, 'order', order())).toEqual({});
  });
  it('name each failing expression once, with the first line on which it fails', async () => {
    const failing = flow({ lineFields: { U_A: "title = 'T' ? -title", U_B: 'title', U_C: '$record.note + 1' } });
    const given = order({ note: 'x', lines: [{ id: 'l1' }, { id: 'l2', title: 'T' }, { id: 'l3', title: 'T' }] });
    await expect(evaluateLineFields(failing, 'order', given)).rejects.toMatchObject({
      code: 'expression-failed',
      message: expect.stringMatching(/lineFields\.U_C: .*\(line l1\)/),
      fields: [{ path: 'lineFields.U_C' }, { path: 'lineFields.U_A', message: expect.stringContaining('(line l2)') }],
    });
  });
  it('take the ids of lines as they come', async () => {
    const fields = await evaluateLineFields(
      flow({ lineFields: { U_T: 'title' } }),
      'order',
      order({
        lines: [
          { id: '__proto__', title: 'a' },
          { id: 'constructor', title: 'b' },
        ],
      }),
    );
    expect(Object.entries(fields)).toEqual([
      ['__proto__', { U_T: 'a' }],
      ['constructor', { U_T: 'b' }],
    ]);
  });
});
