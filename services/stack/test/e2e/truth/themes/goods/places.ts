import { describe, expect, it } from 'vitest';
import { goods, newPerson, orderOf } from '../../stage/order-input.ts';
import type { SapOrder } from '../../stage/sap-side.ts';
import type { Stage } from '../../stage/stage.ts';

/** What is to leave from where: warehouse and item → pieces. */
function leavingFrom(order: SapOrder): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { WarehouseCode, ItemCode, Quantity } of order.DocumentLines) {
    const place = `${WarehouseCode} ${ItemCode}`;
    sums[place] = (sums[place] ?? 0) + Quantity;
  }
  return sums;
}

export function showPlaces(stage: () => Stage): void {
  const from = (location: string, lines: Readonly<Record<number, number>>, status = 'OPEN') => ({
    location,
    status,
    lines: Object.entries(lines).map(([line, quantity]) => ({ line: Number(line), quantity })),
  });

  describe.concurrent('a line split over places is a row for each place', () => {
    it('and a cancelled group counts for nothing', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Petra', 'Place'), [goods('TOTE-NATURAL', 2, '14.00')]), {
        fulfillmentOrders: [
          from('Main warehouse', { 0: 2 }, 'CANCELLED'),
          from('Downtown store', { 0: 1 }),
          from('North depot', { 0: 1 }),
        ],
      });
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(leavingFrom(document)).toEqual({ 'W-TOWN TOTE-NATURAL': 1, 'W-NORTH TOTE-NATURAL': 1 });
      expect(document.DocTotal).toBe(28);
    });

    it('three places, a line of which only one has all, and a sum that no single price gives', async () => {
      const { shop, settle, sap } = stage();
      const lines = [goods('POSTER-A2', 7, '17.50'), goods('MUG-BLACK', 1, '12.50')];
      const order = await shop().place(
        orderOf(newPerson('Thea', 'Three'), lines, {
          discountCode: {
            itemFixedDiscountCode: { code: 'TEN', amountSet: { shopMoney: { amount: '10.00', currencyCode: 'USD' } } },
          },
        }),
        {
          fulfillmentOrders: [
            from('North depot', { 0: 3 }),
            from('Downtown store', { 0: 2, 1: 1 }),
            from('Main warehouse', { 0: 2 }),
          ],
        },
      );
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(leavingFrom(document)).toEqual({
        'W-NORTH POSTER-A2': 3,
        'W-TOWN POSTER-A2': 2,
        'W-MAIN POSTER-A2': 2,
        'W-TOWN MUG-BLACK': 1,
      });
      expect(document.DocTotal).toBe(125);
    });

    it('moved to another place, whole: the row moves with it', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Mo', 'Ved'), [goods('TOTE-NATURAL', 3, '14.00')]));
      await settle(order);
      expect(leavingFrom(await sap.order(order))).toEqual({ 'W-MAIN TOTE-NATURAL': 3 });
      await shop().act(order, { move: { to: 'North depot' } });
      await settle(order, { when: (payload) => JSON.stringify(payload.fulfilmentGroups).includes('North depot') });
      expect(leavingFrom(await sap.order(order))).toEqual({ 'W-NORTH TOTE-NATURAL': 3 });
    });

    it('moved in part: two rows, and the total stays', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Paz', 'Artly'), [goods('TOTE-NATURAL', 3, '14.00')]));
      await settle(order);
      await shop().act(order, { move: { to: 'Downtown store', lines: { '0': 2 } } });
      await settle(order, { when: (payload) => JSON.stringify(payload.fulfilmentGroups).includes('Downtown store') });
      const document = await sap.order(order);
      const open = {
        ...document,
        DocumentLines: document.DocumentLines.filter(({ LineStatus }) => LineStatus === 'bost_Open'),
      };
      expect(leavingFrom(open)).toEqual({ 'W-MAIN TOTE-NATURAL': 1, 'W-TOWN TOTE-NATURAL': 2 });
      expect(document.DocTotal).toBe(42);
    });

    it('a place that no warehouse stands for is named, and nothing is guessed', async () => {
      const { shop, settle, sap } = stage();
      const lines = [goods('TOTE-NATURAL', 2, '1400', {}, 'JPY')];
      const order = await shop('yen').place(orderOf(newPerson('Nowe', 'Re'), lines, { currency: 'JPY' }), {
        fulfillmentOrders: [from('Downtown store', { 0: 1 }), from('North depot', { 0: 1 })],
      });
      const { delivery } = await settle(order, { as: ['failed'] });
      expect(JSON.stringify(delivery.error)).toContain('North depot');
      expect(delivery.error?.advice).toMatch(/warehouse/);
      expect(await sap.orders(order)).toHaveLength(0);
    });

    it('one place has handed over, the other not yet', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Hank', 'Yet'), [goods('NOTEBOOK-A5', 4, '9.90')]), {
        fulfillmentOrders: [from('Downtown store', { 0: 1 }), from('North depot', { 0: 3 })],
      });
      await settle(order);
      await shop().fulfil(order, { 0: 1 });
      await settle(order, { when: ({ lines }) => Number(lines[0].quantity.fulfilled) === 1 });
      const document = await sap.order(order);
      expect(leavingFrom(document)).toEqual({ 'W-TOWN NOTEBOOK-A5': 1, 'W-NORTH NOTEBOOK-A5': 3 });
      expect(document.DocTotal).toBe(39.6);
    });
  });
}
