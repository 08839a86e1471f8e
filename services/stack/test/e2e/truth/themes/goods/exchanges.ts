import { describe, expect, it } from 'vitest';
import { goods, newPerson, orderOf } from '../../stage/order-input.ts';
import type { Payload } from '../../stage/settled.ts';
import type { Stage } from '../../stage/stage.ts';

const BOUGHT = 'TSHIRT-BLK-M';
const SENT = 'TSHIRT-BLK-L';

function lineOf(payload: Payload, sku: string) {
  return payload.lines.find(({ item }: { item: { sku: string } | null }) => item?.sku === sku);
}

const numbersOf = (quantity: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(quantity).map(([name, value]) => [name, Number(value)]));

export function showExchanges(stage: () => Stage): void {
  /** Buys, gets, and sends some of it back for a larger size. */
  async function exchange(store: 'main' | 'other', bought: number, sentBack: number) {
    const { shop, settle, sap } = stage();
    const order = await shop(store).place(orderOf(newPerson('Xenia', 'Change'), [goods(BOUGHT, bought, '25.00')]));
    await settle(order, { as: ['verified'] });
    await shop(store).fulfil(order);
    await settle(order, { when: ({ lines }) => Number(lines[0].quantity.fulfilled) === bought });
    await shop(store).act(order, {
      return: {
        lines: { '0': sentBack },
        exchange: [{ sku: SENT, title: 'T-shirt L', quantity: sentBack, price: '25.00' }],
        process: true,
      },
    });
    const { payload } = await settle(order, { when: (seen) => seen.lines.length === 2 });
    return { order, payload, document: await sap.order(order) };
  }

  describe.concurrent('an exchange', () => {
    it('keeps the returned line fulfilled and returned; the new line is marked, and kept off the order', async () => {
      const { payload, document } = await exchange('main', 1, 1);
      expect(numbersOf(lineOf(payload, BOUGHT).quantity)).toMatchObject({
        ordered: 1,
        fulfilled: 1,
        returned: 1,
        cancelled: 0,
      });
      const sent = lineOf(payload, SENT);
      expect(sent.kind).toBe('EXCHANGE');
      expect(payload.returns).toHaveLength(1);
      expect(sent.returnId).toBe(payload.returns[0].id);
      expect(payload.returns[0].exchangeLines).toMatchObject([{ lineIds: [sent.id], item: { sku: SENT } }]);
      expect(document.DocumentLines.map(({ ItemCode, Quantity }) => [ItemCode, Quantity])).toEqual([[BOUGHT, 1]]);
      expect(document.DocTotal).toBe(25);
    });

    it('of some of the pieces', async () => {
      const { payload, document } = await exchange('main', 3, 2);
      expect(numbersOf(lineOf(payload, BOUGHT).quantity)).toMatchObject({
        ordered: 3,
        fulfilled: 3,
        returned: 2,
        cancelled: 0,
      });
      expect(numbersOf(lineOf(payload, SENT).quantity)).toMatchObject({ ordered: 2, cancelled: 0, returned: 0 });
      expect(document.DocumentLines.map(({ ItemCode, Quantity }) => [ItemCode, Quantity])).toEqual([[BOUGHT, 3]]);
    });

    it('puts the new goods on the order where the flow says so', async () => {
      const { payload, document } = await exchange('other', 2, 1);
      expect(lineOf(payload, SENT).kind).toBe('EXCHANGE');
      expect(document.DocumentLines.map(({ ItemCode, Quantity }) => [ItemCode, Quantity])).toEqual([
        [BOUGHT, 2],
        [SENT, 1],
      ]);
    });
  });

  describe.concurrent('a return without exchange', () => {
    it('beside a refund without restock: one back, one refunded, one kept', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Trio', 'Three'), [goods(BOUGHT, 3, '25.00')]));
      await settle(order, { as: ['verified'] });
      await shop().fulfil(order);
      await shop().act(order, { return: { lines: { '0': 1 }, process: true, refund: '25.00' } });
      await shop().refund(order, { restockType: 'NO_RESTOCK', amount: '25.00', lines: { 0: 1 } });
      const { payload } = await settle(order, { when: ({ refunds }) => refunds.length === 2 });
      expect(numbersOf(payload.lines[0].quantity)).toEqual({
        ordered: 3,
        current: 1,
        fulfilled: 3,
        returned: 1,
        cancelled: 0,
      });
      expect((await sap.order(order)).DocumentLines[0]?.Quantity).toBe(3);
    });

    it('leaves the line fulfilled, returns what came back, and the order as it is', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Rhea', 'Turned'), [goods(BOUGHT, 3, '25.00')]));
      await settle(order, { as: ['verified'] });
      await shop().fulfil(order);
      await shop().act(order, { return: { lines: { '0': 1 }, process: true, refund: '25.00' } });
      const { payload } = await settle(order, { when: ({ lines }) => Number(lines[0].quantity.returned) === 1 });
      expect(numbersOf(payload.lines[0].quantity)).toMatchObject({
        ordered: 3,
        fulfilled: 3,
        returned: 1,
        cancelled: 0,
      });
      const document = await sap.order(order);
      expect(document.DocumentLines[0]?.Quantity).toBe(3);
      expect(document.DocTotal).toBe(75);
    });
  });
}
