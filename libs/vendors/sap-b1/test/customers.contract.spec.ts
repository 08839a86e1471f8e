import { type Customer, type Order } from '@entrepot/canonical';
import type { FoundDocument, PlannedDocument } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { bodyOf, deliver, map, patchByHand, plain, plan, readPartner, source } from './customers-for-tests.ts';
import { dependenciesOf } from './map-for-tests.ts';
import { makeCustomer, makeFlow, makeOrder, prerequisiteFlow } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { call, target, test, useSandbox } from './sandbox-under-test.ts';

useSandbox();

describe('matching', () => {
  it('by e-mail, in any case, quotes and all; every hit', async () => {
    await test.control('POST', '/seed', {
      sets: {
        BusinessPartners: ['C1', 'C2'].map((CardCode) => ({
          CardCode,
          CardName: CardCode,
          CardType: 'cCustomer',
          EmailAddress: "Pat.O'Brien+a@Example.com",
        })),
      },
    });
    const hits = await target.match('customer', "pat.o'brien+a@example.com", call);
    expect(hits.map((hit) => hit.targetId)).toEqual(['C1', 'C2']);
    expect(await target.match('customer', 'nobody@example.com', call)).toEqual([]);
  });

  it('of several, those that a person made inactive no longer count', async () => {
    const partner = { CardType: 'cCustomer', EmailAddress: 'ada@example.com' };
    await test.control('POST', '/seed', {
      sets: {
        BusinessPartners: [
          { ...partner, CardCode: 'C1', Valid: 'tNO', Frozen: 'tYES' },
          { ...partner, CardCode: 'C2' },
        ],
      },
    });
    const hits = await target.match('customer', 'ada@example.com', call);
    expect(hits.map((hit) => hit.targetId)).toEqual(['C2']);
  });

  it('suppliers and leads with that address are not customers', async () => {
    await test.control('POST', '/seed', {
      sets: { BusinessPartners: [{ CardCode: 'V1', CardType: 'cSupplier', EmailAddress: 'ada@example.com' }] },
    });
    expect(await target.match('customer', 'ada@example.com', call)).toEqual([]);
  });
});

