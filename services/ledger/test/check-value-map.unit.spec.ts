import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkValueMap } from '../src/vendors/check-value-map.ts';

const named = (...names: readonly (readonly [string, string])[]) => ({
  values: names.map(([value, label]) => ({ value, label })),
});
const shop = named(['1', 'Main warehouse'], ['2', 'Downtown'], ['3', 'Outlet']);
const erp = named(['01', 'Main Warehouse'], ['02', 'Store'], ['03', 'Outlet'], ['04', 'outlet ']);

describe('a value map held against both sides', () => {
  it('has what it should: nothing is found', () => {
    const entries = { '1': '01', Downtown: '02', '3': '03' };
    expect(checkValueMap('warehouse', entries, shop, erp)).toEqual({
      kind: 'warehouse',
      sourceProblem: null,
      targetProblem: null,
      findings: [],
      suggestions: [],
    });
  });

  it('names entries of either side that are not there, and values without an entry', () => {
    const { findings } = checkValueMap('warehouse', { '1': '99', '7': '01', '2': '02' }, shop, erp);
    expect(findings.map(({ finding, source, target }) => [finding, source, target])).toEqual([
      ['unknown-source', '7', '01'],
      ['unknown-target', '1', '99'],
      ['without-entry', '3', null],
    ]);
    for (const { advice } of findings) expect(advice).not.toBe('');
  });

  it('suggests only where one value of the target has the same label', () => {
    const { suggestions } = checkValueMap('warehouse', { x: '01' }, shop, erp);
    expect(suggestions).toEqual([{ source: '1', target: '01', label: 'Main warehouse' }]);
  });

  it('"*" covers every value, and "=" means the value of the source', () => {
    expect(checkValueMap('warehouse', { '*': '01' }, shop, erp).findings).toEqual([]);
    const same = checkValueMap('warehouse', { '*': '=', '1': '=' }, shop, erp).findings;
    expect(same.map(({ finding, source }) => [finding, source])).toEqual([['unknown-target', '1']]);
    expect(checkValueMap('warehouse', { '*': '99' }, shop, erp).findings).toMatchObject([
      { finding: 'unknown-target', source: '*' },
    ]);
  });

  it('leaves out a side that lists nothing of the kind, and says why', () => {
    const check = checkValueMap('colour', { red: 'rot' }, { problem: 'no such kind' }, { problem: 'away' });
    expect(check).toMatchObject({ sourceProblem: 'no such kind', targetProblem: 'away', findings: [] });
    expect(checkValueMap('colour', {}, shop, { problem: 'away' }).suggestions).toEqual([]);
  });

  it('whatever the map: a value is covered or told, and a suggestion is never for what is covered', () => {
    const name = fc.constantFrom('1', '2', '3', 'Outlet', 'Downtown', '*', '__proto__', 'toString');
    fc.assert(
      fc.property(fc.dictionary(name, fc.constantFrom('01', '02', '99', '=')), (entries) => {
        const { findings, suggestions } = checkValueMap('warehouse', entries, shop, erp);
        const told = findings.filter(({ finding }) => finding === 'without-entry').map(({ source }) => source);
        const covered = shop.values.filter(
          ({ value, label }) =>
            Object.hasOwn(entries, '*') || Object.hasOwn(entries, value) || Object.hasOwn(entries, label),
        );
        expect([...told, ...covered.map(({ value }) => value)].sort()).toEqual(['1', '2', '3']);
        for (const { source } of suggestions) expect(told).toContain(source);
      }),
    );
  });
});
