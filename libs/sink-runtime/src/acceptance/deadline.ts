import type { AcceptedDocument } from '@entrepot/canonical';
import type { LinkedDocument } from '@entrepot/store';
import type { OpenConfirmation } from '@entrepot/vendor-kit';

type Terms = Pick<OpenConfirmation, 'by' | 'withinMs'>;

const MIN_POLL_MS = 2_000;
const MAX_POLL_MS = 300_000;

/** Until when an accepted document may be unconfirmed. */
export function deadlineMicros({ withinMs }: Pick<Terms, 'withinMs'>, acceptedAtMicros: number): number {
  return acceptedAtMicros + withinMs * 1_000;
}

/**
 * When an accepted document is looked at again; null: its deadline is over. A handle is polled ever less often, each time after half as long
 * again as it has waited. What is confirmed from inbound is looked at before its deadline only when that comes.
 */
export function nextLookMicros(terms: Terms, acceptedAtMicros: number, nowMicros: number): number | null {
  const deadline = deadlineMicros(terms, acceptedAtMicros);
  if (nowMicros >= deadline) return null;
  if (terms.by === 'inbound') return deadline;
  const pauseMs = Math.min(MAX_POLL_MS, Math.max(MIN_POLL_MS, (nowMicros - acceptedAtMicros) / 2_000));
  return Math.min(deadline, nowMicros + Math.round(pauseMs * 1_000));
}

/** An accepted document as reports carry it. @param confirmation null: without a deadline */
export function showAcceptance(
  { handle, atMicros }: NonNullable<LinkedDocument['accepted']>,
  confirmation: Pick<Terms, 'withinMs'> | null,
): AcceptedDocument {
  return { handle, atMicros, untilMicros: confirmation === null ? null : deadlineMicros(confirmation, atMicros) };
}
