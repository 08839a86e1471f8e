import type { PlannedAddress, PlannedContact } from '../map/customer/plan.ts';
import { readText } from '../service-layer/odata.ts';
import type { SapEntity } from '../service-layer/wire.ts';

/**
 * Address rows that a PATCH must carry. SAP merges them by RowNum: an existing row is addressed by it, a new one has none; rows that
 * SAP has besides stay, since people add addresses there.
 */
export function planAddressChanges(planned: readonly PlannedAddress[], partner: SapEntity): Record<string, unknown>[] {
  const rows = (partner.BPAddresses ?? []) as SapEntity[];
  return planned.flatMap((address) => {
    const row = rows.find(
      (candidate) => candidate.AddressName === address.name && candidate.AddressType === address.type,
    );
    const key = { AddressName: address.name, AddressType: address.type };
    if (row === undefined) return [{ ...key, ...address.fields }];
    return differs(address.fields, row) ? [{ RowNum: row.RowNum, BPCode: row.BPCode, ...key, ...address.fields }] : [];
  });
}

/** Contact rows that a PATCH must carry; an existing one is addressed by its InternalCode. */
export function planContactChanges(planned: readonly PlannedContact[], partner: SapEntity): Record<string, unknown>[] {
  const rows = (partner.ContactEmployees ?? []) as SapEntity[];
  return planned.flatMap((contact) => {
    const row = rows.find((candidate) => candidate.Name === contact.name);
    if (row === undefined) return [{ Name: contact.name, ...contact.fields }];
    return differs(contact.fields, row)
      ? [{ InternalCode: row.InternalCode, Name: contact.name, ...contact.fields }]
      : [];
  });
}

function differs(fields: Readonly<Record<string, string>>, row: SapEntity): boolean {
  return Object.entries(fields).some(([name, value]) => readText(row[name]) !== value);
}
