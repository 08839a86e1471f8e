import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDecimals,
  Decimal,
  formatDecimal,
  formatMoney,
  formatTimestamp,
  parseDecimal,
  parseTimestamp,
  powerOfTen,
  roundToCurrency,
  subtractDecimals,
  sumDecimals,
} from '../src/index.ts';

describe('decimals', () => {
  it.each([
    ['12.345', 'EUR', '12.35'],
    ['-12.345', 'EUR', '-12.35'],
    ['12.5', 'JPY', '13'],
    ['1.0005', 'KWD', '1.001'],
    ['1.23456', 'CLF', '1.2346'],
  ])('%s %s is rounded to %s', (amount, currency, expected) => {
    expect(roundToCurrency(new Decimal(amount), currency).toFixed()).toBe(expected);
  });

  it('adds and subtracts as decimal.js does, zeros among them', () => {
    const amount = fc.oneof(
      fc.constant('0'),
      fc.constant('-0'),
      fc.integer().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((value) => value.toFixed(6)),
    );
    fc.assert(
      fc.property(amount, amount, amount, (a, b, c) => {
        const [x, y, z] = [new Decimal(a), new Decimal(b), new Decimal(c)];
        expect(addDecimals(x, y).toFixed()).toBe(x.plus(y).toFixed());
        expect(subtractDecimals(x, y).toFixed()).toBe(x.minus(y).toFixed());
        expect(sumDecimals([x, y, z]).toFixed()).toBe(x.plus(y).plus(z).toFixed());
      }),
    );
  });

  it('knows the powers of ten', () => {
    expect([2, 0, -2, -6].map((exponent) => powerOfTen(exponent).toFixed())).toEqual(['100', '1', '0.01', '0.000001']);
  });

  it('reads what sources write, and nothing else', () => {
    for (const [text, value] of [
      ['12.50', '12.5'],
      [' 7 ', '7'],
      ['.5', '0.5'],
      ['1e3', '1000'],
      [0.1, '0.1'],
      ['+3', '3'],
    ] as const)
      expect(parseDecimal(text).toFixed()).toBe(value);
    for (const text of ['', '1,000.00', 'NaN', 'Infinity', '0x10', '12 EUR', '--1'])
      expect(() => parseDecimal(text)).toThrow('is not a decimal number');
  });

  it('add up exactly, also at the limits of the schema', () => {
    expect(sumDecimals(['0.1', '0.2'].map((text) => new Decimal(text))).toFixed()).toBe('0.3');
    expect(
      new Decimal('9999999999999999999999.999999').times('99999999999999999999999.999999999999999').toFixed().length,
    ).toBeGreaterThan(60);
  });

  it('are written plainly', () => {
    expect(formatDecimal(new Decimal('1e-6'))).toBe('0.000001');
    expect(formatDecimal(new Decimal('12.500'), 2)).toBe('12.50');
    expect(formatMoney(new Decimal('12.5'), 'EUR')).toBe('12.50 EUR');
    expect(formatMoney(new Decimal('1200'), 'JPY')).toBe('1200 JPY');
  });
});

describe('times', () => {
  it('keep microseconds there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -7_000_000_000_000_000, max: 9_000_000_000_000_000 }), (micros) => {
        expect(parseTimestamp(formatTimestamp(micros))).toBe(micros);
      }),
    );
  });

  it.each([
    ['2026-11-20T10:00:00Z', 1_795_168_800_000_000],
    ['2026-11-20T11:00:00.25+01:00', 1_795_168_800_250_000],
    ['2026-11-20T11:00:00.1234567+0100', 1_795_168_800_123_456],
    ['2026-11-20T10:00Z', 1_795_168_800_000_000],
  ])('%s is read', (text, micros) => expect(parseTimestamp(text)).toBe(micros));

  it.each(['2026-11-20', '2026-11-20T10:00:00', '2026-13-20T10:00:00Z', 'soon', ''])('"%s" is refused', (text) =>
    expect(() => parseTimestamp(text)).toThrow('is not a time'),
  );
});
