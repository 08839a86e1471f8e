import { describe, expect, it } from 'vitest';
import { address, goods, newPerson, orderOf } from '../../stage/order-input.ts';
import type { SapPartner } from '../../stage/sap-side.ts';
import type { Stage } from '../../stage/stage.ts';

const CAP = [goods('CAP-NAVY', 1, '19.99')];
const WRITTEN = ['delivered', 'verified', 'unchanged'];

export function showNames(stage: () => Stage): void {
  /** The partner that the customer flow makes. */
  async function viaCustomerFlow(input: Readonly<Record<string, unknown>>): Promise<SapPartner> {
    const { shop, settle, sap } = stage();
    const id = await shop().makeCustomer(input);
    await settle({ id, connection: shop().connection }, { entity: 'customer', as: WRITTEN });
    return sap.partnerOf(shop().connection, id);
  }
  /** The partner that an order brings along, where customers have no flow of their own. */
  async function viaOrderFlow(order: Readonly<Record<string, unknown>>): Promise<SapPartner> {
    const { shop, settle, sap } = stage();
    const placed = await shop('other').place(order);
    await settle(placed);
    return sap.partner((await sap.order(placed)).CardCode);
  }
  let phones = 0;
  const newPhone = (): string => `+1415555${String(2000 + phones++)}`;

  describe.concurrent('a partner has one name by one rule', () => {
    it('kept when the order with the company came first and the customer changes later', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Kimberly', 'Osprey');
      const company = address(person, { company: 'Osprey Rigging' });
      const order = await shop().place(orderOf(person, CAP, { billingAddress: company, shippingAddress: company }));
      const { payload } = await settle(order);
      const { CardCode, CardName } = await sap.partner((await sap.order(order)).CardCode);
      const customer = { id: payload.customer.id as string, connection: shop().connection };
      await shop().updateCustomer(customer.id, { note: 'called about the bill' });
      await settle(customer, {
        entity: 'customer',
        when: ({ note }) => note === 'called about the bill',
        as: WRITTEN,
      });
      expect((await sap.partner(CardCode)).CardName).toBe(CardName);
      expect(await sap.partners(`EmailAddress eq '${person.email}'`)).toHaveLength(1);
    });

    it('kept when the customer came first and the order with the company later', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Rowan', 'Later');
      const before = await viaCustomerFlow({ ...person });
      const company = address(person, { company: 'Later Lofts' });
      const order = await shop().place(orderOf(person, CAP, { billingAddress: company, shippingAddress: company }));
      await settle(order);
      const after = await sap.partner((await sap.order(order)).CardCode);
      expect(after.CardCode).toBe(before.CardCode);
      expect(after.CardName).toBe(before.CardName);
    });

    it('the same in both flows, for a person with a company on the address', async () => {
      const [first, second] = [newPerson('Uma', 'Both'), newPerson('Uma', 'Both')];
      const made = await viaCustomerFlow({ ...first, addresses: [address(first, { company: 'Both & Co' })] });
      const company = address(second, { company: 'Both & Co' });
      const brought = await viaOrderFlow(orderOf(second, CAP, { billingAddress: company, shippingAddress: company }));
      expect(brought.CardName).toBe(made.CardName);
    });

    it('the telephone, when a customer has nothing else', async () => {
      const [first, second] = [newPhone(), newPhone()];
      const made = await viaCustomerFlow({ phone: first });
      const brought = await viaOrderFlow({
        currency: 'USD',
        financialStatus: 'PAID',
        customer: { toUpsert: { phone: second } },
        lineItems: CAP,
      });
      expect(made).toMatchObject({ CardName: first, Phone1: first });
      expect(brought).toMatchObject({ CardName: second, Phone1: second });
    });

    it('something of its own, when a customer has not even that', async () => {
      const { control, shop, settle, sap } = stage();
      const seed = async (store: string): Promise<string> =>
        (await control.post<{ customers: string[] }>('shopify/seed', { customers: [{ store, note: 'walk in' }] }))
          .customers[0]!;
      const id = await seed('demo.myshopify.test');
      await settle({ id, connection: shop().connection }, { entity: 'customer', as: WRITTEN });
      const made = await sap.partnerOf(shop().connection, id);
      const other = await seed('other.myshopify.test');
      const brought = await viaOrderFlow({
        currency: 'USD',
        financialStatus: 'PAID',
        customer: { toAssociate: { id: `gid://shopify/Customer/${other}` } },
        lineItems: CAP,
      });
      expect(made.CardName).toContain(id);
      expect(brought.CardName).toContain(other);
      expect(made.CardName.replace(id, '')).toBe(brought.CardName.replace(other, ''));
    });

    it('the telephone, until the customer says a name', async () => {
      const { shop, settle, sap } = stage();
      const phone = newPhone();
      const { CardCode, U_EntrepotRef } = await viaCustomerFlow({ phone });
      const id = String(U_EntrepotRef).split('/')[1]!;
      await shop().updateCustomer(id, { firstName: 'Ivy', lastName: 'Named' });
      const customer = { id, connection: shop().connection };
      await settle(customer, { entity: 'customer', when: ({ firstName }) => firstName === 'Ivy', as: WRITTEN });
      expect(await sap.partner(CardCode)).toMatchObject({ CardName: 'Ivy Named', Phone1: phone });
    });

    it('with the telephone of the address, when only that has one', async () => {
      const person = newPerson('Addie', 'Ress');
      const phone = newPhone();
      const made = await viaCustomerFlow({ ...person, addresses: [address(person, { phone })] });
      expect(made).toMatchObject({ CardName: 'Addie Ress', Phone1: phone });
    });
  });
}
