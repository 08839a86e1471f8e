import { describe, expect, it } from 'vitest';
import { type Bundle, findCommon, isOwnSource, listCalled, locateSources } from '../src/trace-files/executed-files.ts';
import { countAll, listTooLong } from '../src/trace-files/report.ts';

/** Three lines: one of each source, and one that is nobody's. */
const BUNDLE: Bundle = {
  path: '/checkout/services/x/dist/main.js',
  text: 'function a() {}\nfunction b() {}\nfunction packed() {}\n',
  map: {
    file: 'main.js',
    version: 3,
    sources: ['../src/a.ts', '../../../libs/y/src/b.ts'],
    sourcesContent: [],
    names: [],
    sourceRoot: '',
    // Line 1 → a.ts; line 2 → b.ts; line 3 → no source.
    mappings: 'AAAA;ACAA;A;',
  },
};
const URL_OF_BUNDLE = 'file:///checkout/services/x/dist/main.js';
const at = (startOffset: number, count: number) => ({ ranges: [{ startOffset, count }] });

describe('the functions that ran', () => {
  it('are those of the bundle that were called at least once', () => {
    const coverage = [
      { url: URL_OF_BUNDLE, functions: [at(0, 1), at(16, 0), at(32, 7)] },
      { url: 'node:internal/timers', functions: [at(16, 1)] },
    ];
    expect([...listCalled(BUNDLE, coverage)]).toEqual([0, 32]);
  });

  it('lie in the source that the map tells for their line', () => {
    expect([...locateSources(BUNDLE, [0])]).toEqual(['/checkout/services/x/src/a.ts']);
    expect([...locateSources(BUNDLE, [16, 25])]).toEqual(['/checkout/libs/y/src/b.ts']);
    expect([...locateSources(BUNDLE, [32])]).toEqual([]);
  });
});

describe('an order passes', () => {
  it('what every order calls, and nothing calls without one', () => {
    const orders = [new Set([1, 2, 3, 9]), new Set([9, 3, 1]), new Set([1, 3, 7, 9])];
    expect(findCommon(orders, new Set([9, 5]))).toEqual([1, 3]);
    expect(findCommon([], new Set())).toEqual([]);
  });
});

describe('what a reader of an order reads', () => {
  it.each([
    ['libs/broker/src/broker.ts', true],
    ['services/sinks/sap-b1/src/main.ts', true],
    ['libs/vendors/shopify/src/source.ts', true],
    ['libs/canonical/src/generated/order.gen.ts', false],
    ['libs/canonical/src/create.gen.ts', false],
    ['libs/sandboxes/shopify/src/index.ts', false],
    ['services/stack/src/stack.ts', false],
    ['services/proof/src/bench/main.ts', false],
    ['node_modules/kafkajs/index.js', false],
    ['../elsewhere/libs/x.ts', false],
  ])('%s: %s', (path, own) => {
    expect(isOwnSource(path)).toBe(own);
  });

  it('counts a file once, however many services pass it, and names those that are too long', () => {
    const shared = { path: 'libs/broker/src/broker.ts', lines: 300 };
    const long = { path: 'libs/store/src/store.ts', lines: 301 };
    const trace = new Map([
      ['ledger', [shared]],
      ['sink', [shared, long]],
    ]);
    expect(countAll(trace)).toEqual({ files: 2, lines: 601 });
    expect(listTooLong(trace)).toEqual([long]);
  });
});
