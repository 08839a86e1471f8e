import type { EntityName, OrderingKey } from '@entrepot/canonical';
import { mongo } from 'mongoose';
import type { LatestStateDocument } from '../documents.ts';
import type { ConditionalWrite } from '../groups/conditional.ts';
import type { GroupedWriter } from '../groups/grouped.ts';

/** A state as it stands in its topic, kept for the targets of one vendor. */
export interface KeptState {
  /** Of the sink that collects it. */
  readonly vendor: string;
  readonly entity: EntityName;
  readonly connection: string;
  readonly sourceId: string;
  /** The record that it is about; null: itself. */
  readonly orderingKey: OrderingKey | null;
  readonly version: number;
  /** Its place in the topic, where one key has one partition: decides between states of one version. */
  readonly offset: bigint;
  /** Gone at its source. */
  readonly deleted: boolean;
  readonly value: Buffer;
}

/** Which states a plan is based on: of one record, or of all that are about one. */
export type StatesWanted = Pick<KeptState, 'vendor' | 'entity' | 'connection'> &
  ({ readonly sourceId: string } | { readonly orderingKey: OrderingKey });

export interface CollectedState {
  readonly sourceId: string;
  readonly value: Buffer;
}

/** The latest states of records that targets collect. */
export interface LatestStates {
  /** Keeps a state, unless a newer one of its record is kept, or a later tombstone has erased it. */
  keep(state: KeptState): Promise<void>;
  /** A tombstone erases its record: what came before it is kept no more, whoever still tries. */
  erase(record: Pick<KeptState, 'vendor' | 'entity' | 'connection' | 'sourceId' | 'offset'>): Promise<void>;
  /** The states of records that exist, by their ids; at most `limit` of them. */
  collect(wanted: StatesWanted, limit: number): Promise<CollectedState[]>;
}

function stateId({
  vendor,
  entity,
  connection,
  sourceId,
}: Pick<KeptState, 'vendor' | 'entity' | 'connection' | 'sourceId'>) {
  return `${vendor}|${entity}|${connection}/${sourceId}`;
}

function nameKey({ entity, sourceId }: OrderingKey): string {
  return `${entity}|${sourceId}`;
}

export function createLatestStates(
  states: mongo.Collection<LatestStateDocument>,
  writer: GroupedWriter<ConditionalWrite>,
): LatestStates {
  return {
    async keep(state) {
      const { vendor, entity, connection, sourceId, orderingKey, version, deleted, value } = state;
      const offset = mongo.Long.fromBigInt(state.offset);
      await writer.submit({
        id: stateId(state),
        condition: {
          $or: [
            { value: { $ne: null }, version: { $lt: version } },
            { value: { $ne: null }, version, offset: { $lte: offset } },
            { value: null, offset: { $lt: offset } },
          ],
        },
        update: {
          $set: {
            vendor,
            entity,
            connection,
            sourceId,
            orderingKey: nameKey(orderingKey ?? { entity, sourceId }),
            version,
            offset,
            deleted,
            value: new mongo.Binary(value),
          },
          $unset: { erasedAt: '' },
        },
        whenMissing: 'insert',
      });
    },

    async erase(record) {
      const { vendor, entity, connection, sourceId } = record;
      const offset = mongo.Long.fromBigInt(record.offset);
      await writer.submit({
        id: stateId(record),
        condition: { offset: { $lt: offset } },
        update: {
          $set: { vendor, entity, connection, sourceId, offset, deleted: true, value: null },
          $unset: { orderingKey: '', version: '' },
          $currentDate: { erasedAt: true },
        },
        whenMissing: 'insert',
      });
    },

    async collect(wanted, limit) {
      const { vendor, entity, connection } = wanted;
      const which = 'sourceId' in wanted ? { _id: stateId(wanted) } : { orderingKey: nameKey(wanted.orderingKey) };
      const found = await states
        .find({ vendor, entity, connection, ...which, deleted: false })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
      return found.flatMap(({ sourceId, value }) =>
        value === null ? [] : [{ sourceId, value: value.buffer as Buffer }],
      );
    },
  };
}
