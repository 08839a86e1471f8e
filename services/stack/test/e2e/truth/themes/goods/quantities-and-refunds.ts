import { describe, expect, it } from 'vitest';
import { goods, money, newPerson, orderOf, tax } from '../../stage/order-input.ts';
import type { SapOrder } from '../../stage/sap-side.ts';
import type { Payload } from '../../stage/settled.ts';
import type { Stage } from '../../stage/stage.ts';

/** Ordered, current, fulfilled, cancelled, returned of a line. */
function quantitiesOf(payload: Payload, position = 0): readonly number[] {
  const { ordered, current, fulfilled, cancelled, returned } = payload.lines[position].quantity;
  return [ordered, current, fulfilled, cancelled, returned].map(Number);
}

/** Pieces of an item that the sales order has, open or delivered. */
function piecesOf(order: SapOrder, itemCode: string): number {
  return order.DocumentLines.filter((line) => line.ItemCode === itemCode).reduce((sum, line) => sum + line.Quantity, 0);
}

function isOff(order: SapOrder): boolean {
  return order.Cancelled === 'tYES' || order.DocumentLines.every(({ LineStatus }) => LineStatus === 'bost_Close');
}

const refundsOf = (payload: Payload): number => payload.refunds.length;

export function showQuantitiesAndRefunds(stage: () => Stage): void {
  describe.concurrent('quantities follow from fulfilments, returns and refunds together', () => {
    const shirts = (quantity: number) => goods('TSHIRT-BLK-M', quantity, '25.00');
    const mug = goods('MUG-WHITE', 1, '12.50');

    it('handed over and refunded without restock: the order keeps the pieces', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Hanna', 'Over'), [shirts(2), mug]));
      await settle(order);
      await shop().fulfil(order);
      await settle(order, { when: (payload) => quantitiesOf(payload)[2] === 2 });
      await shop().refund(order, { restockType: 'NO_RESTOCK', amount: '25.00', lines: { 0: 1 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      const [ordered, , fulfilled, cancelled] = quantitiesOf(payload);
      expect({ ordered, fulfilled, cancelled }).toEqual({ ordered: 2, fulfilled: 2, cancelled: 0 });
      const document = await sap.order(order);
      expect(piecesOf(document, 'TSHIRT-BLK-M')).toBe(2);
      expect(document.DocTotal).toBe(62.5);
    });

    it('the same when SAP has delivered before: nothing to do, and no failure', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Delia', 'Livered'), [shirts(2), mug]));
      await settle(order);
      await sap.deliver(order);
      await shop().fulfil(order);
      await shop().refund(order, { restockType: 'NO_RESTOCK', amount: '25.00', lines: { 0: 1 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      expect(quantitiesOf(payload)[3]).toBe(0);
      expect((await sap.order(order)).DocTotal).toBe(62.5);
    });

    it('restocked as a return after hand-over: fulfilled stays', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Rita', 'Turn'), [shirts(3)]));
      await shop().fulfil(order);
      await settle(order, { when: (payload) => quantitiesOf(payload)[2] === 3 });
      await shop().refund(order, { restockType: 'RETURN', amount: '25.00', lines: { 0: 1 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      const [ordered, , fulfilled, cancelled] = quantitiesOf(payload);
      expect({ ordered, fulfilled, cancelled }).toEqual({ ordered: 3, fulfilled: 3, cancelled: 0 });
      expect(piecesOf(await sap.order(order), 'TSHIRT-BLK-M')).toBe(3);
    });

    it('one taken off before, one refunded after hand-over', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Tova', 'Twice'), [shirts(3)]));
      await settle(order);
      await shop().refund(order, { restockType: 'CANCEL', amount: '25.00', lines: { 0: 1 } });
      await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      expect(piecesOf(await sap.order(order), 'TSHIRT-BLK-M')).toBe(2);
      await shop().fulfil(order);
      await shop().refund(order, { restockType: 'NO_RESTOCK', amount: '25.00', lines: { 0: 1 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 2 });
      expect(quantitiesOf(payload)).toEqual([3, 1, 2, 1, 0]);
      expect(piecesOf(await sap.order(order), 'TSHIRT-BLK-M')).toBe(2);
    });

    it('half handed over, the other half refunded without restock: that half was never handed over', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Hale', 'Half'), [shirts(2)]));
      await settle(order);
      await shop().fulfil(order, { 0: 1 });
      await settle(order, { when: (payload) => quantitiesOf(payload)[2] === 1 });
      await shop().refund(order, { restockType: 'NO_RESTOCK', amount: '25.00', lines: { 0: 1 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      expect(quantitiesOf(payload)).toEqual([2, 1, 1, 1, 0]);
      expect(piecesOf(await sap.order(order), 'TSHIRT-BLK-M')).toBe(1);
    });

    it('half delivered in SAP, too, when the rest is refunded: the row has what went out', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Parti', 'Ally'), [shirts(3), mug]));
      await settle(order);
      await sap.deliver(order, { 0: 1 });
      await shop().fulfil(order, { 0: 1 });
      await shop().refund(order, { restockType: 'CANCEL', amount: '50.00', lines: { 0: 2 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      expect(quantitiesOf(payload)).toEqual([3, 1, 1, 2, 0]);
      const document = await sap.order(order);
      expect(piecesOf(document, 'TSHIRT-BLK-M')).toBe(1);
      expect(document.DocTotal).toBe(37.5);
    });

    it('all of it handed over, all of it refunded without restock: the order stays', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Alma', 'All'), [shirts(2)]));
      await settle(order);
      await shop().fulfil(order);
      await shop().refund(order, { restockType: 'NO_RESTOCK', amount: '50.00', lines: { 0: 2 } });
      const { payload } = await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      const [ordered, , fulfilled, cancelled] = quantitiesOf(payload);
      expect({ ordered, fulfilled, cancelled }).toEqual({ ordered: 2, fulfilled: 2, cancelled: 0 });
      const document = await sap.order(order);
      expect(document.Cancelled).toBe('tNO');
      expect(piecesOf(document, 'TSHIRT-BLK-M')).toBe(2);
    });
  });

  describe.concurrent('an order of which nothing is wanted any more is off in the target', () => {
    const shirts = goods('TSHIRT-BLK-M', 2, '25.00');
    const offOrder = async (
      act: (
        place: ReturnType<Stage['shop']>,
        order: Awaited<ReturnType<ReturnType<Stage['shop']>['place']>>,
      ) => Promise<void>,
      refunds: number,
    ) => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Otto', 'Off'), [shirts]));
      await settle(order);
      await act(shop(), order);
      const { payload } = await settle(order, {
        when: (seen) => refundsOf(seen) === refunds && Number(seen.lines[0].quantity.current) === 0,
      });
      expect(quantitiesOf(payload)).toEqual([2, 0, 0, 2, 0]);
      expect(payload.fulfilmentStatus).toBe('UNFULFILLED');
      const document = await sap.order(order);
      expect(isOff(document), JSON.stringify(document)).toBe(true);
    };

    it('refunded whole before shipping', () =>
      offOrder((shop, order) => shop.refund(order, { restockType: 'CANCEL', amount: '50.00', lines: { 0: 2 } }), 1));

    it('refunded piece by piece before shipping, the last one without restock', () =>
      offOrder(async (shop, order) => {
        await shop.refund(order, { restockType: 'CANCEL', amount: '25.00', lines: { 0: 1 } });
        await shop.refund(order, { restockType: 'NO_RESTOCK', amount: '25.00', lines: { 0: 1 } });
      }, 2));

    it('refunded whole with its freight, with tax on both', async () => {
      const { shop, settle, sap } = stage();
      const vat = (amount: string) => [tax('VAT', 0.07, amount)];
      const order = await shop().place(
        orderOf(newPerson('Fred', 'Freight'), [{ ...shirts, taxLines: vat('3.50') }], {
          shippingLines: [{ title: 'Parcel', priceSet: money('10.00'), taxLines: vat('0.70') }],
        }),
      );
      await settle(order, { as: ['verified'] });
      await shop().act(order, {
        refund: {
          lines: { '0': { quantity: 2, restockType: 'CANCEL' } },
          amount: '64.20',
          shipping: '10.00',
        },
      });
      await settle(order, { when: (seen) => refundsOf(seen) === 1 });
      expect(isOff(await sap.order(order))).toBe(true);
    });

    it('edited down to nothing', () => offOrder((shop, order) => shop.act(order, { quantities: { '0': 0 } }), 0));
  });

  describe.concurrent('fulfilment states follow from lines', () => {
    it('cancelled before shipping is not fulfilled, and the word of the shop is kept', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Cano', 'Celled'), [goods('STICKER-SET', 1, '4.99')]));
      await settle(order);
      await shop().act(order, { cancel: { refund: true } });
      const { payload } = await settle(order, { when: ({ cancelledAt }) => cancelledAt !== null });
      expect(payload.fulfilmentStatus).toBe('UNFULFILLED');
      expect(payload.fulfilmentStatusRaw).toBe('FULFILLMENT_NOT_REQUIRED');
      expect(isOff(await sap.order(order))).toBe(true);
    });

    it('half of it handed over, then all', async () => {
      const { shop, settle } = stage();
      const order = await shop().place(orderOf(newPerson('Parker', 'Part'), [goods('MUG-BLACK', 2, '12.50')]));
      expect((await settle(order)).payload.fulfilmentStatus).toBe('UNFULFILLED');
      await shop().fulfil(order, { 0: 1 });
      await settle(order, { when: ({ fulfilmentStatus }) => fulfilmentStatus === 'PARTIALLY_FULFILLED' });
      await shop().fulfil(order);
      await settle(order, { when: ({ fulfilmentStatus }) => fulfilmentStatus === 'FULFILLED' });
    });
  });
}
