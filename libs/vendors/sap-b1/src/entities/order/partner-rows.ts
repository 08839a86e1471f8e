import { type CallContext, VendorError } from '@entrepot/vendor-kit';
import { type SapB1Client } from '../../client.ts';
import { type SapEntity, withoutEmpty } from '../../service-layer/wire.ts';
import { patchPartner, readPartner } from '../customer/read-write.ts';
import { findPerson, fold, toPersonRow } from '../customer/rows.ts';
import { type OrderPlan, type PartnerRows } from './map/plan.ts';

/** The plan of a company's order. */
export type CompanyOrderPlan = OrderPlan & { readonly partnerRows: PartnerRows };

/**
 * A company's order with its buyer and its place (ContactPersonCode, ShipToCode): SAP assigns the contact's number, so
 * the row must exist before the order. Missing rows are added to the partner sequentially, and only to the partner as
 * it was read; a repeated attempt finds them.
 */
export async function withPartnerRows(
  plan: CompanyOrderPlan,
  cardCode: string,
  client: SapB1Client,
  call: CallContext,
): Promise<OrderPlan> {
  const rows = plan.partnerRows;
  const partner = await client.partners.run([cardCode], () => addRows(client, rows, cardCode, call));
  // An unknown partner: SAP refuses the order with words of its own.
  if (partner === null) return plan;
  const contact = rows.contact === null ? null : findPerson(rows.contact, partner);
  const place = findPlace(rows, partner);
  const header = {
    ...plan.header,
    ...(contact === null ? {} : { ContactPersonCode: contact.InternalCode }),
    // At another address the order has its own only.
    ...(place === null || !isSameAddress(rows, place) ? {} : { ShipToCode: place.AddressName }),
  };
  return { ...plan, header };
}

/** The partner with the rows in it; null when there is no such partner. */
async function addRows(
  client: SapB1Client,
  rows: PartnerRows,
  cardCode: string,
  call: CallContext,
): Promise<SapEntity | null> {
  const partner = await readPartner(cardCode, client, call);
  if (partner === null) return null;
  const change = planRows(rows, partner.body);
  if (Object.keys(change).length === 0) return partner.body;
  await patchPartner(client, partner, change, call);
  const after = await readPartner(cardCode, client, call);
  if (after === null || Object.keys(planRows(rows, after.body)).length > 0)
    throw new VendorError('conflict', `business partner ${cardCode} does not show the rows that were added to it`, {
      advice: 'Look at the contacts and addresses of the business partner in SAP, then retry.',
    });
  return after.body;
}

/** The rows that the partner lacks. */
function planRows(rows: PartnerRows, partner: SapEntity): Record<string, unknown> {
  const { contact, location } = rows;
  const needsContact = contact !== null && findPerson(contact, partner) === null;
  const needsPlace = location !== null && findPlace(rows, partner) === null;
  return {
    ...(needsContact ? { ContactEmployees: [toPersonRow(contact, partner)] } : {}),
    ...(needsPlace
      ? {
          BPAddresses: [
            {
              AddressName: location.address.name,
              AddressType: location.address.type,
              ...withoutEmpty(location.address.fields),
            },
          ],
        }
      : {}),
  };
}

function findPlace({ location }: PartnerRows, partner: SapEntity): SapEntity | null {
  if (location === null) return null;
  const rows = ((partner.BPAddresses ?? []) as SapEntity[]).filter((row) => row.AddressType === location.address.type);
  for (const name of location.names) {
    const row = rows.find((candidate) => fold(candidate.AddressName) === fold(name));
    if (row !== undefined) return row;
  }
  return null;
}

function isSameAddress({ location }: PartnerRows, row: SapEntity): boolean {
  const fields = location?.address.fields ?? {};
  return ['Street', 'Block', 'City', 'ZipCode', 'Country'].every((name) => fold(fields[name]) === fold(row[name]));
}
