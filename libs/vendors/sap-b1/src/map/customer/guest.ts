import { createHash } from 'node:crypto';
import { type Customer, externalReference } from '@entrepot/canonical';

/** A guest has no id in the shop: the e-mail stands for it, hashed, because references are kept and shown. */
export function guestId(email: string): string {
  return `guest-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`;
}

/** The reference of the partner that an order made of the customer when the shop did not say who bought; null for the guest itself, and without e-mail address. */
export function guestReference({ email, source }: Customer): string | null {
  const address = email?.trim().toLowerCase() ?? '';
  if (address === '' || guestId(address) === source.id) return null;
  return externalReference(source.connection, guestId(address));
}
