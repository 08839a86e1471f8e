import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  checkExpression,
  defaultValue,
  evaluateExpression,
  evaluateFields,
  findMappedValue,
  mapValue,
  validateFlowSettings,
} from '../src/index.ts';
import { flow, order } from './orders.ts';

describe('value maps', () => {
  const settings = flow({
    valueMaps: { warehouse: { A: '01', '*': '99' }, terms: { net30: '3' }, tag: { '*': '=' } },
    defaults: { series: '7' },
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
        expect(defaultValue(settings, name)).toBeNull();
      }),
    );
    expect(defaultValue(settings, 'series')).toBe('7');
  });
});

describe('expressions', () => {
  it('give plain values, and leave out what selects nothing', async () => {
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

describe('validation of flow settings', () => {
  const target = z.strictObject({ series: z.int().optional(), branch: z.string().default('1') });
  it('fills defaults, the target’s too', () => {
    const result = validateFlowSettings({ target: { series: 3 } }, target);
    expect(result).toMatchObject({
      ok: true,
      settings: { target: { series: 3, branch: '1' }, totalTolerance: '0.01' },
    });
  });
  it('names problems by path', () => {
    const faults = (input: unknown) => {
      const result = validateFlowSettings(input, target);
      return result.ok ? [] : result.problems.map((problem) => problem.path);
    };
    expect(faults({ gate: { importOn: ['sometimes'] } })).toEqual(['gate.importOn[0]']);
    expect(faults({ filter: 'a +', fields: { U_X: '(' }, totalTolerance: 'much', target: { series: 'x' } })).toEqual([
      'fields.U_X',
      'filter',
      'totalTolerance',
      'target.series',
    ]);
    expect(faults('nonsense')).toEqual(['settings']);
    expect(faults({ defaults: { constructor: 'x' } })).toEqual(['defaults.constructor']);
  });
});
