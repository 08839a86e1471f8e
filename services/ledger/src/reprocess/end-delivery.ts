import type { Actor } from '../access/tokens.ts';
import type { Ledger } from '../ledger.ts';
import type { Delivery } from '../states/delivery.ts';
import { endDelivery } from './requests.ts';

/** Ends a delivery by hand for a person, and records it in the audit. @throws Problem 404, 409 */
export function endForPerson(
  ledger: Pick<Ledger, 'audited' | 'requests'>,
  actor: Actor | undefined,
  id: string,
  kind: 'discarded' | 'resolved',
  reason: string,
): Promise<Delivery> {
  const action = kind === 'discarded' ? 'delivery.discard' : 'delivery.resolve';
  return ledger.audited(actor, action, id, reason, {}, (by) => endDelivery(ledger.requests, id, kind, by, reason));
}
