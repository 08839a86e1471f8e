import { type EntityName, isInTarget, isSameDocument, parseEventKey, type WaitingKey } from '@entrepot/canonical';
import type { DocumentKey } from '@entrepot/vendor-kit';
import type { LinkDocument, LinkedDocument } from '../documents.ts';
import { linesOf } from './link-store.ts';
import type { Links } from './links.ts';

/** A document in one system. */
export interface CounterpartKey {
  readonly entity: EntityName;
  /** The connection that holds the document, and the document's id there. */
  readonly heldBy: string;
  readonly targetId: string;
  /** Which of the record's documents it is; left out: any with the role of main documents, which is the entity's name. */
  readonly document?: DocumentKey | undefined;
}

/** The record that a document is of. */
export interface Counterpart {
  /** The record's own system, and its id there. */
  readonly connection: string;
  readonly id: string;
  readonly link: LinkDocument;
  readonly document: LinkedDocument;
}

/**
 * Finds the records that a document in another system is of, by links read backwards: of whatever connection. Several of one need a person's
 * decision. An approval draft is not the document yet.
 */
export async function findCounterparts(
  links: Pick<Links, 'findByTargetId'>,
  { entity, heldBy, targetId, document }: CounterpartKey,
): Promise<Counterpart[]> {
  const wanted = document ?? { role: entity };
  const found = await links.findByTargetId(heldBy, wanted, targetId);
  return found.flatMap((link) => {
    const { connection, id } = parseEventKey(link.sourceKey);
    if (link.entity !== entity) return [];
    const held = link.documents.find(
      (each) =>
        each.role === wanted.role &&
        each.targetId === targetId &&
        !each.draft &&
        (document === undefined || each.subId === document.subId),
    );
    return held === undefined ? [] : [{ connection, id, link, document: held }];
  });
}

/**
 * Which of these lines a link's document may yet get. None once the record's delivery is done: what is missing then was added in the other
 * system.
 */
export function findAwaitedLines(
  { deliveredHash }: Pick<LinkDocument, 'deliveredHash'>,
  known: readonly string[],
  wanted: readonly string[],
): readonly string[] {
  return deliveredHash === '' ? wanted.filter((line) => !known.includes(line)) : [];
}

/**
 * Whether links show what a delivery waits for, or that it waits in vain: the record that it names, with the lines that it names, or the
 * target's own that became it at the source, or another connection's.
 */
export async function showsAwaited(
  links: Pick<Links, 'get' | 'exists' | 'findByTargetId'>,
  { from, to }: { readonly from: string; readonly to: string },
  { entity, sourceKey, document, counterpart = false, lines = [] }: WaitingKey,
): Promise<boolean> {
  if (sourceKey === null) return false;
  const key = { target: to, entity, sourceKey };
  if (await links.exists(key, document)) return lines.length === 0 || hasLines(await links.get(key), document, lines);
  const { connection: heldBy, id: targetId } = parseEventKey(sourceKey);
  if (!counterpart || heldBy !== from) return false;
  const found = await findCounterparts(links, { entity, heldBy, targetId, document });
  const own = found.filter(({ connection }) => connection === to);
  if (own.length === 0) return found.length > 0;
  return own.some(({ link, document: held }) => {
    const known = linesOf(link, held).map(({ targetLine }) => targetLine);
    return findAwaitedLines(link, known, lines).length === 0;
  });
}

/** The document that the target has of a link; if none is named, one without `subId`. */
export function findHeld({ documents }: Pick<LinkDocument, 'documents'>, document?: DocumentKey) {
  const usable = documents.filter(isInTarget);
  if (document === undefined) return usable.find(({ subId }) => subId === null);
  return usable.find((each) => isSameDocument(each, document));
}

function hasLines(link: LinkDocument | null, document: DocumentKey | undefined, lines: readonly string[]): boolean {
  const held = link === null ? undefined : findHeld(link, document);
  if (link === null || held === undefined) return false;
  const known = linesOf(link, held).map(({ sourceLineId }) => sourceLineId);
  return findAwaitedLines(link, known, lines).length === 0;
}
