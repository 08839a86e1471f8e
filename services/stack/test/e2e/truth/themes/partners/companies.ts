import { describe, expect, it } from 'vitest';
import { address, goods, newPerson, orderOf, type Person } from '../../stage/order-input.ts';
import type { SapOrder, SapPartner } from '../../stage/sap-side.ts';
import type { Input, Placed } from '../../stage/shop-side.ts';
import type { Stage } from '../../stage/stage.ts';

const PAPER = [goods('A00003', 10, '7.50')];

/** The person of the partner that the document names. */
function contactOf(document: SapOrder, partner: SapPartner) {
  return partner.ContactEmployees.find(({ InternalCode }) => InternalCode === document.ContactPersonCode);
}

/** The address of the partner that the document is sent to. */
function shipToOf(document: SapOrder, partner: SapPartner) {
  return partner.BPAddresses.find(
    ({ AddressName, AddressType }) => AddressName === document.ShipToCode && AddressType === 'bo_ShipTo',
  );
}

export function showCompanies(stage: () => Stage): void {
  const buy = async (buyer: Person, company: Input, more: Input = {}, lines = PAPER): Promise<Placed> => {
    const { shop, settle } = stage();
    const order = await shop().place(orderOf(buyer, lines, more), { company });
    await settle(order, { as: ['verified'] });
    return order;
  };
  const read = async (order: Placed) => {
    const document = await stage().sap.order(order);
    return { document, partner: await stage().sap.partner(document.CardCode) };
  };

  describe.concurrent('orders of a company go to the company', () => {
    it('by its external id: the buyers are its contacts, its terms hold, the purchase order numbers arrive', async () => {
      const { sap } = stage();
      const company = { name: 'Harbor Bakery', externalId: 'C-HARBOR', locationName: 'Bakehouse' };
      const [ann, bob] = [newPerson('Anneke', 'Baker'), newPerson('Bobby', 'Miller')];
      const orders = await Promise.all([
        buy(ann, company, { poNumber: 'HB-2201' }),
        buy(bob, company, { poNumber: 'HB-2202' }),
      ]);
      const [first, second] = [await read(orders[0]), await read(orders[1])];
      for (const { document } of [first, second]) {
        expect(document.CardCode).toBe('C-HARBOR');
        expect(document.PaymentGroupCode).toBe(1);
      }
      expect(JSON.stringify(first.document)).toContain('HB-2201');
      expect(JSON.stringify(second.document)).toContain('HB-2202');
      const { partner } = second;
      expect(partner.CardName).toBe('Harbor Bakery Ltd');
      expect(contactOf(first.document, partner)).toMatchObject({ E_Mail: ann.email });
      expect(contactOf(second.document, partner)).toMatchObject({ E_Mail: bob.email });
      expect(partner.ContactEmployees).toHaveLength(2);
      for (const { email } of [ann, bob]) expect(await sap.partners(`EmailAddress eq '${email}'`)).toHaveLength(0);
    });

    it('without an external id: one new partner, named like the company, for all its buyers', async () => {
      const company = { name: 'Tern & Gull Outfitters', locationName: 'Quay 4' };
      const first = await read(await buy(newPerson('Tilda', 'Tern'), company));
      const second = await read(await buy(newPerson('Gil', 'Gull'), company));
      expect(second.document.CardCode).toBe(first.document.CardCode);
      expect(second.partner.CardName).toBe('Tern & Gull Outfitters');
      expect(second.partner.ContactEmployees).toHaveLength(2);
    });

    it('an external id that SAP does not have makes one partner all the same, for both buyers', async () => {
      const company = { name: 'Newly Met Ltd', externalId: 'NM-0042', locationName: 'Desk' };
      const first = await read(await buy(newPerson('Newa', 'One'), company));
      const second = await read(await buy(newPerson('Newo', 'Two'), company));
      expect(second.document.CardCode).toBe(first.document.CardCode);
      expect(second.partner.CardName).toBe('Newly Met Ltd');
    });

    it('two buyers at the same moment are still one partner', async () => {
      const company = { name: 'Moment Supplies', locationName: 'Yard' };
      const orders = await Promise.all([
        buy(newPerson('Mona', 'One'), company),
        buy(newPerson('Max', 'Other'), company),
      ]);
      const codes = (await Promise.all(orders.map(read))).map(({ document }) => document.CardCode);
      expect(new Set(codes).size).toBe(1);
      expect(await stage().sap.partners("CardName eq 'Moment Supplies'")).toHaveLength(1);
    });

    it('each location is a ship-to address of its own', async () => {
      const buyer = newPerson('Lola', 'Cation');
      const place = (locationName: string, address1: string) => ({
        name: 'Two Places Inc',
        locationName,
        shippingAddress: address(buyer, { address1 }),
      });
      const at = (address1: string) => ({ shippingAddress: address(buyer, { address1 }) });
      const north = await read(await buy(buyer, place('North hall', '1 North Road'), at('1 North Road')));
      const south = await read(await buy(buyer, place('South hall', '2 South Road'), at('2 South Road')));
      expect(south.document.CardCode).toBe(north.document.CardCode);
      expect(shipToOf(north.document, south.partner)).toMatchObject({ Street: '1 North Road' });
      expect(shipToOf(south.document, south.partner)).toMatchObject({ Street: '2 South Road' });
      expect(south.partner.ContactEmployees).toHaveLength(1);
    });

    it('also of a buyer who bought for himself before', async () => {
      const { shop, settle, sap } = stage();
      const buyer = newPerson('Priva', 'Te');
      const own = await shop().place(orderOf(buyer, PAPER));
      await settle(own);
      const alone = await sap.partner((await sap.order(own)).CardCode);
      const { document, partner } = await read(await buy(buyer, { name: 'Te & Partners', locationName: 'Office' }));
      expect(document.CardCode).not.toBe(alone.CardCode);
      expect(partner.CardName).toBe('Te & Partners');
      expect(contactOf(document, partner)).toMatchObject({ E_Mail: buyer.email });
      expect((await sap.partner(alone.CardCode)).CardName).toBe('Priva Te');
    });

    it('the purchase order number follows when it is corrected', async () => {
      const { shop, settle, sap } = stage();
      const order = await buy(
        newPerson('Cora', 'Rect'),
        { name: 'Rect Corp', locationName: 'HQ' },
        { poNumber: 'RC-1' },
      );
      await shop().update(order, { poNumber: 'RC-17' });
      await settle(order, { when: ({ poNumber }) => poNumber === 'RC-17' });
      expect(JSON.stringify(await sap.order(order))).toContain('RC-17');
    });
  });
}
