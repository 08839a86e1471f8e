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
import { patchPartner, readPartner } from './read.ts';
import { findContact, planContactChanges } from './rows.ts';
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
    const row = partner === null ? null : findContact(plan.contact, partner.body as SapEntity);
    return partner === null || row === null ? [] : [toFoundContact(partner, row)];
  };
  /** Brings the partner's row to the plan, as the partner was read within the turn. */
  const write = (plan: ContactPlan, call: CallContext): Promise<boolean> =>
    turns(plan.cardCode, async () => {
      const partner = await readPartner(layer, plan.cardCode, call);
      if (partner === null) throw new VendorError('notFound', `business partner ${plan.cardCode} is gone`);
      const changes = planContactChanges([plan.contact], partner.body as SapEntity);
      if (changes.length > 0) await patchPartner(layer, partner, { ContactEmployees: changes }, call);
      return changes.length > 0;
    });
  return {
    find,
    create: async (plan, call) => {
      await write(plan, call);
      const [made] = await find(plan, call);
      if (made === undefined)
        throw new VendorError('conflict', `business partner ${plan.cardCode} does not show the contact added to it`);
      return { targetId: made.targetId, targetNumber: made.targetNumber, status: 'created' };
    },
    read: async (targetId, call) => {
      const [cardCode = '', number] = targetId.split(SEPARATOR);
      const partner = await readPartner(layer, cardCode, call);
      const rows = ((partner?.body as SapEntity | undefined)?.ContactEmployees ?? []) as SapEntity[];
      const row = rows.find((candidate) => readText(candidate.InternalCode) === number);
      return partner === null || row === undefined ? null : toFoundContact(partner, row);
    },
    update: async (plan, current, call) => {
      if (compareContact(plan, current).length === 0) return { status: 'unchanged' };
      return { status: (await write(plan, call)) ? 'applied' : 'unchanged' };
    },
  };
}

function toFoundContact(partner: FoundDocument, row: SapEntity): FoundDocument {
  const targetId = `${partner.targetId}${SEPARATOR}${readText(row.InternalCode) ?? ''}`;
  return { targetId, targetNumber: readText(row.Name), draft: false, body: row, etag: partner.etag };
}

/** Differences of a contact's row. */
export function compareContact({ contact }: ContactPlan, current: FoundDocument) {
  const row = current.body as SapEntity;
  return Object.entries({ Name: contact.name, ...contact.fields }).flatMap(([name, value]) =>
    readText(row[name]) === readText(value)
      ? []
      : [{ path: `ContactEmployees.${name}`, expected: value ?? '', actual: readText(row[name]) ?? '' }],
  );
}

export function isContact(document: PlannedDocument): boolean {
  return (document.body as ContactPlan).kind === 'contact';
}
