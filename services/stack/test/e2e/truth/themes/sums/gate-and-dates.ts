import { describe, expect, it } from 'vitest';
import { goods, money, newPerson, orderOf } from '../../stage/order-input.ts';
import type { Stage } from '../../stage/stage.ts';

const PRINTERS = [goods('A00002', 2, '150.00')];
const NET_30 = { name: 'Net 30', type: 'NET', dueInDays: 30 };

const dayOf = (date: string): string => date.slice(0, 10);

export function showGateAndDates(stage: () => Stage): void {
  describe.concurrent('orders on payment terms', () => {
    const unpaid = (lines = PRINTERS) =>
      orderOf(newPerson('Tess', 'Terms'), lines, { financialStatus: 'PENDING', transactions: [] });

    it('net terms without any transaction pass a gate that names them, and arrive with their terms', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(unpaid(), { paymentTerms: NET_30 });
      const { payload } = await settle(order, { as: ['verified'] });
      expect(payload.paymentStatus).toBe('UNPAID');
      expect(payload.payments).toEqual([]);
      expect(payload.terms).toMatchObject({ name: 'Net 30', dueInDays: 30 });
      const document = await sap.order(order);
      expect(document.DocTotal).toBe(300);
      expect(document.PaymentGroupCode).toBe(1);
    });

    it('terms with a deposit tell all their parts', async () => {
      const { shop, settle } = stage();
      const order = await shop().place(unpaid(), {
        paymentTerms: {
          name: 'Deposit and rest',
          type: 'FIXED',
          schedules: [
            { amount: '90.00', dueAt: '2026-12-01T00:00:00Z' },
            { amount: '210.00', dueAt: '2027-01-15T00:00:00Z' },
          ],
        },
      });
      const { payload } = await settle(order, { as: ['verified'] });
      const parts = payload.terms.schedules.map((part: { amount: { base: { amount: string } }; dueAt: string }) => [
        Number(part.amount.base.amount),
        dayOf(part.dueAt),
      ]);
      expect(parts).toEqual([
        [90, '2026-12-01'],
        [210, '2027-01-15'],
      ]);
    });

    it('a deposit that was paid does not keep the rest on terms out', async () => {
      const { shop, settle, sap } = stage();
      const input = orderOf(newPerson('Depp', 'Osit'), PRINTERS, {
        financialStatus: 'PARTIALLY_PAID',
        transactions: [{ kind: 'SALE', status: 'SUCCESS', gateway: 'card', amountSet: money('90.00') }],
      });
      const order = await shop().place(input, { paymentTerms: NET_30 });
      const { payload } = await settle(order, { as: ['verified'] });
      expect(payload.paymentStatus).toBe('PARTIALLY_PAID');
      expect((await sap.order(order)).DocTotal).toBe(300);
    });

    it('a flow may name the kind of terms, or all terms', async () => {
      const { shop, settle } = stage();
      const kind = await shop('jurisdiction').place(unpaid(), {
        paymentTerms: { name: 'Net 45', type: 'NET', dueInDays: 45 },
      });
      await settle(kind, { as: ['verified'] });
      const yen = [goods('A00002', 1, '15000', {}, 'JPY')];
      const any = await shop('yen').place(
        { ...unpaid(yen), currency: 'JPY' },
        {
          paymentTerms: { name: 'Due on receipt', type: 'RECEIPT' },
          fulfillmentOrders: [{ location: 'Downtown store', lines: [{ line: 0, quantity: 1 }] }],
        },
      );
      await settle(any, { as: ['verified'] });
    });

    it('the same order in a flow that does not name them stays out, and is told why', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop('other').place(unpaid(), { paymentTerms: NET_30 });
      const { delivery } = await settle(order, { as: ['skipped'] });
      expect(delivery.reason).toMatch(/UNPAID/);
      expect(await sap.orders(order)).toHaveLength(0);
    });

    it('other terms, and none, stay out', async () => {
      const { shop, settle, sap } = stage();
      const orders = await Promise.all([
        shop().place(unpaid(), { paymentTerms: { name: 'Due on receipt', type: 'RECEIPT' } }),
        shop().place(unpaid()),
      ]);
      for (const order of orders) {
        await settle(order, { as: ['skipped'] });
        expect(await sap.orders(order)).toHaveLength(0);
      }
    });
  });

  describe.concurrent('the business date', () => {
    const placeAt = async (processedAt: string, store: 'main' | 'other' | 'euro' = 'main') => {
      const { shop, settle, company } = stage();
      const currency = store === 'euro' ? 'EUR' : 'USD';
      const lines = [goods('MUG-WHITE', 1, '12.50', {}, currency)];
      const order = await shop(store).place(
        orderOf(newPerson('Ina', 'Port'), lines, { processedAt, currency, sourceName: 'marketplace' }),
      );
      await settle(order, { as: ['verified'] });
      const { DocDate, TaxDate, DocDueDate } = await company(store === 'euro' ? 'euro' : 'house').order(order);
      return { DocDate: dayOf(DocDate), TaxDate: dayOf(TaxDate), DocDueDate: dayOf(DocDueDate) };
    };

    it('of an order that was imported is that of the order', async () => {
      const dates = await placeAt('2026-10-15T15:00:00Z');
      expect(dates).toMatchObject({ DocDate: '2026-10-15', TaxDate: '2026-10-15' });
    });

    it('is the day in the time zone of the company: still yesterday in New York', async () => {
      const dates = await placeAt('2026-10-16T03:30:00Z');
      expect(dates).toMatchObject({ DocDate: '2026-10-15', TaxDate: '2026-10-15' });
    });

    it('is the day in the time zone of the company: already tomorrow in Berlin', async () => {
      const dates = await placeAt('2026-10-14T22:30:00Z', 'euro');
      expect(dates).toMatchObject({ DocDate: '2026-10-15', TaxDate: '2026-10-15' });
    });

    it('holds on the day that has 25 hours', async () => {
      const dates = await placeAt('2026-11-01T05:30:00Z');
      expect(dates).toMatchObject({ DocDate: '2026-11-01', TaxDate: '2026-11-01' });
    });

    it("is today in a flow that posts by the day of writing, and the tax date is still the order's", async () => {
      const before = dayOf(new Date(Date.now() - 5 * 3_600_000).toISOString());
      const dates = await placeAt('2026-09-03T12:00:00Z', 'other');
      expect(dates.DocDate >= before).toBe(true);
      expect(dates.TaxDate).toBe('2026-09-03');
    });
  });
}
