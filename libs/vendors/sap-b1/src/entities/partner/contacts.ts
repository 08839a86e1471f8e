import type { FieldProblem } from '@entrepot/canonical';
import {
  type CallContext,
  type FoundDocument,
  type PlannedDocument,
  type UpdateOutcome,
  VendorError,
  type WrittenDocument,
} from '@entrepot/vendor-kit';
import type { ContactPlan } from '../../map/customer/plan.ts';
import type { ServiceLayer } from '../../service-layer/client.ts';
import { readText } from '../../service-layer/odata.ts';
import type { SapEntity } from '../../service-layer/wire.ts';
import { findPerson, fold, listContacts, planPersonChange, toPersonRow } from './people.ts';
import { patchPartner, readPartner } from './read.ts';

import type { Turns } from './turns.ts';

/** Between the partner's code and the contact's number in a target id; codes hold none. */
const SEPARATOR = '#';

/** People at companies: rows of the company's business partner. */
export interface ContactTarget {
  find(plan: ContactPlan, call: CallContext): Promise<FoundDocument[]>;
  create(plan: ContactPlan, call: CallContext): Promise<WrittenDocument>;
  read(targetId: string, call: CallContext): Promise<FoundDocument | null>;
  update(plan: ContactPlan, current: FoundDocument, call: CallContext): Promise<UpdateOutcome>;
}

export function createContactTarget(layer: ServiceLayer, turns: Turns): ContactTarget {
  const find: ContactTarget['find'] = async (plan, call) => {
    const partner = await readPartner(layer, plan.cardCode, call);
    const row = partner === null ? null : findPerson(plan.contact, partner.body as SapEntity);
    return partner === null || row === null ? [] : [toFoundContact(partner, row)];
  };
  const read: ContactTarget['read'] = async (targetId, call) => {
    const { cardCode, number } = readTargetId(targetId);
    const partner = await readPartner(layer, cardCode, call);
    const row = partner === null ? null : findRow(partner, number);
    return partner === null || row === null ? null : toFoundContact(partner, row);
  };
  return {
    find,
    read,
    create: async (plan, call) => {
      await turns(plan.cardCode, async () => {
        const partner = await readPartner(layer, plan.cardCode, call);
        if (partner === null) throw new VendorError('notFound', `business partner ${plan.cardCode} is gone`);
        const entity = partner.body as SapEntity;
        if (findPerson(plan.contact, entity) !== null) return;
        await patchPartner(layer, partner, { ContactEmployees: [toPersonRow(plan.contact, entity)] }, call);
      });
      const [made] = await find(plan, call);
      if (made === undefined)
        throw new VendorError('conflict', `business partner ${plan.cardCode} does not show the contact added to it`);
      return { targetId: made.targetId, targetNumber: made.targetNumber, status: 'created' };
    },
    // By its number: who has a new name and a new address is still the same person.
    update: async (plan, current, call) => {
      if (compareContact(plan, current).length === 0) return { status: 'unchanged' };
      const { cardCode, number } = readTargetId(current.targetId);
      return turns(cardCode, async () => {
        const partner = await readPartner(layer, cardCode, call);
        const row = partner === null ? null : findRow(partner, number);
        if (partner === null || row === null)
          throw new VendorError('conflict', `contact ${current.targetId} is gone from SAP`);
        const change = planPersonChange(plan.contact, partner.body as SapEntity, row);
        if (change === null) return { status: 'unchanged' };
        await patchPartner(layer, partner, { ContactEmployees: [change] }, call);
        return { status: 'applied' };
      });
    },
  };
}

function readTargetId(targetId: string): { readonly cardCode: string; readonly number: string } {
  const at = targetId.lastIndexOf(SEPARATOR);
  return { cardCode: targetId.slice(0, at), number: targetId.slice(at + 1) };
}

function findRow(partner: FoundDocument, number: string): SapEntity | null {
  return listContacts(partner.body as SapEntity).find((row) => readText(row.InternalCode) === number) ?? null;
}

function toFoundContact(partner: FoundDocument, row: SapEntity): FoundDocument {
  const targetId = `${partner.targetId}${SEPARATOR}${readText(row.InternalCode) ?? ''}`;
  return { targetId, targetNumber: readText(row.Name), draft: false, body: row, etag: partner.etag };
}

/** Differences of a contact's row. Of two people of one name the second goes by the e-mail address. */
export function compareContact({ contact, updates }: ContactPlan, current: FoundDocument): FieldProblem[] {
  if (updates === 'reference-only') return [];
  const row = current.body as SapEntity;
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

export function isContact(document: PlannedDocument): boolean {
  return (document.body as ContactPlan).kind === 'contact';
}
