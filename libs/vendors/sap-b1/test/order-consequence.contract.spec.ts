import { Decimal, type Order } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  change,
  deliver,
  inSap,
  lines,
  listNoted,
  moveInSap,
  orderOf,
  sapMove,
} from './order-changes-for-tests.ts';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { target, useSandbox } from './sandbox-under-test.ts';

useSandbox();

describe('what the source empties becomes empty in the target', () => {
  it('the note', async () => {
    const before = await deliver(orderOf({ note: 'leave at door' }));
    expect(bodyOf(before.current).Comments).toBe('leave at door');
    const { outcome, current, left } = await change(before, orderOf({ note: null }));
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current).Comments ?? '').toBe('');
    expect(left).toEqual([]);
  });

  it('own fields of the flow', async () => {
    const field = { TableName: 'ORDR', Name: 'Channel', Description: 'Channel', Type: 'db_Alpha', Size: 50 };
    await inSap('UserFieldsMD', field);
    const before = await deliver(orderOf(), makeFlow(), { U_Channel: 'web' });
    expect(bodyOf(before.current).U_Channel).toBe('web');
    const { outcome, current, left } = await change(before, orderOf(), makeFlow(), { U_Channel: null });
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current).U_Channel ?? null).toBeNull();
    expect(left).toEqual([]);
  });

  it('sales employee and shipping type, where the flow maps them', async () => {
    const flow = makeFlow({}, { valueMaps: { tax: { '0': 'EX' }, salesPerson: { s1: '1' }, shipVia: { ups: '1' } } });
    const ref = (id: string) => ({ id, number: null, name: null, externalIds: [] });
    const before = await deliver(orderOf({ salesperson: ref('s1'), shipVia: ref('ups') }), flow);
    expect(bodyOf(before.current)).toMatchObject({ SalesPersonCode: 1, TransportationCode: 1 });
    const { outcome, current, left } = await change(before, orderOf(), flow);
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current)).toMatchObject({ SalesPersonCode: -1, TransportationCode: null });
    expect(left).toEqual([]);
  });

  it('second address line and company', async () => {
    const order = orderOf();
    const full = { ...order.shipTo, lines: ['1 Main Street', 'Flat 2'], company: 'Example Ltd' } as Order['shipTo'];
    const before = await deliver({ ...order, shipTo: full });
    expect(Object.values(bodyOf(before.current).AddressExtension ?? {})).toEqual(
      expect.arrayContaining(['Flat 2', 'Example Ltd']),
    );
    const { outcome, current, left } = await change(before, order);
    expect(outcome.status).toBe('applied');
    const texts = Object.entries(bodyOf(current).AddressExtension ?? {})
      .filter(([name]) => name.startsWith('ShipTo'))
      .map(([, value]) => value);
    expect(texts).not.toContain('Flat 2');
    expect(texts).not.toContain('Example Ltd');
    expect(left).toEqual([]);
  });

  it('a cash rounding that is over', async () => {
    const rounded = orderOf();
    const cash = { base: { amount: new Decimal('0.01'), currency: 'USD' }, document: null };
    const total = { base: { amount: new Decimal('40'), currency: 'USD' }, document: null };
    const totals = {
      original: rounded.totals.original,
      current: { ...rounded.totals.current, cashRounding: cash, total },
    };
    const before = await deliver({ ...rounded, totals });
    expect(bodyOf(before.current).DocTotal).toBe(40);
    const { outcome, current, left } = await change(before, rounded);
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current).DocTotal).toBe(39.99);
    expect(left).toEqual([]);
  });

  it('what was emptied in the source and is not empty in SAP is a difference, and moves the hash', async () => {
    const { document, current } = await deliver(orderOf());
    const touched = { ...current, body: { ...bodyOf(current), Comments: 'somebody wrote here' } };
    expect(
      target
        .entity('order')
        .compare(document, touched, makeFlow())
        .map(({ path }) => path),
    ).toEqual(['Comments']);
    for (const name of ['Comments', 'SalesPersonCode', 'U_Channel', 'OpeningRemarks']) {
      const other = { ...current, body: { ...bodyOf(current), [name]: 'x' } };
      expect(target.entity('order').stateHash(documentOf('order'), other)).not.toBe(
        target.entity('order').stateHash(documentOf('order'), current),
      );
    }
  });
});

describe('a change of no consequence is no failure', () => {
  it.each(['close', 'cancel', 'deliver'])(
    'a note and an address after the order was taken to its end: %s',
    async (move) => {
      const before = await deliver(orderOf());
      if (move === 'deliver') await sapMove(before, 'deliver');
      else await moveInSap(before, move);
      const later = orderOf({ note: 'call before' });
      const { outcome, left } = await change(before, {
        ...later,
        shipTo: { ...later.shipTo, city: 'Albany' } as never,
      });
      expect(outcome.status).toBe('unchanged');
      expect(listNoted(outcome)).toEqual([
        ...(move === 'cancel' ? ['state'] : []),
        'Comments',
        'AddressExtension.ShipToCity',
      ]);
      expect(left).toEqual([]);
    },
  );

  it('nothing differs: nothing is noted', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver');
    expect((await change(before, orderOf())).outcome).toEqual({ status: 'unchanged' });
  });

  it.each([
    ['goods', [{ ...lines[0], quantity: '1' }, lines[1]]],
    ['money', [{ ...lines[0], price: '11.00' }, lines[1]]],
    ['a line more', [...lines, { id: 'c', sku: 'TOTE-NATURAL', price: '14.00' }]],
  ] as const)('a change of %s still needs a person', async (_what, given) => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver');
    const { outcome } = await change(before, orderOf({}, given as unknown as LineInput[]));
    expect(outcome).toMatchObject({ status: 'refused', error: { code: 'order-closed' } });
  });

  it('shipping dearer after closing needs a person too', async () => {
    const before = await deliver(makeOrder({ lines, shipping: { price: '5.00' } }));
    await sapMove(before, 'deliver');
    const { outcome } = await change(before, makeOrder({ lines, shipping: { price: '6.00' } }));
    expect(outcome).toMatchObject({ status: 'refused', error: { code: 'order-closed' } });
  });

  it('closed short, and the shop takes off what was not delivered: noted, and no failure', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver', { quantities: { 0: 1, 1: 1 } });
    await moveInSap(before, 'close');
    const { outcome, left } = await change(
      before,
      orderOf({}, [{ ...lines[0], quantity: '1' }, lines[1]] as LineInput[]),
    );
    expect(outcome.status).toBe('unchanged');
    expect(listNoted(outcome)).toEqual([
      'DocumentLines[LineNum=0].Quantity',
      'DocumentLines[LineNum=0].LineTotal',
      'DocTotal',
    ]);
    expect(left).toEqual([]);
    const more = await change(before, orderOf({}, [{ ...lines[0], quantity: '3' }, lines[1]] as LineInput[]));
    expect(more.outcome).toMatchObject({ status: 'refused', error: { code: 'order-closed' } });
  });

  it('delivered and refunded without restock: unchanged', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver');
    const order = orderOf();
    const refunded = {
      ...order,
      lines: order.lines.map((line) =>
        line.id === 'a'
          ? { ...line, quantity: { ...line.quantity, current: new Decimal(1), fulfilled: new Decimal(2) } }
          : line,
      ),
    };
    expect((await change(before, refunded)).outcome).toEqual({ status: 'unchanged' });
  });
});
