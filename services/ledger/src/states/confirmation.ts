import { isInTarget, isSameDocument, type TargetDocument } from '@entrepot/canonical';
import { awaitsConfirmation, type Delivery, searchTerms } from './delivery.ts';

const CONFIRMED = 'confirmed';

/** What reports and links have alike of a document. */
type DocumentFacts = Omit<TargetDocument, 'accepted'>;

/**
 * The target holds the document that the delivery waits for: it is due immediately, so that an attempt verifies and ends it. Also where the
 * confirmation comes after its deadline. A delivery that waits for something else is left alone: its next attempt reads the link anyway.
 */
export function confirm(current: Delivery, document: TargetDocument, now: Date): Delivery {
  if (!awaitsConfirmation(current) || current.reasonCode === CONFIRMED) return current;
  return {
    ...current,
    state: 'accepted',
    reason: `the target has confirmed it as ${document.targetNumber ?? document.targetId}; it is looked at next`,
    reasonCode: CONFIRMED,
    error: null,
    fingerprint: null,
    documents: current.documents.map((each) => (isSameDocument(each, document) ? document : each)),
    refs: searchTerms([...current.refs, document.targetId, document.targetNumber]),
    // An attempt under way may have read the link before: its report is compared with the link.
    nextAttemptAt: current.outstanding === null ? now : current.nextAttemptAt,
    updatedAt: now,
  };
}

/** The document that the link has by now of one that an attempt reported as yet to come; null when it has none. */
export function findConfirmed(
  reported: readonly TargetDocument[],
  linked: readonly DocumentFacts[],
): TargetDocument | null {
  const awaited = reported.filter((document) => !isInTarget(document));
  const found = linked.find((each) => isInTarget(each) && awaited.some((document) => isSameDocument(document, each)));
  if (found === undefined) return null;
  const { role, subId, externalRef, targetId, targetNumber, draft } = found;
  return { role, subId, externalRef, targetId, targetNumber, draft };
}
