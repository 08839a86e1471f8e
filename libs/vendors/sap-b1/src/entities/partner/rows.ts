import type { PlannedAddress, PlannedContact } from '../../map/customer/plan.ts';
import { readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { withoutEmpty } from '../without-empty.ts';

/**
 * Address rows that a PATCH must carry. SAP merges them by RowNum: an existing row is addressed by it, a new one has none. Rows
 * that SAP has besides stay, also those of addresses that are gone at the source: people add addresses, nothing tells who made a row, and
 * documents name them.
 */
export function planAddressChanges(planned: readonly PlannedAddress[], partner: SapEntity): Record<string, unknown>[] {
  const rows = (partner.BPAddresses ?? []) as SapEntity[];
  return planned.flatMap((address) => {
    const row = rows.find(
      (candidate) => candidate.AddressName === address.name && candidate.AddressType === address.type,
    );
    const key = { AddressName: address.name, AddressType: address.type };
    if (row === undefined) return [{ ...key, ...withoutEmpty(address.fields) }];
    return differs(address.fields, row) ? [{ RowNum: row.RowNum, BPCode: row.BPCode, ...key, ...address.fields }] : [];
  });
}

/**
 * Contact rows that a PATCH must carry; an existing one is addressed by its InternalCode. Rows that SAP has besides stay: nothing tells those
 * that we wrote from those of a person, and documents name them.
 */
export function planContactChanges(planned: readonly PlannedContact[], partner: SapEntity): Record<string, unknown>[] {
  return planned.flatMap((contact) => {
    const row = findContact(contact, partner);
    const fields = { Name: contact.name, ...contact.fields };
    if (row === null) return [withoutEmpty(fields)];
    return differs(fields, row) ? [{ InternalCode: row.InternalCode, ...fields }] : [];
  });
}

/** The row of a contact: by e-mail address in any case, else by name. */
function findContact(contact: PlannedContact, partner: SapEntity): SapEntity | null {
  const rows = (partner.ContactEmployees ?? []) as SapEntity[];
  const email = contact.fields.E_Mail?.toLowerCase();
  const byEmail =
    email === undefined ? undefined : rows.find((row) => readText(row.E_Mail)?.trim().toLowerCase() === email);
  const isNamed = (row: SapEntity) => readText(row.Name)?.trim().toLowerCase() === contact.name.toLowerCase();
  return byEmail ?? rows.find(isNamed) ?? null;
}

function differs(fields: Readonly<Record<string, string | null>>, row: SapEntity): boolean {
  return Object.entries(fields).some(([name, value]) => readText(row[name]) !== readText(value));
}
