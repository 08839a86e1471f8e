import { createHash } from 'node:crypto';
import type { FieldProblem } from '@entrepot/canonical';
import type { DocumentDraft, FoundDocument } from '@entrepot/vendor-kit';
import { mergeRemarks } from '../../map/translate.ts';
import { readText, type SapEntity } from '../../service-layer/wire.ts';
import type { CustomerPlan } from './map/plan.ts';
import { planAddressChanges, planContactChanges } from './rows.ts';

type PartnerDocument = Pick<DocumentDraft<CustomerPlan>, 'desired' | 'body'>;

/** The owner of the partner by its reference; null for the same customer as a guest. */
export function readOwner(plan: CustomerPlan, partner: SapEntity): string | null {
  const owner = readText(partner[plan.refField]);
  return owner === plan.guestRef ? null : owner;
}

/** The connection of a reference `<connection>/<id>`. */
export function connectionOf(ref: string): string {
  return ref.split('/')[0] ?? ref;
}

export function planChanges(document: PartnerDocument, partner: SapEntity): Record<string, unknown> {
  const plan = document.body;
  // Deleted in one shop: a partner that carries the reference of another shop, or one set in SAP, stays active.
  if (document.desired === 'cancelled' && readText(partner[plan.refField]) !== plan.ref) return {};
  // One person may buy in two shops: the partner keeps the reference of the first, the link knows the second.
  const reference = readOwner(plan, partner) === null ? { [plan.refField]: plan.ref } : {};
  if (plan.updates === 'reference-only') return reference;
  const remarks = readText(partner.FreeText);
  const wanted = {
    ...plan.fields,
    // Of a deleted customer nothing but that is known.
    ...(document.desired === 'cancelled' ? {} : { FreeText: mergeRemarks(remarks, plan.remarks) }),
  };
  const fields = Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => readText(partner[name]) !== readText(value)),
  );
  const addresses = planAddressChanges(plan.addresses, partner);
  const contacts = planContactChanges(plan.contacts, partner);
  return {
    ...reference,
    ...fields,
    ...(addresses.length === 0 ? {} : { BPAddresses: addresses }),
    ...(contacts.length === 0 ? {} : { ContactEmployees: contacts }),
  };
}

export function comparePartner(document: PartnerDocument, current: FoundDocument<SapEntity>): FieldProblem[] {
  const partner = current.body;
  const differences = planChanges(document, partner);
  return Object.entries(differences).flatMap(([name, value]): FieldProblem[] =>
    Array.isArray(value)
      ? value.map((row: Record<string, unknown>) => ({
          path: `${name}[${String(row.AddressName ?? row.Name)}]`,
          message: 'differs in SAP',
        }))
      : [{ path: name, expected: readText(value) ?? '', actual: readText(partner[name]) ?? '' }],
  );
}

const HASHED = [
  'CardName',
  'EmailAddress',
  'Phone1',
  'Cellular',
  'Fax',
  'FederalTaxID',
  'GroupCode',
  'PriceListNum',
  'PayTermsGrpCode',
  'SalesPersonCode',
  'Valid',
  'Frozen',
  'FreeText',
  'ShipToDefault',
  'BilltoDefault',
];
const HASHED_ADDRESS = [
  'AddressName',
  'AddressType',
  'Street',
  'Block',
  'City',
  'ZipCode',
  'State',
  'Country',
  'AddressName2',
  'AddressName3',
];
const HASHED_CONTACT = ['Name', 'FirstName', 'LastName', 'Position', 'Phone1', 'MobilePhone', 'E_Mail'];

/** Hash over what we map of a customer, as SAP holds it. */
export function hashPartner(current: FoundDocument<SapEntity>): string {
  const partner = current.body;
  const pickRows = (rows: unknown, names: readonly string[]) =>
    ((rows ?? []) as SapEntity[]).map((row) => pick(row, names));
  const content = [
    pick(partner, HASHED),
    pickRows(partner.BPAddresses, HASHED_ADDRESS),
    pickRows(partner.ContactEmployees, HASHED_CONTACT),
  ];
  return digest(content);
}

/** The same of a contact's row. */
export function hashContact({ body }: FoundDocument<SapEntity>): string {
  return digest(pick(body, HASHED_CONTACT));
}

function pick(entity: SapEntity, names: readonly string[]): (string | null)[] {
  return names.map((name) => readText(entity[name]));
}

function digest(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
