import type { EntityName } from '@entrepot/canonical';
import type { LinkKey } from '@entrepot/store';

/** Held by whoever works on a record's link: its live and its bulk delivery, and others that create it as a prerequisite. */
export function linkLock({ target, entity, sourceKey }: LinkKey): string {
  return `link|${target}|${entity}|${sourceKey}`;
}

/** Held by whoever may create a record that is found by this key (e-mail, SKU). */
export function matchLock(target: string, entity: EntityName, naturalKey: string): string {
  return `match|${target}|${entity}|${naturalKey.trim().toLowerCase()}`;
}
