import { createOrder, Decimal, type Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { MapInput, PlannedDocument } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';
import { documentOf, openCall, startTestSandbox, type TestSandbox, type TestTarget } from './sandbox-for-tests.ts';

const call = openCall();
let test: TestSandbox;
let target: TestTarget;
let lastId = 0;

beforeAll(async () => {
  test = await startTestSandbox();
  await test.control('PATCH', '/settings', { noisyDoubles: true });
  target = test.open();
});
afterAll(async () => {
  await target.close();
  await test.close();
});

const RATES = ['0', '0.07', '0.0725', '0.0825', '0.08875', '0.19', '0.2'] as const;

/** Lines as a shop makes them: discounts up to the value, tax by the rate, rounded line by line. */
const lineInputs = (included: boolean) =>
  fc
    .record({
      cents: fc.integer({ min: 1, max: 50_000 }),
      pieces: fc.integer({ min: 1, max: 40 }),
      discountShare: fc.integer({ min: 0, max: 100 }),
      rate: fc.constantFrom(...RATES),
    })
    .map(({ cents, pieces, discountShare, rate }): LineInput => {
      const price = new Decimal(cents).div(100);
      const full = price.times(pieces);
      const discount = full.times(discountShare).div(100).toDecimalPlaces(2);
      const value = full.minus(discount);
      const amount = included
        ? value.minus(value.div(new Decimal(1).plus(rate)).toDecimalPlaces(2))
        : value.times(rate).toDecimalPlaces(2);
      return {
        price: price.toFixed(),
        quantity: String(pieces),
        discount: discount.toFixed(),
        ...(rate === '0' ? {} : { tax: { rate, amount: amount.toFixed() } }),
      };
    });

interface Written {
  readonly body: Record<string, unknown>;
  readonly differences: unknown;
}

/** Refused: SAP's own tax would come out otherwise, which is said before anything is written. */
async function writeAndRead(order: Order, flow: FlowSettings<'order'>): Promise<Written | 'refused'> {
  const entity = target.entity('order');
  const context: MapInput<'order'> = {
    flow,
    resolved: [],
    profile: await target.companyProfile(call),
    sourceKey: `shop/${order.source.id}`,
    existing: () => null,
    now: () => Date.now(),
  };
  const outcome = entity.map(order, context);
  if (!outcome.ok && outcome.error.code === 'tax-differs') return 'refused';
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  const [document] = outcome.documents as [PlannedDocument];
  const written = await entity.create(document, call);
  const found = await entity.read(documentOf('order'), written.targetId ?? '', call);
  if (found === null) throw new Error('not found');
  return { body: found.body as Record<string, unknown>, differences: entity.compare(document, found, flow) };
}

const exact: readonly (readonly [string, boolean, Record<string, unknown>])[] = [
  ['rate, prices without tax', false, {}],
  ['rate, prices with tax', true, {}],
  ['rate, discounts as percentages', false, { discounts: 'percent' }],
  ['override', false, { tax: { policy: 'override' } }],
  ['override, prices with tax', true, { tax: { policy: 'override' } }],
  [
    'exempt, tax as freight',
    false,
    {
      tax: { policy: 'exempt-with-charge', exemptCode: 'EX', charge: { as: 'expense', expenseCode: 3, taxCode: 'EX' } },
    },
  ],
  [
    'exempt, tax as item, prices with tax',
    true,
    {
      tax: {
        policy: 'exempt-with-charge',
        exemptCode: 'EX',
        charge: { as: 'item', itemCode: 'CUSTOM', taxCode: 'EX' },
      },
    },
  ],
];

/** Charges as a shop makes them: tax by a rate, rounded charge by charge. */
const chargeInput = (included: boolean) =>
  fc.record({ cents: fc.integer({ min: 50, max: 9_999 }), rate: fc.constantFrom(...RATES) }).map(({ cents, rate }) => {
    const price = new Decimal(cents).div(100);
    const amount = included
      ? price.minus(price.div(new Decimal(1).plus(rate)).toDecimalPlaces(2))
      : price.times(rate).toDecimalPlaces(2);
    return { price: price.toFixed(), ...(rate === '0' ? {} : { tax: { rate, amount: amount.toFixed() } }) };
  });

type ChargeInput = { readonly price: string; readonly tax?: { readonly rate: string; readonly amount: string } };

/** An order with several shipping charges, and its first line spread over warehouses. */
function makeCharged(
  lines: readonly LineInput[],
  charges: readonly ChargeInput[],
  pieces: readonly number[],
  included: boolean,
): Order {
  lastId += 1;
  const [first, ...others] = lines as [LineInput, ...LineInput[]];
  const order = makeOrder({ id: String(lastId), lines: [first, ...others], taxesIncluded: included });
  const added = charges.map((shipping) => makeOrder({ lines: [], shipping, taxesIncluded: included }));
  const currency = 'USD';
  const bagOf = (amount: Decimal) => ({ base: { amount, currency }, document: null });
  const sumOf = (field: 'taxes' | 'total' | 'shipping') =>
    [order, ...added].reduce((sum, each) => sum.plus(each.totals.current[field].base.amount), new Decimal(0));
  const amounts = {
    ...order.totals.current,
    taxes: bagOf(sumOf('taxes')),
    shipping: bagOf(sumOf('shipping')),
    total: bagOf(sumOf('total')),
  };
  return {
    ...order,
    shippingLines: added.flatMap((each, index) => each.shippingLines.map((line) => ({ ...line, id: `s${index}` }))),
    fulfilmentGroups: createOrder({
      fulfilmentGroups: pieces.map((quantity, index) => ({
        id: `g${index}`,
        location: { id: String(index + 1) },
        status: 'OPEN',
        lines: [{ lineId: 'l1', quantity: new Decimal(quantity), remaining: new Decimal(quantity) }],
      })),
    }).fulfilmentGroups,
    totals: { original: amounts, current: amounts },
  };
}

describe('freight, rows of several charges and lines over several warehouses: the total and the tax to the cent, or refused', () => {
  const expense = { as: 'expense', expenseCode: 1 };
  const exempt = {
    policy: 'exempt-with-charge',
    exemptCode: 'EX',
    charge: { ...expense, expenseCode: 3, taxCode: 'EX' },
  };
  it.each([
    ['without tax, one charge', false, { shipping: expense }, 1, 0.1],
    ['with tax, one charge', true, { shipping: expense }, 1, 0.1],
    ['without tax, charges of one freight code', false, { shipping: expense }, 3, 0.1],
    ['with tax, charges of one freight code', true, { shipping: expense }, 3, 0.1],
    ['override, charges of one freight code', false, { shipping: expense, tax: { policy: 'override' } }, 3, 0],
    ['override, with tax', true, { shipping: expense, tax: { policy: 'override' } }, 3, 0],
    ['tax as a charge, with tax', true, { shipping: expense, tax: exempt }, 3, 0],
    ['charges as items, with tax', true, { shipping: { as: 'item', itemCode: 'SHIPPING' } }, 3, 0.1],
  ] as const)('%s', { timeout: 60_000 }, async (_name, included, settings, most, mayRefuse) => {
    const flow = {
      ...makeFlow(settings),
      totalTolerance: '0',
      valueMaps: { ...makeFlow().valueMaps, warehouse: { '1': '01', '2': '02', '*': '01' } },
    };
    const runs = 25;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(lineInputs(included), { minLength: 1, maxLength: 3 }),
        fc.array(chargeInput(included), { minLength: 1, maxLength: most }),
        fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 2 }),
        async (lines, charges, pieces) => {
          // Charges of one freight code have one tax.
          const rate = charges[0]?.tax?.rate;
          const alike = most === 1 ? charges : charges.filter((charge) => charge.tax?.rate === rate);
          const order = makeCharged(lines, alike, pieces, included);
          const written = await writeAndRead(order, flow);
          if (written === 'refused') {
            refused += 1;
            return;
          }
          const { total, taxes } = order.totals.current;
          const shown = (field: string) => new Decimal(written.body[field] as number).toDecimalPlaces(2).toFixed();
          expect(shown('DocTotal')).toBe(total.base.amount.toFixed());
          if (!('tax' in settings && settings.tax.policy === 'exempt-with-charge'))
            expect(shown('VatSum')).toBe(taxes.base.amount.toFixed());
          expect(written.differences).toEqual([]);
        },
      ),
      { numRuns: runs },
    );
    expect(refused / runs).toBeLessThanOrEqual(mayRefuse);
  });
});

describe('what SAP computes of our body is the total of the order, to the cent', () => {
  for (const [name, included, settings] of exact) {
    it(name, { timeout: 60_000 }, async () => {
      const flow = makeFlow(settings, { totalTolerance: '0' });
      let [delivered, refused] = [0, 0];
      await fc.assert(
        fc.asyncProperty(fc.array(lineInputs(included), { minLength: 1, maxLength: 12 }), async (lines) => {
          lastId += 1;
          const order = makeOrder({ id: String(lastId), lines, taxesIncluded: included, shipping: { price: '6.90' } });
          const written = await writeAndRead(order, flow);
          if (written === 'refused') {
            refused += 1;
            return;
          }
          delivered += 1;
          const { body, differences } = written;
          expect(new Decimal(body.DocTotal as number).toDecimalPlaces(2).toFixed()).toBe(
            order.totals.current.total.base.amount.toFixed(),
          );
          expect(differences).toEqual([]);
        }),
        { numRuns: 25 },
      );
      // Only where SAP computes the tax of a split line itself may a cent be out of reach.
      if (settings.tax !== undefined || included) expect(refused).toBe(0);
      expect(delivered).toBeGreaterThan(refused * 4);
    });
  }
});
