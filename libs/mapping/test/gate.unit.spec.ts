import {
  createOrderPayment,
  createPaymentTerms,
  createRef,
  Decimal,
  describeRecord,
  formatFacts,
  type Order,
  type OrderPayment,
  parseFacts,
  paymentStatusValues,
  type Sparse,
} from '@entrepot/canonical';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideFlow, type FlowSettings, MappingError } from '../src/index.ts';
import { flow, order } from './orders.ts';

const fresh = { linked: false };

/** As a router decides: upon what the header says of the order, which is the same as what the order itself says. */
async function decideByHeader(
  settings: FlowSettings,
  entityName: 'order',
  given: Order,
  context: { readonly linked: boolean },
) {
  const said = describeRecord(entityName, given);
  const read = parseFacts(entityName, formatFacts(said));
  expect(read).toEqual(said);
  return decideFlow(settings, entityName, read ?? said, async () => given, context);
}

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
    const decision = await decideByHeader(flow(settings), 'order', order(given as object), fresh);
    expect(decision).toMatchObject(reasonCode === null ? { matched: true } : { matched: false, reasonCode });
  });

  it('a chosen manual method lets an unpaid order in, whatever its case', async () => {
    const settings = flow({ gate: { manualPaymentMethods: ['Bank  Deposit'] } });
    const unpaid = order({
      paymentStatus: 'UNPAID',
      payments: [createOrderPayment({ id: 'p1', gateway: 'bank deposit' })],
    });
    expect(await decideByHeader(settings, 'order', unpaid, fresh)).toEqual({ matched: true });
    expect(await decideByHeader(settings, 'order', order({ paymentStatus: 'UNPAID' }), fresh)).toMatchObject({
      reason: 'its payment is UNPAID; the flow takes paid or authorized, or orders paid by Bank  Deposit',
    });
  });

  describe('payment terms', () => {
    const terms = createPaymentTerms({ id: '88', number: '30N', name: 'Net 30', kind: 'net', dueInDays: 30 });
    const card = (given: Sparse<OrderPayment>) =>
      createOrderPayment({ id: 'p1', kind: 'SALE', gateway: 'shopify_payments', method: 'CARD', ...given });
    const decide = (names: readonly string[], given: Sparse<Order>) =>
      decideByHeader(flow({ gate: { manualPaymentMethods: names } }), 'order', order(given), fresh);

    it.each(['Net 30', 'net  30', '30n', '88', 'NET', 'net', 'TERMS', 'terms', ' Terms '])(
      'let an order without any payment in, named %j',
      async (name) => {
        const given = { paymentStatus: 'UNPAID', paymentStatusRaw: 'PENDING', terms } as const;
        expect(await decide([name], given)).toEqual({ matched: true });
        expect(await decide([name], { ...given, terms: null })).toMatchObject({ reasonCode: 'payment-not-ready' });
      },
    );

    it.each<[string, Sparse<Order>]>([
      ['a deposit by card', { paymentStatus: 'PARTIALLY_PAID', payments: [card({ status: 'SUCCEEDED' })] }],
      ['a card payment that failed', { paymentStatus: 'UNPAID', payments: [card({ status: 'FAILED' })] }],
      ['an authorisation that ran out', { paymentStatus: 'EXPIRED', payments: [card({ kind: 'AUTHORIZE' })] }],
      ['an authorisation that was voided', { paymentStatus: 'VOIDED', payments: [card({ kind: 'AUTHORIZE' })] }],
      ['a state that the source does not name', { paymentStatus: 'UNKNOWN', paymentStatusRaw: 'PENDING_NET' }],
      [
        'other words for its terms',
        { paymentStatus: 'UNPAID', terms: createPaymentTerms({ name: 'Fällig in 14 Tagen' }) },
      ],
    ])('let an order in beside %s', async (_case, given) => {
      expect(await decide(['terms'], { terms, ...given })).toEqual({ matched: true });
      expect(await decide([], { terms, ...given })).toMatchObject({ matched: false });
    });

    it('let in an order whose payment says that it goes by terms', async () => {
      const given = { paymentStatus: 'UNPAID', payments: [createOrderPayment({ id: 'p', method: 'TERMS' })] } as const;
      expect(await decide(['terms'], given)).toEqual({ matched: true });
    });

    it('are not what another name says', async () => {
      const given = { paymentStatus: 'UNPAID', terms } as const;
      expect(await decide(['Net 60', 'Bank Deposit', 'receipt'], given)).toMatchObject({ matched: false });
    });

    it('are named by the reason, so that a person knows what would let the order in', async () => {
      const given = { paymentStatus: 'UNPAID', paymentStatusRaw: 'PENDING', terms } as const;
      expect(await decide(['Bank Deposit'], given)).toMatchObject({
        reason:
          'its payment is UNPAID (in the source: PENDING); the flow takes paid or authorized, or orders paid by Bank Deposit; to take such orders unpaid, name "Net 30", "30N", "net" or "terms" in gate.manualPaymentMethods',
      });
    });
  });

  it('the reason advises no card, and nothing where there is no name', async () => {
    const byCard = createOrderPayment({ id: '1', gateway: 'shopify_payments', methodRaw: 'visa', method: 'CARD' });
    for (const payments of [[byCard], []])
      expect(await decideByHeader(flow(), 'order', order({ paymentStatus: 'UNPAID', payments }), fresh)).toMatchObject({
        reason: 'its payment is UNPAID; the flow takes paid or authorized',
      });
    const byDeposit = createOrderPayment({ id: '1', gateway: 'Bank Deposit', method: 'MANUAL', status: 'PENDING' });
    expect(
      await decideByHeader(flow(), 'order', order({ paymentStatus: 'UNPAID', payments: [byDeposit] }), fresh),
    ).toMatchObject({
      reason: expect.stringMatching(/; to take such orders unpaid, name "Bank Deposit" in gate\.manual/),
    });
  });

  it.each<[string, Sparse<Order>]>([
    ['failed', { paymentStatus: 'UNPAID', payments: [{ id: '1', gateway: 'Bank Deposit', status: 'FAILED' }] }],
    [
      'was cancelled',
      { paymentStatus: 'UNPAID', payments: [{ id: '1', gateway: 'Bank Deposit', status: 'CANCELLED' }] },
    ],
    [
      'was voided',
      {
        paymentStatus: 'UNPAID',
        payments: [
          { id: '1', kind: 'SALE', gateway: 'Bank Deposit', status: 'PENDING' },
          { id: '2', parentId: '1', kind: 'VOID', gateway: 'Bank Deposit', status: 'SUCCEEDED' },
        ],
      },
    ],
    [
      'was voided, as the order says',
      { paymentStatus: 'VOIDED', payments: [{ id: '1', gateway: 'Bank Deposit', status: 'PENDING' }] },
    ],
    [
      'ran out, as the order says',
      { paymentStatus: 'EXPIRED', payments: [{ id: '1', gateway: 'Bank Deposit', status: 'PENDING' }] },
    ],
    [
      'was only given back',
      {
        paymentStatus: 'UNPAID',
        payments: [{ id: '1', kind: 'REFUND', gateway: 'Bank Deposit', status: 'SUCCEEDED' }],
      },
    ],
  ])('a chosen method whose payment %s lets nothing in', async (_case, given) => {
    const settings = flow({ gate: { manualPaymentMethods: ['Bank Deposit'] } });
    const decision = await decideByHeader(settings, 'order', order(given), fresh);
    expect(decision).toMatchObject({ matched: false, reasonCode: 'payment-not-ready' });
    expect((decision as { reason: string }).reason).not.toContain('name "Bank Deposit"');
  });

  it('a method that is chosen lets in the rest of an order that is paid in part, and one that waits', async () => {
    const settings = flow({ gate: { manualPaymentMethods: ['Bank Deposit'] } });
    for (const paymentStatus of ['PARTIALLY_PAID', 'UNPAID'] as const) {
      const payments = [{ id: '1', kind: 'SALE', gateway: 'Bank Deposit', status: 'PENDING' }] as const;
      expect(await decideByHeader(settings, 'order', order({ paymentStatus, payments }), fresh)).toEqual({
        matched: true,
      });
    }
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
          expect(await decideByHeader(settings, 'order', order(given), { linked: true })).toEqual({ matched: true });
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
          const strict = await decideByHeader(flow(), 'order', order(given), fresh);
          if (!strict.matched) expect(strict.reason.length).toBeGreaterThan(10);
          expect((await decideByHeader(open, 'order', order(given), fresh)).matched).toBe(!given.deleted);
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
    const decision = await decideByHeader(flow({ filter }), 'order', given, fresh);
    expect(decision.matched).toBe(matched);
    if (!decision.matched)
      expect(decision).toMatchObject({ reasonCode: 'filtered', reason: expect.stringContaining(filter) });
  });

  it('a failing filter is an error, not a no', async () => {
    await expect(decideByHeader(flow({ filter: '1 + test' }), 'order', order(), fresh)).rejects.toThrow(MappingError);
    await expect(decideByHeader({ ...flow(), filter: 'a) or (b' }, 'order', order(), fresh)).rejects.toThrow(
      /filter: the expression is not JSONata/,
    );
  });
});
