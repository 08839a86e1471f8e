import { ENTITY_NAMES, type EntityName } from '@entrepot/canonical';
import type { Delivery } from '../../states/delivery.ts';
import type { LedgerStore } from '../../store/collections.ts';
import { ROWS } from '../../store/indexes.ts';
import { behind, type Place } from './record-rows.ts';

export interface SkippedWanted {
  readonly entity?: EntityName | undefined;
  readonly flow?: string | undefined;
  readonly connection?: string | undefined;
  readonly reasonCode?: string | undefined;
  /** After this place; null: from the newest on. */
  readonly after: Place | null;
  readonly limit: number;
}

export type SkippedRow = Pick<
  Delivery,
  '_id' | 'entity' | 'from' | 'sourceId' | 'number' | 'version' | 'flow' | 'to' | 'reason' | 'reasonCode' | 'updatedAt'
>;

const SHOWN = {
  entity: 1,
  from: 1,
  sourceId: 1,
  number: 1,
  version: 1,
  flow: 1,
  to: 1,
  reason: 1,
  reasonCode: 1,
  updatedAt: 1,
} as const satisfies Record<Exclude<keyof SkippedRow, '_id'>, 1>;

/** The records whose newest state a flow left out, the last skipped first. */
export function findSkipped(store: LedgerStore, wanted: SkippedWanted): Promise<SkippedRow[]> {
  const { entity, flow, connection, reasonCode, after, limit } = wanted;
  return store.deliveries
    .find(
      {
        current: true,
        // All of them named, too: one index then gives any choice in the order of time.
        entity: { $in: entity === undefined ? [...ENTITY_NAMES] : [entity] },
        state: 'skipped',
        ...(flow === undefined ? {} : { flow }),
        ...(connection === undefined ? {} : { from: connection }),
        ...(reasonCode === undefined ? {} : { reasonCode }),
        ...behind('updatedAt', after),
      },
      { projection: SHOWN, hint: ROWS },
    )
    .sort({ updatedAt: -1, _id: 1 })
    .limit(limit)
    .toArray();
}