describe('creating', () => {
  it('code by pattern, reference, both kinds of address as rows, contact', async () => {
    const created = await deliver(plan());
    expect(created.targetId).toBe('C77');
    expect(bodyOf(created)).toMatchObject({
      CardName: 'Ada Example',
      CardType: 'cCustomer',
      EmailAddress: 'ada@example.com',
      U_EntrepotRef: 'shop/77',
      Currency: '##',
    });
    expect(bodyOf(created).BPAddresses.map((row) => [row.AddressName, row.AddressType, row.Block])).toEqual([
      ['Address a1', 'bo_BillTo', 'Flat 2'],
      ['Address a1', 'bo_ShipTo', 'Flat 2'],
    ]);
    expect(bodyOf(created).ContactEmployees).toHaveLength(1);
  });

  it('code by series', async () => {
    const document = plan({}, makeFlow({}, { target: { cardCode: { series: 72 } } }));
    expect(await target.entity('customer').create(document, call)).toMatchObject({
      targetId: 'W10000',
      status: 'created',
    });
  });

  it('a long id becomes a short code, the same each time', () => {
    const code = (id: string) => (plan({ source: source(id) }).body as { cardCode: string }).cardCode;
    expect(code('guest-0123456789abcdef')).toHaveLength(15);
    expect(code('guest-0123456789abcdef')).toBe(code('guest-0123456789abcdef'));
    expect(code('guest-0123456789abcdef')).not.toBe(code('guest-0123456789abcdee'));
  });

  it('made a second time the code is refused: the first one is it, and there is no double', async () => {
    const document = plan();
    await deliver(document);
    expect(await target.entity('customer').create(document, call)).toMatchObject({
      targetId: 'C77',
      status: 'created',
    });
    expect(await target.entity('customer').find(document, call)).toHaveLength(1);
  });

  it('the first one is older than what is wanted now: looked at again', async () => {
    await deliver(plan());
    await expect(target.entity('customer').create(plan({ phone: '+15550199' }), call)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  it("the code is another one's: words that help", async () => {
    await test.control('POST', '/seed', {
      sets: { BusinessPartners: [{ CardCode: 'C77', CardName: 'By hand', CardType: 'cCustomer' }] },
    });
    await expect(target.entity('customer').create(plan(), call)).rejects.toMatchObject({
      kind: 'rejected',
      code: 'card-code-taken',
      advice: expect.stringContaining('shop/77'),
    });
  });

  it.each([400, 404, 409])(
    'refused as a double by -2035 (%i) with nothing there: tried again, then for a person',
    async (status) => {
      const body = JSON.stringify({ error: { code: '-2035', message: 'Esta entrada ya existe (ODBC -2035)' } });
      const match = { method: 'POST', operation: 'BusinessPartners' };
      test.sandbox.faults.add({ match, fault: { type: 'status', code: status, body } });
      await expect(target.entity('customer').create(plan(), call)).rejects.toMatchObject({
        kind: 'conflict',
        advice: expect.stringMatching(/\w{3}/),
      });
    },
  );

  it('texts over the column: cut or left out, and whole in the remarks', async () => {
    const created = await deliver(plan({ name: 'x'.repeat(101), phone: '1'.repeat(21) }));
    expect(bodyOf(created)).toMatchObject({
      CardName: 'x'.repeat(100),
      FreeText: `[Entrepot]\nCardName: ${'x'.repeat(101)}\nPhone1: ${'1'.repeat(21)}\n[/Entrepot]`,
    });
    expect(bodyOf(created).Phone1 ?? null).toBeNull();
  });

  it('as an order implies it, by the prerequisites of the order flow', async () => {
    const flow = makeFlow(
      { customers: { mode: 'create' } },
      { prerequisites: { customer: { target: { groupCode: 101 } } } },
    );
    const order: Order = makeOrder({ lines: [{ price: '1.00' }] });
    const [dependency] = dependenciesOf(order, flow);
    const outcome = map(dependency?.prerequisite as Customer, prerequisiteFlow(flow));
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    const created = await deliver(outcome.documents[0] as PlannedDocument);
    expect(bodyOf(created)).toMatchObject({
      CardCode: 'C77',
      GroupCode: 101,
      CardName: 'Ada Example',
      EmailAddress: 'ada@example.com',
    });
    expect(bodyOf(created).BPAddresses.map((row) => [row.AddressName, row.AddressType])).toEqual([
      ['Billing', 'bo_BillTo'],
      ['Shipping', 'bo_ShipTo'],
    ]);
  });
});

describe('changing', () => {
  it('only what differs, rows by their number; rows of SAP stay', async () => {
    const current = await deliver(plan());
    await patchByHand({
      BPAddresses: [{ AddressName: 'Depot', AddressType: 'bo_ShipTo', City: 'Elsewhere' }],
    });
    const next = plan({
      phone: '+15550199',
      addresses: makeCustomer().addresses.map((address) => ({ ...address, city: 'Shelbyville' })),
    });
    const before = (await target.entity('customer').read(documentOf('customer'), 'C77', call)) as FoundDocument;
    expect(target.entity('customer').stateHash(documentOf('customer'), before)).not.toBe(
      target.entity('customer').stateHash(documentOf('customer'), current),
    );
    expect(await target.entity('customer').update(next, before, call)).toEqual({ status: 'applied' });
    const after = (await target.entity('customer').read(documentOf('customer'), 'C77', call)) as FoundDocument;
    expect(bodyOf(after).Phone1).toBe('+15550199');
    expect(bodyOf(after).BPAddresses.map((row) => row.City)).toEqual(['Shelbyville', 'Shelbyville', 'Elsewhere']);
    expect(target.entity('customer').compare(next, after, plain)).toEqual([]);
  });

  it('a partner found by e-mail is claimed; one that belongs to another customer is not', async () => {
    await test.control('POST', '/seed', {
      sets: {
        BusinessPartners: [
          {
            CardCode: 'OLD',
            CardName: 'Ada E.',
            CardType: 'cCustomer',
            EmailAddress: 'ada@example.com',
            BPAddresses: [],
            ContactEmployees: [],
          },
          {
            CardCode: 'TAKEN',
            CardName: 'Ada',
            CardType: 'cCustomer',
            U_EntrepotRef: 'shop/5',
            BPAddresses: [],
            ContactEmployees: [],
          },
        ],
      },
    });
    const referenceOnly = plan({}, makeFlow({}, { target: { updateExisting: 'reference-only' } }));
    const old = (await target.entity('customer').read(documentOf('customer'), 'OLD', call)) as FoundDocument;
    expect(await target.entity('customer').update(referenceOnly, old, call)).toEqual({ status: 'applied' });
    const claimed = (await target.entity('customer').read(documentOf('customer'), 'OLD', call)) as FoundDocument;
    expect(bodyOf(claimed)).toMatchObject({ U_EntrepotRef: 'shop/77', CardName: 'Ada E.' });
    const taken = (await target.entity('customer').read(documentOf('customer'), 'TAKEN', call)) as FoundDocument;
    expect(await target.entity('customer').update(plan(), taken, call)).toMatchObject({
      status: 'refused',
      error: { code: 'belongs-to-another' },
    });
  });

  it('a partner that an order made of the customer as a guest becomes the customer’s, and stays it', async () => {
    const order = makeOrder({ lines: [{ price: '1.00' }], more: { customer: null, guest: true } });
    const [dependency] = dependenciesOf(order, makeFlow({ customers: { mode: 'create' } }));
    const outcome = map(dependency?.prerequisite as Customer);
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    const guest = await deliver(outcome.documents[0] as PlannedDocument);
    expect(bodyOf(guest).U_EntrepotRef).toMatch(/^shop\/guest-/);
    expect(target.entity('customer').compare(outcome.documents[0] as PlannedDocument, guest, plain)).toEqual([]);
    expect(await target.entity('customer').update(plan(), guest, call)).toEqual({ status: 'applied' });
    const after = await readPartner(guest.targetId);
    expect(bodyOf(after).U_EntrepotRef).toBe('shop/77');
    expect(await target.entity('customer').update(plan(), after, call)).toEqual({ status: 'unchanged' });
    const other = plan({ email: 'eve@example.com' });
    expect(await target.entity('customer').update(other, guest, call)).toMatchObject({ status: 'refused' });
  });

  it('one person in two shops is one partner: it keeps the reference of the first', async () => {
    const partner = {
      CardCode: 'BOTH',
      CardName: 'Ada',
      CardType: 'cCustomer',
      U_EntrepotRef: 'outlet/5',
      BPAddresses: [],
      ContactEmployees: [],
    };
    await test.control('POST', '/seed', { sets: { BusinessPartners: [partner] } });
    const found = (await target.entity('customer').read(documentOf('customer'), 'BOTH', call)) as FoundDocument;
    expect(await target.entity('customer').update(plan(), found, call)).toEqual({ status: 'applied' });
    const after = (await target.entity('customer').read(documentOf('customer'), 'BOTH', call)) as FoundDocument;
    expect(bodyOf(after)).toMatchObject({ U_EntrepotRef: 'outlet/5', CardName: 'Ada Example' });
    expect(target.entity('customer').compare(plan(), after, plain)).toEqual([]);
  });
});
