import { createCustomer } from '@entrepot/canonical';
import type { PlannedDocument } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { bodyOf, deliver, map, patchByHand, plain, plan, readPartner } from './customers-for-tests.ts';
import { makeCustomer, makeFlow } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { call, target, useSandbox } from './sandbox-under-test.ts';

useSandbox();

describe('emptied in the shop', () => {
  const customer = () => target.entity('customer');

  it('every mapped field becomes empty in SAP, rows too; what a person made stays', async () => {
    // A source that has all of them.
    const all = makeFlow({}, { target: { keptIfEmpty: [] } });
    const full = plan(
      {
        mobile: '+15550101',
        fax: '+15550102',
        taxRegistrations: [{ country: 'US', kind: 'EIN', number: '12-3456789' }],
        contacts: [
          {
            id: 'c1',
            firstName: 'Ada',
            lastName: 'Example',
            title: 'Ms',
            email: 'ada@example.com',
            phone: '1234567',
            mobile: '2345678',
          },
        ],
        addresses: makeCustomer().addresses.map((address) => ({
          ...address,
          company: 'Example Ltd',
          phone: '+15550103',
        })),
      },
      all,
    );
    const created = await deliver(full);
    const byHand = { AddressName: 'Depot', AddressType: 'bo_ShipTo', City: 'Elsewhere', Block: 'Gate 4' };
    await patchByHand({ BPAddresses: [byHand], ContactEmployees: [{ Name: 'Eve', Phone1: '99' }], Notes: 'pays late' });
    const before = await readPartner(created.targetId);
    const bare = plan(
      {
        email: null,
        phone: null,
        contacts: [{ id: 'c1', firstName: 'Ada', lastName: 'Example' }],
        addresses: [{ id: 'a1', roles: ['BILLING', 'SHIPPING'], lines: ['1 Main Street'], country: 'US' }],
      },
      all,
    );
    expect(customer().compare(bare, before, all)).not.toEqual([]);
    expect(await customer().update(bare, before, call)).toEqual({ status: 'applied' });
    const after = await readPartner(created.targetId);
    expect(customer().compare(bare, after, all)).toEqual([]);
    for (const name of ['EmailAddress', 'Phone1', 'Cellular', 'Fax', 'FederalTaxID'])
      expect(bodyOf(after)[name] ?? '', name).toBe('');
    const [bill, ship, depot] = bodyOf(after).BPAddresses;
    for (const row of [bill, ship])
      for (const name of ['Block', 'City', 'ZipCode', 'State', 'AddressName2', 'AddressName3'])
        expect(row?.[name] ?? '', name).toBe('');
    expect(bill).toMatchObject({ AddressName: 'Address a1', Street: '1 Main Street', Country: 'US' });
    expect(depot).toMatchObject(byHand);
    const [ada, eve] = bodyOf(after).ContactEmployees;
    for (const name of ['Position', 'Phone1', 'MobilePhone', 'E_Mail']) expect(ada?.[name] ?? '', name).toBe('');
    expect(ada).toMatchObject({ Name: 'Ada Example', FirstName: 'Ada' });
    expect(eve).toMatchObject({ Name: 'Eve', Phone1: '99' });
    expect(bodyOf(after).Notes).toBe('pays late');
  });

  it('what the shop has no field for stays as people filled it in SAP, until the shop says something', async () => {
    const created = await deliver(plan());
    const [contact] = bodyOf(created).ContactEmployees;
    const ofPeople = { FederalTaxID: 'DE123456789', Fax: '+15550102', Cellular: '+15550101' };
    await patchByHand({
      ...ofPeople,
      ContactEmployees: [{ InternalCode: contact?.InternalCode, Name: contact?.Name, MobilePhone: '+15550104' }],
    });
    const before = await readPartner(created.targetId);
    expect(customer().compare(plan(), before, plain)).toEqual([]);
    expect(await customer().update(plan(), before, call)).toEqual({ status: 'unchanged' });
    expect(await customer().update(plan({ phone: '+15550177', mobile: '+15550178' }), before, call)).toEqual({
      status: 'applied',
    });
    const after = bodyOf(await readPartner(created.targetId));
    expect(after).toMatchObject({ ...ofPeople, Cellular: '+15550178', Phone1: '+15550177' });
    expect(after.ContactEmployees[0]).toMatchObject({ Name: 'Ada Example', MobilePhone: '+15550104' });
  });

  it('addresses and contacts that are gone stay in SAP, where documents name them', async () => {
    const created = await deliver(plan());
    const without = plan({ addresses: [], contacts: [] });
    expect(await customer().update(without, created, call)).toEqual({ status: 'unchanged' });
    expect(bodyOf(await readPartner(created.targetId)).BPAddresses).toHaveLength(2);
  });

  it('the default address follows the shop; the former one stays, and is no default', async () => {
    const created = await deliver(plan());
    expect(bodyOf(created)).toMatchObject({ ShipToDefault: 'Address a1', BilltoDefault: 'Address a1' });
    const [first] = makeCustomer().addresses;
    const moved = plan({
      addresses: [
        { ...first, id: 'a3', isDefault: false },
        { ...first, id: 'a2', city: 'Shelbyville' },
      ],
    });
    expect(await customer().update(moved, created, call)).toEqual({ status: 'applied' });
    const after = await readPartner(created.targetId);
    expect(bodyOf(after)).toMatchObject({ ShipToDefault: 'Address a2', BilltoDefault: 'Address a2' });
    expect(bodyOf(after).BPAddresses).toHaveLength(6);
    expect(customer().compare(moved, after, plain)).toEqual([]);
  });

  it("our part of the remarks goes with the long text, people's part stays", async () => {
    const created = await deliver(plan({ name: 'x'.repeat(101) }));
    await patchByHand({ FreeText: `Ask for Eve\n${String(bodyOf(created).FreeText)}\nRings twice` });
    const long = plan({ name: 'y'.repeat(102) });
    expect(await customer().update(long, await readPartner(created.targetId), call)).toEqual({ status: 'applied' });
    expect(bodyOf(await readPartner(created.targetId)).FreeText).toBe(
      `Ask for Eve\n[Entrepot]\nCardName: ${'y'.repeat(102)}\n[/Entrepot]\nRings twice`,
    );
    expect(await customer().update(plan(), await readPartner(created.targetId), call)).toEqual({ status: 'applied' });
    expect(bodyOf(await readPartner(created.targetId)).FreeText).toBe('Ask for Eve\n\nRings twice');
    expect(customer().compare(plan(), await readPartner(created.targetId), plain)).toEqual([]);
  });

  it('a contact is known by its e-mail address: a new name makes no second row', async () => {
    const created = await deliver(plan());
    const renamed = plan({ contacts: [{ id: 'c1', firstName: 'Ada', lastName: 'King', email: 'ADA@example.com' }] });
    expect(await customer().update(renamed, created, call)).toEqual({ status: 'applied' });
    const { ContactEmployees } = bodyOf(await readPartner(created.targetId));
    expect(ContactEmployees.map((row) => row.Name)).toEqual(['Ada King']);
  });
});

describe('deleted in the shop', () => {
  const deleted = (id: string, connection = 'shop'): PlannedDocument => {
    const outcome = map(createCustomer({ source: { connection, vendor: 'shopify', id, version: 2 }, deleted: true }));
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
    return outcome.documents[0] as PlannedDocument;
  };

  it('the partner is made inactive, and keeps everything else', async () => {
    const created = await deliver(plan({ phone: '+15550199' }));
    expect(await target.entity('customer').update(deleted('77'), created, call)).toEqual({ status: 'applied' });
    const left = await target.entity('customer').read(documentOf('customer'), created.targetId, call);
    const { UpdateDate, UpdateTime, DataVersion, '@odata.etag': _, Valid, Frozen, ...kept } = bodyOf(created);
    expect(left?.body).toMatchObject({ ...kept, Valid: 'tNO', Frozen: 'tYES' });
  });

  it('a partner that another shop knows stays active', async () => {
    const created = await deliver(plan());
    expect(await target.entity('customer').update(deleted('5', 'other'), created, call)).toEqual({
      status: 'unchanged',
    });
  });
});
