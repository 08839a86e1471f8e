import { createContact } from '@entrepot/canonical';
import { readAddressParts, readPhone, readRealName } from '../../../map/party.ts';
import { toAddressFields } from '../../customer/map/addresses.ts';
import { externalIdOf } from '../../customer/map/company.ts';
import { mapContact } from '../../customer/map/contacts.ts';
import { type PlannedAddress, type PlannedContact } from '../../customer/map/plan.ts';
import { type OrderContext, type PartnerRows } from './plan.ts';

/** Who buys for the company, and for which of its places: rows of its business partner. */
export function planPartnerRows(context: OrderContext): PartnerRows {
  return { contact: planBuyer(context), location: planLocation(context) };
}

function planBuyer({ order, texts }: OrderContext): PlannedContact | null {
  const shown = order.contact?.name ?? order.customer?.name ?? null;
  const name = readRealName(order.contact?.name) ?? readRealName(order.customer?.name);
  const contact = createContact({ id: '', name, email: order.email, phone: order.phone ?? readPhone(shown) });
  return mapContact(contact, texts, 'contact');
}

function planLocation({ order, flow, settings, texts }: OrderContext): PartnerRows['location'] {
  const { companyLocation: place, shipTo } = order;
  if (place === null || shipTo === null) return null;
  const names = [externalIdOf(place), place.number, place.name, place.id].filter((name) => name !== null);
  const [first] = names;
  if (first === undefined) return null;
  const parts = readAddressParts(shipTo, { texts, flow, writeStates: settings.writeStates }, 'shipTo');
  const address: PlannedAddress = {
    name: texts.fit('AddressName', first, 'companyLocation'),
    type: 'bo_ShipTo',
    isDefault: false,
    fields: toAddressFields(parts),
  };
  return { address, names: [...new Set([address.name, ...names])] };
}
