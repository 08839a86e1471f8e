import { createOrderPayment, createRef, Decimal, paymentStatusValues } from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideFlow, MappingError } from '../src/index.ts';
import { flow, order } from './orders.ts';

const fresh = { linked: false };

describe('import gate', () => {
  it.each([
    ['a paid order', {}, {}, null],
    ['a test order', {}, { test: true }, 'test-order'],
    ['a test order let in', { gate: { testOrders: 'import' } }, { test: true }, null],
    ['a cancelled order', {}, { cancelledAt: 1 }, 'cancelled-before-import'],
    ['a cancelled order let in', { gate: { cancelledBeforeImport: 'import' } }, { cancelledAt: 1 }, null],
    ['an unpaid order', {}, { paymentStatus: 'UNPAID' }, 'payment-not-ready'],
    ['an unpaid order where any is taken', { gate: { importOn: ['any'] } }, { paymentStatus: 'UNPAID' }, null],
    ['an authorized order', {}, { paymentStatus: 'AUTHORIZED' }, null],
    [
      'an authorized order where only paid is taken',
      { gate: { importOn: ['paid'] } },
      { paymentStatus: 'AUTHORIZED' },
      'payment-not-ready',
    ],
    ['a partly refunded order', { gate: { importOn: ['paid'] } }, { paymentStatus: 'PARTIALLY_REFUNDED' }, null],
    ['a partly paid order', {}, { paymentStatus: 'PARTIALLY_PAID' }, 'payment-not-ready'],
    ['an order by a chosen channel', { gate: { channels: ['Web'] } }, { channel: createRef({ name: 'web' }) }, null],
    [
      'an order by another channel',
      { gate: { channels: ['web'] } },
      { channel: createRef({ name: 'POS' }) },
      'channel-not-selected',
    ],
    ['an order without channel', { gate: { channels: ['web'] } }, {}, 'channel-not-selected'],
    ['a deleted order', {}, { deleted: true }, 'deleted-before-import'],
  ] as const)('%s', async (_name, settings, given, reasonCode) => {
    const decision = await decideFlow(flow(settings), 'order', order(given as object), fresh);
    expect(decision).toMatchObject(reasonCode === null ? { matched: true } : { matched: false, reasonCode });
  });

  it('a chosen manual method lets an unpaid order in, whatever its case', async () => {
    const settings = flow({ gate: { manualPaymentMethods: ['Bank Deposit'] } });
    const unpaid = order({
      paymentStatus: 'UNPAID',
      payments: [createOrderPayment({ id: 'p1', gateway: 'bank deposit' })],
    });
    expect(await decideFlow(settings, 'order', unpaid, fresh)).toEqual({ matched: true });
    expect(await decideFlow(settings, 'order', order({ paymentStatus: 'UNPAID' }), fresh)).toMatchObject({
      reason: 'its payment is UNPAID; the flow takes paid or authorized, or orders paid by Bank Deposit',
    });
  });

  it('a record once linked is taken whatever it looks like', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          test: fc.boolean(),
          deleted: fc.boolean(),
          paymentStatus: fc.constantFrom(...paymentStatusValues),
          cancelledAt: fc.option(fc.nat()),
        }),
        async (given) => {
          const settings = flow({ filter: 'false', gate: { channels: [] } });
          expect(await decideFlow(settings, 'order', order(given), { linked: true })).toEqual({ matched: true });
        },
      ),
    );
  });

  it('every order kept out has a code and words, and "any" with all let in keeps none out but deleted ones', async () => {
    const open = flow({ gate: { importOn: ['any'], testOrders: 'import', cancelledBeforeImport: 'import' } });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          test: fc.boolean(),
          deleted: fc.boolean(),
          paymentStatus: fc.constantFrom(...paymentStatusValues),
          cancelledAt: fc.option(fc.nat()),
        }),
        async (given) => {
          const strict = await decideFlow(flow(), 'order', order(given), fresh);
          if (!strict.matched) expect(strict.reason.length).toBeGreaterThan(10);
          expect((await decideFlow(open, 'order', order(given), fresh)).matched).toBe(!given.deleted);
        },
      ),
    );
  });
});

describe('filter', () => {
  it.each([
    ["tags[$ = 'b2b']", true],
    ["'b2c' in tags", false],
    ["$dec(exchangeRate, '>', '1.000000000000001')", true],
    ['nothing.here', false],
  ])('%s', async (filter, matched) => {
    const given = order({ tags: ['b2b'], exchangeRate: new Decimal('1.000000000000002') });
    const decision = await decideFlow(flow({ filter }), 'order', given, fresh);
    expect(decision.matched).toBe(matched);
    if (!decision.matched)
      expect(decision).toMatchObject({ reasonCode: 'filtered', reason: expect.stringContaining(filter) });
  });

  it('a failing filter is an error, not a no', async () => {
    await expect(decideFlow(flow({ filter: '1 + test' }), 'order', order(), fresh)).rejects.toThrow(MappingError);
    await expect(decideFlow(flow({ filter: 'a) or (b' }), 'order', order(), fresh)).rejects.toThrow(
      /filter: the expression is not JSONata/,
    );
  });
});
