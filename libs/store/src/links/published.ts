import type { EntityName } from '@entrepot/canonical';
import type { PublishedDocument } from '../documents.ts';

export interface PublishedKey {
  /** Source connection's id. */
  readonly connection: string;
  readonly entity: EntityName;
  readonly sourceId: string;
}

export interface PublishedIntent {
  /** Version seen by `get`; null when there was none. */
  readonly expectedVersion: number | null;
  readonly version: number;
  readonly contentHash: string;
  readonly readBeganAtMicros: number;
  readonly deleted: boolean;
}

export type IntendResult = { readonly ok: true } | { readonly ok: false; readonly current: PublishedDocument | null };

export interface Published {
  get(key: PublishedKey): Promise<PublishedDocument | null>;
  /** Those that exist, by {@link publishedId}. */
  getMany(keys: readonly PublishedKey[]): Promise<Map<string, PublishedDocument>>;
  /** Notes a version as about to be published, if `expectedVersion` is still the last one; otherwise answers what is. */
  intend(key: PublishedKey, intent: PublishedIntent): Promise<IntendResult>;
  /** Notes that the broker acknowledged `version`; without effect when a newer one was intended meanwhile. */
  confirm(key: PublishedKey, version: number): Promise<void>;
}

/** `_id` of a published record. */
export function publishedId(key: PublishedKey): string {
  return `${key.connection}|${key.entity}|${key.sourceId}`;
}
