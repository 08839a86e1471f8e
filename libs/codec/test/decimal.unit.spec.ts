import { Decimal } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAvroType } from '../src/avro-types.ts';

const type = createAvroType({
  type: 'record',
  name: 'Sample',
  fields: [
    { name: 'amount', type: { type: 'bytes', logicalType: 'decimal', precision: 28, scale: 6 } },
    { name: 'maybe', type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 15 }] },
  ],
});
const write = (amount: Decimal, maybe: Decimal | null = null) =>
  type.fromBuffer(type.toBuffer({ amount, maybe })) as { amount: Decimal; maybe: Decimal | null };

describe('decimals in Avro', () => {
  it('come back as they were, over the whole range of the schema', () => {
    const limit = 10n ** 28n - 1n;
    fc.assert(
      fc.property(fc.bigInt({ min: -limit, max: limit }), (unscaled) => {
        const amount = new Decimal(unscaled.toString()).div(1e6);
        expect(write(amount).amount.toFixed()).toBe(amount.toFixed());
      }),
    );
  });

  it.each([
    '0',
    '-1',
    '1.28',
    '-1.28',
    '0.000001',
    '127',
    '128',
    '-128',
    '-129',
    '281474976.710655',
    '9999999999999999999999.999999',
  ])('%s', (text) => {
    expect(write(new Decimal(text), new Decimal(text)).amount.toFixed()).toBe(new Decimal(text).toFixed());
    expect(write(new Decimal(text), new Decimal(text)).maybe!.toFixed()).toBe(new Decimal(text).toFixed());
  });

  it('are rounded half up to the scale', () => {
    expect(write(new Decimal('0.0000005')).amount.toFixed()).toBe('0.000001');
    expect(write(new Decimal(1), new Decimal(1).div(3)).maybe!.toFixed()).toBe('0.333333333333333');
  });

  it('that are too big, or none, are refused', () => {
    expect(() => write(new Decimal('10000000000000000000000'))).toThrow();
    expect(() => write(new Decimal(Number.NaN))).toThrow();
    expect(() => write(12 as unknown as Decimal)).toThrow();
  });

  it("have the bytes of the Avro specification: two's complement, big-endian, as short as can be", () => {
    expect(type.toBuffer({ amount: new Decimal('-0.000129'), maybe: null }).toString('hex')).toBe('04ff7f00');
    expect(type.toBuffer({ amount: new Decimal('0.000128'), maybe: null }).toString('hex')).toBe('04008000');
  });
});
