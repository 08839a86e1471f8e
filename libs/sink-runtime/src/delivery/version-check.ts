import type { LinkDocument } from '@entrepot/store';
import type { Delivery } from '../ports.ts';
import { type AttemptResult, describeProblem, endAttempt } from './result.ts';

/**
 * What the link alone decides, before anything is called: a person's mark, a newer version delivered, or nothing to do.
 * Null: go on. `force` (an operator's retry) sends what is unchanged again, but never overwrites a newer version.
 */
export function decideFromLink(
  link: LinkDocument | null,
  delivery: Delivery,
  mappingRevision: number,
): AttemptResult | null {
  if (link === null) return null;
  const mark = link.marks.find((candidate) => candidate.deliveryId === delivery.lane.deliveryId);
  if (mark !== undefined) {
    return endAttempt(mark.kind, {
      error: describeProblem('mark', mark.kind, `${mark.kind} by ${mark.by}: ${mark.reason}`, null),
    });
  }
  const { version, contentHash } = delivery.event;
  if (link.deliveredVersion === null || link.deliveredVersion < version) return null;
  if (link.deliveredVersion > version) return endAttempt('superseded', { supersededBy: link.deliveredVersion });
  // Equal versions of different content exist (a source without change stamps, a publisher that crashed): only equal content is unchanged.
  const unchanged = link.deliveredHash === contentHash && link.mappingRevision === mappingRevision;
  if (!unchanged || delivery.lane.force) return null;
  return endAttempt('unchanged', { documents: link.documents.map(showDocument) });
}

/**
 * True for a state that is published once more, of which the target has the content, whole: whatever is sent of another version empties the
 * link's hash first. An operator's forced retry is sent all the same.
 */
export function isRepetition(link: Pick<LinkDocument, 'deliveredHash'>, { event, lane }: Delivery): boolean {
  return event.repeats !== null && link.deliveredHash === event.contentHash && !lane.force;
}

/** A linked document as reports carry it. */
export function showDocument(document: LinkDocument['documents'][number]) {
  const { role, subId, externalRef, targetId, targetNumber, draft } = document;
  return { role, subId, externalRef, targetId, targetNumber, draft };
}
