import { describe, expect, it } from 'vitest';
import { goods, money, newPerson, orderOf, tax } from '../../stage/order-input.ts';
import type { Stage } from '../../stage/stage.ts';

export function showTax(stage: () => Stage): void {
  const shirt = (...taxLines: ReturnType<typeof tax>[]) => goods('TSHIRT-BLK-S', 1, '50.00', { taxLines });

  describe.concurrent('a tax that charged nothing names no code', () => {
    it('beside one that charged', async () => {
      const { shop, settle, sap } = stage();
      const line = shirt(tax('State', 0.04, '0.00'), tax('County', 0.045, '2.25'), tax('MCTD', 0.00375, '0.00'));
      const order = await shop().place(orderOf(newPerson('Zoe', 'Zero'), [line]));
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(document.DocumentLines[0]?.TaxCode).toBe('LOC45');
      expect(document.VatSum).toBe(2.25);
      expect(document.DocTotal).toBe(52.25);
    });

    it('alone: the line is exempt', async () => {
      const { shop, settle, sap } = stage();
      const line = shirt(tax('State', 0.04, '0.00'), tax('County', 0.04875, '0.00'));
      const order = await shop().place(orderOf(newPerson('Exie', 'Empt'), [line]));
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(document.DocumentLines[0]?.TaxCode).toBe('EX');
      expect(document.DocTotal).toBe(50);
    });

    it('on a shipping charge', async () => {
      const { shop, settle, sap } = stage();
      const shippingLines = [
        {
          title: 'Parcel',
          priceSet: money('10.00'),
          taxLines: [tax('State', 0.07, '0.00'), tax('City', 0.045, '0.45')],
        },
      ];
      const line = shirt(tax('State', 0.07, '0.00'), tax('City', 0.045, '2.25'));
      const order = await shop().place(orderOf(newPerson('Shay', 'Ship'), [line], { shippingLines }));
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(document.VatSum).toBe(2.7);
      expect(document.DocTotal).toBe(62.7);
    });

    it('by jurisdiction, too', async () => {
      const { shop, settle, sap } = stage();
      const line = shirt(tax('Vermont', 0.06, '0.00'), tax('Addison County', 0.045, '2.25'));
      const order = await shop('jurisdiction').place(orderOf(newPerson('Judy', 'Diction'), [line]));
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(document.DocumentLines[0]?.TaxCode).toBe('LOC45');
      expect(document.DocTotal).toBe(52.25);
    });

    it('by jurisdiction, alone', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop('jurisdiction').place(
        orderOf(newPerson('Jud', 'Alone'), [shirt(tax('Vermont', 0.06, '0.00'))]),
      );
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(document.DocumentLines[0]?.TaxCode).toBe('EX');
      expect(document.DocTotal).toBe(50);
    });
  });

  describe.concurrent('tax that the sales channel remits', () => {
    it('is marked in the event, and other tax is not', async () => {
      const { shop, settle } = stage();
      const lines = [
        shirt(tax('Marketplace', 0.07, '3.50', { channelLiable: true })),
        goods('MUG-WHITE', 1, '10.00', { taxLines: [tax('State', 0.07, '0.70', { channelLiable: false })] }),
      ];
      const order = await shop().place(orderOf(newPerson('Mark', 'Place'), lines));
      const { payload } = await settle(order);
      expect(payload.lines[0].taxes[0].channelLiable).toBe(true);
      expect(payload.lines[1].taxes[0].channelLiable).toBe(false);
    });

    it('is left out of the document where the flow says so', async () => {
      const { shop, settle, sap } = stage();
      const lines = [
        shirt(tax('Marketplace', 0.07, '3.50', { channelLiable: true })),
        goods('MUG-WHITE', 1, '10.00', { taxLines: [tax('State', 0.07, '0.70')] }),
      ];
      const order = await shop('other').place(orderOf(newPerson('Ama', 'Remit'), lines));
      await settle(order, { as: ['verified'] });
      expect(await sap.order(order)).toMatchObject({ VatSum: 0.7, DocTotal: 60.7 });
    });
  });

  describe.concurrent('a blended tax of the freight', () => {
    it('is refused with advice that names what to set', async () => {
      const { shop, settle } = stage();
      const lines = [
        goods('MUG-WHITE', 1, '50.00', { taxLines: [tax('Reduced', 0.07, '3.50')] }),
        goods('CAP-NAVY', 1, '50.00', { taxLines: [tax('Standard', 0.19, '9.50')] }),
      ];
      const shippingLines = [
        {
          title: 'Parcel',
          priceSet: money('10.00'),
          taxLines: [tax('Reduced', 0.07, '0.35'), tax('Standard', 0.19, '0.95')],
        },
      ];
      const order = await shop().place(orderOf(newPerson('Bella', 'Blend'), lines, { shippingLines }));
      const { delivery } = await settle(order, { as: ['failed'] });
      expect(delivery.error?.advice ?? '').toMatch(/taxCode|valueMaps|value map|exempt-with-charge|override/);
    });
  });
}
