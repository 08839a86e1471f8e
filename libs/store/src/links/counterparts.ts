import { type EntityName, parseEventKey } from '@entrepot/canonical';
import type { LinkDocument, LinkedDocument } from '../documents.ts';
import type { DocumentKey, Links } from './links.ts';

/** A document in one system, and the other system whose own record it may be of. */
export interface CounterpartKey {
  readonly entity: EntityName;
  /** The connection that holds the document, and the document's id there. */
  readonly heldBy: string;
  readonly targetId: string;
  /** The connection whose record is looked for. */
  readonly of: string;
  /** Which of the record's documents it is; left out: any with the role of main documents, which is the entity's name. */
  readonly document?: DocumentKey | undefined;
}

/** The record that a document is of. */
export interface Counterpart {
  /** The record's id in its own system. */
  readonly id: string;
  readonly link: LinkDocument;
  readonly document: LinkedDocument;
}

/**
 * Finds the records that a document in another system is of, by links read backwards. Several need a person's decision. An approval draft is
 * not the document yet.
 */
export async function findCounterparts(
  links: Pick<Links, 'findByTargetId'>,
  { entity, heldBy, targetId, of, document }: CounterpartKey,
): Promise<Counterpart[]> {
  const wanted = document ?? { role: entity };
  const found = await links.findByTargetId(heldBy, wanted, targetId);
  return found.flatMap((link) => {
    const { connection, id } = parseEventKey(link.sourceKey);
    if (link.entity !== entity || connection !== of) return [];
    const held = link.documents.find(
      (each) =>
        each.role === wanted.role &&
        each.targetId === targetId &&
        !each.draft &&
        (document === undefined || each.subId === document.subId),
    );
    return held === undefined ? [] : [{ id, link, document: held }];
  });
}
