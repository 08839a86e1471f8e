// Generated from schemas/ by libs/canonical/scripts/generate.ts. Do not edit.
import type { Decimal, TimestampMicros } from '../values.ts';
import type { Attribute, ExternalId, ItemRef, Money, Ref, Source, Unit } from './shared.gen.ts';

export const adjustmentReasonValues = ['UNKNOWN', 'COUNT', 'DAMAGE', 'LOSS', 'FOUND', 'RECEIPT', 'ISSUE', 'RETURN', 'TRANSFER', 'CORRECTION'] as const;
/** Why stock was adjusted. */
export type AdjustmentReason = (typeof adjustmentReasonValues)[number];

/** A movement of one item. */
export interface AdjustmentLine {
  /** The source's id of the line. */
  lineId: string;
  /** The item. */
  item: ItemRef | null;
  /** The location. */
  location: Ref | null;
  /** The place in the location. */
  bin: string | null;
  /** How much came (positive) or went (negative). */
  quantityDelta: Decimal;
  /** The unit; null: pieces. */
  unit: Unit | null;
  /** Physically there afterwards. */
  onHandAfter: Decimal | null;
  /** Cost of one unit. */
  unitCost: Money | null;
  /** Lot number. */
  lot: string | null;
  /** Serial number. */
  serial: string | null;
  /** What the source has besides. */
  attributes: Attribute[];
}

/** DRAFT: may still change in any way. A document that moves stock. Never changes, and no event of it stands for another. */
export interface InventoryAdjustment {
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
  /** Its number. */
  documentNumber: string | null;
  /** When it was posted. */
  postedAt: TimestampMicros | null;
  /** The business date, at midnight UTC. */
  businessDate: TimestampMicros | null;
  /** Why. */
  reason: AdjustmentReason;
  /** The source's own word for reason, as it came. Filters use this one. */
  reasonRaw: string | null;
  /** The movements. */
  lines: AdjustmentLine[];
  /** Hash of the file it came in, so that a file read twice is known. */
  fileHash: string | null;
  /** What the source has besides: custom fields, metafields, user defined fields. */
  attributes: Attribute[];
  /** Tags or labels of the source. */
  tags: string[];
}
