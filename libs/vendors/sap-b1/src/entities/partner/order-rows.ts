import { type CallContext, type FoundDocument, type PlannedDocument, VendorError } from '@entrepot/vendor-kit';
import type { OrderPlan, PartnerRows } from '../../map/order/plan.ts';
import type { ServiceLayer } from '../../service-layer/client.ts';
import { readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { withoutEmpty } from '../without-empty.ts';
import { findPerson, fold, toPersonRow } from './people.ts';
import { patchPartner, readPartner } from './read.ts';
import type { Turns } from './turns.ts';

/**
 * A company's order with its buyer and its place (ContactPersonCode, ShipToCode): SAP gives the contact's number, so the row must be there
 * before the order. What is absent is added to the partner, in turn and only to the partner as it was read; a repeated attempt finds it.
 */
export async function withPartnerRows(
  layer: ServiceLayer,
  turns: Turns,
  document: PlannedDocument,
  cardCode: string,
  call: CallContext,
): Promise<PlannedDocument> {
  const plan = document.body as OrderPlan;
  const rows = plan.partnerRows;
  if (rows === null || (rows.contact === null && rows.location === null)) return document;
  const partner = await turns(cardCode, () => addRows(layer, rows, cardCode, call));
  // An unknown partner: SAP refuses the order with words of its own.
  if (partner === null) return document;
  const contact = rows.contact === null ? null : findPerson(rows.contact, partner);
  const place = findPlace(rows, partner);
  const header = {
    ...plan.header,
    ...(contact === null ? {} : { ContactPersonCode: contact.InternalCode }),
    // At another address the order has its own only.
    ...(place === null || !isSameAddress(rows, place) ? {} : { ShipToCode: place.AddressName }),
  };
  return { ...document, body: { ...plan, header } };
}

/** The partner with the rows in it; null when there is no such partner. */
async function addRows(
  layer: ServiceLayer,
  rows: PartnerRows,
  cardCode: string,
  call: CallContext,
): Promise<SapEntity | null> {
  const partner = await readPartner(layer, cardCode, call);
  if (partner === null) return null;
  const change = planRows(rows, partner.body as SapEntity);
  if (Object.keys(change).length === 0) return partner.body as SapEntity;
  await patchPartner(layer, partner, change, call);
  const after = await readPartner(layer, cardCode, call);
  if (after === null || Object.keys(planRows(rows, after.body as SapEntity)).length > 0)
    throw new VendorError('conflict', `business partner ${cardCode} does not show the rows that were added to it`, {
      advice: 'Look at the contacts and addresses of the business partner in SAP, then retry.',
    });
  return after.body as SapEntity;
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

/** The partner of an order that SAP holds: it cannot be changed any more, so a company's order keeps it, whatever its company is linked to now. */
export function withHeldPartner(document: PlannedDocument, current: FoundDocument): PlannedDocument {
  const plan = document.body as OrderPlan;
  const held = readText((current.body as SapEntity).CardCode);
  if (document.state === 'cancelled' || plan.partnerRows === null || held === null) return document;
  return { ...document, body: { ...plan, header: { ...plan.header, CardCode: held } } };
}
