import type { BrokerRecord } from '@entrepot/broker';
import { type EntityName, type EventHeaders, parseEventKey, type RecordFacts } from '@entrepot/canonical';
import type { Codec, LatestStates } from '../ports.ts';

export interface KeptStates {
  /** Whether plans are based on the states of an entity from a source connection, so that they are kept. */
  keeps(entity: EntityName, connection: string): boolean;
}

export interface KeepDeps {
  readonly vendor: string;
  readonly codec: Codec;
  readonly latestStates: Pick<LatestStates, 'keep' | 'erase'>;
}

/** Keeps the state that a record of an entity topic brings, for plans that are based on it. @throws Outage */
export async function keepState(
  { vendor, latestStates }: KeepDeps,
  record: BrokerRecord,
  event: EventHeaders,
  facts: RecordFacts,
): Promise<void> {
  const { entity, connection, sourceId, version } = event;
  await latestStates.keep({
    vendor,
    entity,
    connection,
    sourceId,
    orderingKey: facts.orderingKey,
    version,
    offset: record.offset,
    deleted: facts.deleted,
    value: record.value ?? Buffer.alloc(0),
  });
}

/** Erases the state of a tombstone's record. @throws Outage */
export async function eraseState(
  { vendor, latestStates, kept }: KeepDeps & { readonly kept: KeptStates },
  record: BrokerRecord,
  entity: EntityName,
): Promise<void> {
  const key = readKey(record.key);
  if (key === null || !kept.keeps(entity, key.connection)) return;
  await latestStates.erase({ vendor, entity, connection: key.connection, sourceId: key.id, offset: record.offset });
}

/** Null for the key of a foreign writer: it names no record. */
function readKey(key: string | null): ReturnType<typeof parseEventKey> | null {
  try {
    return parseEventKey(key ?? '');
  } catch {
    return null;
  }
}
