import { describe, expect, it } from 'vitest';
import { address, goods, newPerson, orderOf } from '../../stage/order-input.ts';
import type { Stage } from '../../stage/stage.ts';

const MUG = [goods('MUG-WHITE', 1, '12.50')];

/** SAP has no null for texts that were emptied: '' and null are the same to its users. */
const EMPTY = [null, '', undefined];

const WRITTEN = ['delivered', 'verified'];

export function showEmptiedFields(stage: () => Stage): void {
  describe.concurrent('what the source empties is empty in the target', () => {
    it('an order: its note', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Nora', 'Nott'), MUG, { note: 'ring twice' }));
      await settle(order);
      expect((await sap.order(order)).Comments).toContain('ring twice');
      await shop().update(order, { note: null });
      await settle(order, { when: ({ note }) => note === null, as: ['verified'] });
      expect(EMPTY).toContain((await sap.order(order)).Comments);
    });

    it('an order: second line and company of its address', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Lin', 'Second');
      const full = address(person, { address2: 'Loft 9 rear', company: 'Kiln & Sons' });
      const order = await shop().place(orderOf(person, MUG, { shippingAddress: full }));
      await settle(order);
      const before = JSON.stringify(await sap.order(order));
      expect(before).toContain('Loft 9 rear');
      expect(before).toContain('Kiln & Sons');
      await shop().update(order, { shippingAddress: address(person, { address2: '', company: null }) });
      await settle(order, { when: ({ shipTo }) => shipTo.lines.length === 1 && shipTo.company === null });
      const after = JSON.stringify(await sap.order(order));
      expect(after).toContain('7 Harbour Lane');
      expect(after).not.toContain('Loft 9 rear');
      expect(after).not.toContain('Kiln & Sons');
    });

    it('an order: a field filled by an expression', async () => {
      const { shop, settle, sap } = stage();
      const customAttributes = [{ key: 'gift-text', value: 'For Ida' }];
      const order = await shop().place(orderOf(newPerson('Gus', 'Gift'), MUG, { customAttributes }));
      await settle(order);
      expect((await sap.order(order)).U_GiftText).toBe('For Ida');
      await shop().update(order, { customAttributes: [] });
      await settle(order, { when: ({ attributes }) => !JSON.stringify(attributes).includes('For Ida') });
      expect(EMPTY).toContain((await sap.order(order)).U_GiftText);
    });

    it('an order: its purchase order number', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Pola', 'Number'), MUG, { poNumber: 'PO-7781-X' }));
      await settle(order);
      expect(JSON.stringify(await sap.order(order))).toContain('PO-7781-X');
      await shop().update(order, { poNumber: null });
      await settle(order, { when: ({ poNumber }) => poNumber === null });
      expect(JSON.stringify(await sap.order(order))).not.toContain('PO-7781-X');
    });

    it('a customer: phone and note', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Cleo', 'Phones');
      const id = await shop().makeCustomer({ ...person, phone: '+14155550177', note: 'prefers mornings' });
      const customer = { id, connection: shop().connection };
      await settle(customer, { entity: 'customer', as: WRITTEN });
      const before = await sap.partnerOf(customer.connection, id);
      expect(before.Phone1).toBe('+14155550177');
      await shop().updateCustomer(id, { phone: null, note: null });
      await settle(customer, {
        entity: 'customer',
        when: ({ phone, note }) => phone === null && note === null,
        as: WRITTEN,
      });
      const after = await sap.partner(before.CardCode);
      expect(EMPTY).toContain(after.Phone1);
      expect(JSON.stringify(after)).not.toContain('prefers mornings');
      expect(after.CardName).toBe('Cleo Phones');
    });

    it('a customer: second line, company and region of an address', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Adda', 'Dress');
      const full = address(person, { address2: 'Stair B', company: 'Dress Works', phone: '+12075550101' });
      const id = await shop().makeCustomer({ ...person, addresses: [full] });
      const customer = { id, connection: shop().connection };
      await settle(customer, { entity: 'customer', as: WRITTEN });
      const { CardCode, BPAddresses } = await sap.partnerOf(customer.connection, id);
      expect(JSON.stringify(BPAddresses)).toContain('Stair B');
      await shop().updateCustomer(id, { addresses: [address(person)] });
      await settle(customer, {
        entity: 'customer',
        when: ({ addresses }) => addresses[0]?.lines.length === 1,
        as: WRITTEN,
      });
      const partner = await sap.partner(CardCode);
      // Documents name the rows of addresses: one that the customer has no more stays, and is no default any longer.
      const defaults = partner.BPAddresses.filter(({ AddressName }) => AddressName === partner.ShipToDefault);
      const after = JSON.stringify(defaults);
      expect(after).toContain('7 Harbour Lane');
      for (const gone of ['Stair B', 'Dress Works', '+12075550101']) expect(after).not.toContain(gone);
    });

    it('a customer: last name', async () => {
      const { shop, settle, sap } = stage();
      const id = await shop().makeCustomer({ ...newPerson('Solo', 'Surname') });
      const customer = { id, connection: shop().connection };
      await settle(customer, { entity: 'customer', as: WRITTEN });
      const { CardCode } = await sap.partnerOf(customer.connection, id);
      await shop().updateCustomer(id, { lastName: null });
      await settle(customer, { entity: 'customer', when: ({ lastName }) => lastName === null, as: WRITTEN });
      const after = await sap.partner(CardCode);
      expect(after.CardName).toBe('Solo');
      expect(JSON.stringify(after.BPAddresses)).not.toContain('Surname');
    });

    it('a customer: e-mail', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Emil', 'Mail');
      const id = await shop().makeCustomer({ ...person, phone: '+14155550188' });
      const customer = { id, connection: shop().connection };
      await settle(customer, { entity: 'customer', as: WRITTEN });
      const { CardCode, EmailAddress } = await sap.partnerOf(customer.connection, id);
      expect(EmailAddress).toBe(person.email);
      await shop().updateCustomer(id, { email: null });
      await settle(customer, {
        entity: 'customer',
        when: ({ email }) => email === null,
        as: WRITTEN,
      });
      expect(EMPTY).toContain((await sap.partner(CardCode)).EmailAddress);
    });
  });
}
