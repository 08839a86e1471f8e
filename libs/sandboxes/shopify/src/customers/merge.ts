import type { CustomerState } from '../state.ts';
import { isoSeconds, type Store } from '../store.ts';
import { sortTags } from './tags.ts';

export interface MergeOverrides {
  readonly customerIdOfEmailToKeep?: string | null;
  readonly note?: string | null;
  readonly tags?: readonly string[] | null;
}

/** Which of the two stays, by the rules of `customerMerge`'s description. */
export function chooseKept(one: CustomerState, two: CustomerState, overrides: MergeOverrides): CustomerState {
  const named = [one, two].find((customer) => customer.id === overrides.customerIdOfEmailToKeep);
  if (named !== undefined) return named;
  if ((one.email === null) !== (two.email === null)) return one.email === null ? two : one;
  if (one.email === null) return two;
  if ((one.state === 'ENABLED') !== (two.state === 'ENABLED')) return one.state === 'ENABLED' ? one : two;
  const hasConsent = (customer: CustomerState): boolean => ['SUBSCRIBED', 'PENDING'].includes(customer.emailMarketing);
  if (hasConsent(one) !== hasConsent(two)) return hasConsent(one) ? one : two;
  if ((one.state === 'INVITED') !== (two.state === 'INVITED')) return one.state === 'INVITED' ? one : two;
  return two;
}

/** Moves orders, addresses, tags and contacts to the customer that stays; the other one is deleted. */
export function mergeCustomers(
  store: Store,
  kept: CustomerState,
  gone: CustomerState,
  overrides: MergeOverrides,
  now: () => number,
): void {
  kept.firstName ??= gone.firstName;
  kept.lastName ??= gone.lastName;
  kept.phone ??= gone.phone;
  kept.note = overrides.note ?? ([kept.note, gone.note].filter((note) => note).join('\n') || null);
  kept.tags = sortTags(overrides.tags ?? [...kept.tags, ...gone.tags]);
  kept.addresses = [...kept.addresses, ...gone.addresses];
  kept.orderCount += gone.orderCount;
  kept.updatedAt = isoSeconds(now());
  for (const order of store.orders.values()) if (order.customerId === gone.id) order.customerId = kept.id;
  for (const company of store.companies.values()) {
    const isContact = company.contacts.some((contact) => contact.customerId === kept.id);
    for (const [index, contact] of company.contacts.entries())
      if (contact.customerId === gone.id) {
        if (isContact) company.contacts.splice(index, 1);
        else company.contacts[index] = { ...contact, customerId: kept.id };
      }
  }
  store.customers.delete(gone.id);
}
