import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { READ_AS_DEFAULT, readStored } from '../src/index.ts';

const schema = z.strictObject({
  delayMs: z.int().min(100).max(1_000).default(500),
  schedule: z
    .string()
    .nullable()
    .default(null)
    .refine((value) => value === null || value.startsWith('*'), { params: READ_AS_DEFAULT }),
  filter: z
    .string()
    .optional()
    .refine((value) => value !== '(('),
  nested: z.strictObject({ size: z.number().min(0).max(10).default(1) }).prefault({}),
});

describe('stored settings', () => {
  it('are read as they are where they fit, defaults filled in', () => {
    expect(readStored(schema, { delayMs: 200 })?.value).toEqual({ delayMs: 200, schedule: null, nested: { size: 1 } });
  });

  it('are read as the bound where a number is beyond it, whatever the number', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), (delayMs, size) => {
        const read = readStored(schema, { delayMs, nested: { size } })?.value;
        expect(read?.delayMs).toBe(Math.min(1_000, Math.max(100, delayMs)));
        expect(read?.nested.size).toBeCloseTo(Math.min(10, Math.max(0, size)), 12);
      }),
    );
  });

  it('are read as the default where that does no harm, and stay as they were', () => {
    const stored = { schedule: 'banana', delayMs: 1e15 };
    expect(readStored(schema, stored)?.value).toMatchObject({ schedule: null, delayMs: 1_000 });
    expect(stored).toEqual({ schedule: 'banana', delayMs: 1e15 });
  });

  it.each([{ filter: '((' }, { delayMs: 'soon' }, { colour: 'red' }, null, [], 'text'])(
    'are not guessed: %j',
    (stored) => expect(readStored(schema, stored)).toBeNull(),
  );
});
