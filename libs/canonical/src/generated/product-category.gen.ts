// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { TimestampMicros } from '../values.ts';
import type { Attribute, ExternalId, Image, Localized, Ref, Source } from './shared.gen.ts';

export const categoryKindValues = ['UNKNOWN', 'SHOP', 'ACCOUNTING'] as const;
/** What a category is for. */
export type CategoryKind = (typeof categoryKindValues)[number];

/** DRAFT: may still change in any way. A category. Which products are in it is said by the products. */
export interface ProductCategory {
  /** Where this state comes from. Always given: without it a record has no key. */
  source: Source;
  /** True when the record is gone at the source: the last state of its key. */
  deleted: boolean;
  /** The record that this one was merged into. */
  mergedInto: Ref | null;
  /** When personal data was removed from this record on demand; the data is empty then. */
  redactedAt: TimestampMicros | null;
  /** Other ids of the record: legacy number, confirmation number, id in another system, our own external reference. */
  externalIds: ExternalId[];
  /** What it is for. */
  kind: CategoryKind;
  /** The source's own word for kind, as it came. Filters use this one. */
  kindRaw: string | null;
  /** Name. */
  name: string | null;
  /** Code. */
  code: string | null;
  /** The category above. */
  parent: Ref | null;
  /** Names from the top down to this one, with " / " between. */
  path: string | null;
  /** Place among its siblings. */
  position: number;
  /** True when it is in use. */
  active: boolean;
  /** Name in the address of its page. */
  handle: string | null;
  /** Description, as HTML. */
  description: string | null;
  /** Picture. */
  image: Image | null;
  /** Texts by language or scope. */
  localized: Localized[];
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
