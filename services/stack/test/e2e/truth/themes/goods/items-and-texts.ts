import { describe, expect, it } from 'vitest';
import { address, goods, money, newPerson, orderOf } from '../../stage/order-input.ts';
import type { Stage } from '../../stage/stage.ts';

/** Goods that nobody gave a SKU, and nobody taxes or ships: all that a tip is, too. */
function jar(title: string, price: string, quantity = 1) {
  return { title, quantity, priceSet: money(price), taxable: false, requiresShipping: false };
}

export function showItemsAndTexts(stage: () => Stage): void {
  const cap = goods('CAP-NAVY', 1, '19.99');
  const kindsOf = (payload: { lines: { title: string; kind: string }[] }) =>
    Object.fromEntries(payload.lines.map(({ title, kind }) => [title, kind]));

  describe.concurrent('a tip is told by more than its first word', () => {
    const tipped = async (jarTitle: string, jarPrice: string, tip: string, total: number) => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Tia', 'Tip'), [cap, jar(jarTitle, jarPrice)]), {
        tip: money(tip),
      });
      const { payload } = await settle(order, { as: ['verified'] });
      const jars = payload.lines.filter(
        (line: { title: string; kind: string }) => line.title === jarTitle && line.kind !== 'TIP',
      );
      expect(jars).toMatchObject([{ kind: 'CUSTOM' }]);
      expect(payload.lines.filter(({ kind }: { kind: string }) => kind === 'TIP')).toHaveLength(1);
      expect(Number(payload.totals.original.tips.base.amount)).toBe(Number(tip));
      const document = await sap.order(order);
      expect(document.DocTotal).toBe(total);
      expect(document.DocumentLines.map(({ ItemCode }) => ItemCode).sort()).toEqual(['CAP-NAVY', 'CUSTOM', 'TIP']);
    };
    it('beside a jar for tips', () => tipped('Tip jar, blue', '2.50', '3.00', 25.49));
    it('beside a jar of the same price', () => tipped('Tip jar, small', '3.00', '3.00', 25.99));
    it('beside a tip-top cover', () => tipped('Tip-top cover', '1.25', '2.00', 23.24));

    it('beside goods that are called Tip, too', () => tipped('Tip', '4.00', '3.00', 26.99));

    it('and an order without a tip has none', async () => {
      const { shop, settle } = stage();
      const order = await shop().place(
        orderOf(newPerson('Noa', 'Tip'), [cap, jar('Tip', '4.00'), jar('Tips for tea', '2.00')]),
      );
      const { payload } = await settle(order);
      expect(kindsOf(payload)).toMatchObject({ Tip: 'CUSTOM', 'Tips for tea': 'CUSTOM' });
    });
  });

  describe.concurrent('SKUs', () => {
    it('are trimmed', async () => {
      const { shop, settle, sap } = stage();
      const lines = [goods('A00003 ', 1, '7.50'), goods('\tA00004', 2, '12.50')];
      const order = await shop().place(orderOf(newPerson('Tim', 'Trim'), lines));
      await settle(order, { as: ['verified'] });
      const items = (await sap.order(order)).DocumentLines.map(({ ItemCode }) => ItemCode);
      expect(items).toEqual(['A00003', 'A00004']);
    });

    for (const sku of ['a00003', 'A 00003'])
      it(`that differ otherwise are shown in quotes, without the advice to create an item: ${sku}`, async () => {
        const { shop, settle, sap } = stage();
        const order = await shop().place(orderOf(newPerson('Quinn', 'Quote'), [goods(sku, 1, '7.50')]));
        const { delivery } = await settle(order, { as: ['waiting'] });
        const told = JSON.stringify([delivery.reason, delivery.error, delivery.waitingOn]);
        expect(told).toMatch(new RegExp(`["“']${sku}["”']`));
        expect(told).not.toMatch(/create it in the target/i);
        expect(await sap.orders(order)).toHaveLength(0);
      });

    it('match without regard to case where the connection says so', async () => {
      const { shop, settle, company } = stage();
      const lines = [goods(' mug-White', 1, '12.50', {}, 'EUR')];
      const order = await shop('euro').place(orderOf(newPerson('Casey', 'Case'), lines, { currency: 'EUR' }));
      await settle(order, { as: ['verified'] });
      expect((await company('euro').order(order)).DocumentLines[0]?.ItemCode).toBe('MUG-WHITE');
    });
  });

  describe.concurrent('SKUs that two items match', () => {
    it('are for a person: none is chosen', async () => {
      const { shop, settle, company, control } = stage();
      for (const itemCode of ['Twin-9', 'TWIN-9'])
        await control.post('sap-b1/items?company=SBODEMODE', { itemCode, name: itemCode, price: 5 });
      const lines = [goods('twin-9', 1, '5.00', {}, 'EUR')];
      const order = await shop('euro').place(orderOf(newPerson('Twyla', 'Win'), lines, { currency: 'EUR' }));
      const { delivery } = await settle(order, { as: ['mismatch'] });
      expect(JSON.stringify(delivery.error)).toMatch(/Twin-9|TWIN-9|twin-9/);
      expect(await company('euro').orders(order)).toHaveLength(0);
    });
  });

  describe.concurrent('states, texts and properties', () => {
    const orderTo = async (place: object) => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Stella', 'State');
      const shippingAddress = address(person, place as Record<string, unknown>);
      const order = await shop('other').place(
        orderOf(person, [cap], { shippingAddress, billingAddress: shippingAddress }),
      );
      await settle(order, { as: ['verified'] });
      return (await sap.order(order)) as unknown as { AddressExtension: { ShipToState: string | null } };
    };

    it('a state that SAP knows is written, and one by the value map', async () => {
      const maine = await orderTo({});
      expect(maine.AddressExtension.ShipToState).toBe('ME');
      const mapped = await orderTo({ city: 'Oaxaca', provinceCode: 'OAX', zip: '68000', countryCode: 'MX' });
      expect(mapped.AddressExtension.ShipToState).toBe('OX');
    });

    it('a state that SAP does not know fails nothing, and is not lost', async () => {
      const tokyo = await orderTo({ city: 'Chiyoda', provinceCode: 'JP-13', zip: '100-0001', countryCode: 'JP' });
      expect(tokyo.AddressExtension.ShipToState).toBeNull();
      expect(JSON.stringify(tokyo)).toContain('JP-13');
    });

    it('a note longer than its column is kept whole', async () => {
      const { shop, settle, sap } = stage();
      const note = Array.from({ length: 60 }, (_, index) => `stop ${index + 1}`).join(', ');
      const order = await shop().place(orderOf(newPerson('Noel', 'Note'), [cap], { note }));
      await settle(order, { as: ['verified'] });
      expect(JSON.stringify(await sap.order(order))).toContain(note);
    });

    it('a street longer than its column is kept whole', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Strea', 'T');
      const address1 = `Building ${'of the long row '.repeat(8)}number 4`;
      const shippingAddress = address(person, { address1 });
      const order = await shop().place(orderOf(person, [cap], { shippingAddress }));
      await settle(order, { as: ['verified'] });
      expect(JSON.stringify(await sap.order(order))).toContain(address1);
    });

    it('names longer than their column are kept whole', async () => {
      const { shop, settle, sap } = stage();
      const person = newPerson('Wolfeschlegel'.repeat(5), 'Steinhausenberg'.repeat(5));
      const company = `Gesellschaft ${'zur Verwertung seltener Dinge '.repeat(5)}mbH`;
      const shippingAddress = address(person, { company });
      const order = await shop().place(orderOf(person, [cap], { shippingAddress, billingAddress: shippingAddress }));
      await settle(order, { as: ['verified'] });
      const document = await sap.order(order);
      expect(JSON.stringify(document)).toContain(company);
      expect(JSON.stringify(await sap.partner(document.CardCode))).toContain(`${person.firstName} ${person.lastName}`);
    });

    it('properties of a line reach the row by mapping, and leave it', async () => {
      const { shop, settle, sap } = stage();
      const lines = [
        goods('MUG-WHITE', 1, '12.50', { properties: [{ name: 'Engraving', value: 'To Max' }] }),
        goods('MUG-BLACK', 1, '12.50'),
      ];
      const order = await shop().place(orderOf(newPerson('Grace', 'Engrave'), lines));
      await settle(order, { as: ['verified'] });
      const texts = (await sap.order(order)).DocumentLines.map(({ U_Engraving }) => U_Engraving ?? null);
      expect(texts).toEqual(['To Max', null]);
    });
  });

  describe.concurrent('a change of no consequence, when the order is closed in SAP', () => {
    const closed = async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Clovis', 'Closed'), [goods('MUG-WHITE', 2, '12.50')]));
      await settle(order, { as: ['verified'] });
      await sap.deliver(order);
      return order;
    };

    it('a note of the staff is no failure', async () => {
      const { shop, settle, sap } = stage();
      const order = await closed();
      await shop().update(order, { note: 'customer called' });
      await settle(order, { when: ({ note }) => note === 'customer called' });
      expect((await sap.order(order)).DocumentStatus).toBe('bost_Close');
    });

    it('nor are tags, nor an address', async () => {
      const { shop, settle } = stage();
      const order = await closed();
      await shop().update(order, { tags: ['vip'] });
      await settle(order, { when: ({ tags }) => tags.includes('vip') });
      const moved = address(newPerson('Clovis', 'Closed'), { address1: '9 Hill Road' });
      await shop().update(order, { shippingAddress: moved });
      await settle(order, { when: ({ shipTo }) => shipTo.lines[0] === '9 Hill Road' });
    });

    it('nor is a note on an order that a clerk closed by hand', async () => {
      const { shop, settle, sap } = stage();
      const order = await shop().place(orderOf(newPerson('Clerk', 'Closed'), [goods('MUG-WHITE', 2, '12.50')]));
      await settle(order, { as: ['verified'] });
      const { DocEntry } = await sap.order(order);
      await sap.call('POST', `/Orders(${DocEntry})/Close`);
      await shop().update(order, { note: 'never mind' });
      await settle(order, { when: ({ note }) => note === 'never mind' });
    });

    it('but more pieces are: somebody must write another order', async () => {
      const { shop, settle } = stage();
      const order = await closed();
      await shop().act(order, { quantities: { '0': 5 } });
      const { delivery } = await settle(order, {
        when: ({ lines }) => Number(lines[0].quantity.current) === 5,
        as: ['failed'],
      });
      expect(delivery.error?.advice).toBeTruthy();
    });
  });
}
