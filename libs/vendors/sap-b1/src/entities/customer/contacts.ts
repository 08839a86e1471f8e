import { type FieldProblem } from '@entrepot/canonical';
import {
  type CallContext,
  type FoundDocument,
  type UpdateOutcome,
  VendorError,
  type WrittenDocument,
} from '@entrepot/vendor-kit';
import type { SapB1Client } from '../../client.ts';
import { readText, type SapEntity } from '../../service-layer/wire.ts';
import { type ContactPlan } from './map/plan.ts';
import { patchPartner, readPartner } from './read-write.ts';
import { findPerson, fold, listContacts, planPersonChange, toPersonRow } from './rows.ts';

/** Between the partner's code and the contact's number in a target id; codes hold none. */
const SEPARATOR = '#';

/** The person's row at the company's partner. */
export async function findContacts(
  plan: ContactPlan,
  client: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const partner = await readPartner(plan.cardCode, client, call);
  const row = partner === null ? null : findPerson(plan.contact, partner.body);
  return partner === null || row === null ? [] : [toFoundContact(partner, row)];
}

export async function readContact(
  targetId: string,
  client: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity> | null> {
  const { cardCode, number } = readTargetId(targetId);
  const partner = await readPartner(cardCode, client, call);
  const row = partner === null ? null : findRow(partner, number);
  return partner === null || row === null ? null : toFoundContact(partner, row);
}

export async function createContact(
  plan: ContactPlan,
  client: SapB1Client,
  call: CallContext,
): Promise<WrittenDocument> {
  const { cardCode, contact } = plan;
  await client.partners.run([cardCode], async () => {
    const partner = await readPartner(cardCode, client, call);
    if (partner === null) throw new VendorError('notFound', `business partner ${cardCode} is gone`);
    if (findPerson(contact, partner.body) !== null) return;
    await patchPartner(client, partner, { ContactEmployees: [toPersonRow(contact, partner.body)] }, call);
  });
  const [made] = await findContacts(plan, client, call);
  if (made === undefined)
    throw new VendorError('conflict', `business partner ${cardCode} does not show the contact added to it`);
  return { targetId: made.targetId, targetNumber: made.targetNumber, status: 'created' };
}

/** Finds the row by its number: a person with a new name and a new address is still the same person. */
export async function updateContact(
  plan: ContactPlan,
  current: FoundDocument<SapEntity>,
  client: SapB1Client,
  call: CallContext,
): Promise<UpdateOutcome> {
  if (compareContact(plan, current).length === 0) return { status: 'unchanged' };
  const { cardCode, number } = readTargetId(current.targetId);
  return client.partners.run([cardCode], async () => {
    const partner = await readPartner(cardCode, client, call);
    const row = partner === null ? null : findRow(partner, number);
    if (partner === null || row === null)
      throw new VendorError('conflict', `contact ${current.targetId} is gone from SAP`);
    const change = planPersonChange(plan.contact, partner.body, row);
    if (change === null) return { status: 'unchanged' };
    await patchPartner(client, partner, { ContactEmployees: [change] }, call);
    return { status: 'applied' };
  });
}

function readTargetId(targetId: string): { readonly cardCode: string; readonly number: string } {
  const at = targetId.lastIndexOf(SEPARATOR);
  return { cardCode: targetId.slice(0, at), number: targetId.slice(at + 1) };
}

function findRow(partner: FoundDocument<SapEntity>, number: string): SapEntity | null {
  return listContacts(partner.body).find((row) => readText(row.InternalCode) === number) ?? null;
}

function toFoundContact(partner: FoundDocument<SapEntity>, row: SapEntity): FoundDocument<SapEntity> {
  const targetId = `${partner.targetId}${SEPARATOR}${readText(row.InternalCode) ?? ''}`;
  return { targetId, targetNumber: readText(row.Name), state: null, body: row, etag: partner.etag };
}

/** Differences of a contact's row. Of two people of one name the second goes by the e-mail address. */
export function compareContact({ contact, updates }: ContactPlan, current: FoundDocument<SapEntity>): FieldProblem[] {
  if (updates === 'reference-only') return [];
  const row = current.body;
  const isNamed = [contact.name, contact.fields.E_Mail].some(
    (name) => fold(name) !== '' && fold(name) === fold(row.Name),
  );
  const wanted = isNamed ? contact.fields : { Name: contact.name, ...contact.fields };
  return Object.entries(wanted).flatMap(([name, value]) =>
    readText(row[name]) === readText(value)
      ? []
      : [{ path: `ContactEmployees.${name}`, expected: value ?? '', actual: readText(row[name]) ?? '' }],
  );
}
