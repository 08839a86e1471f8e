import { type EntityName, isEntityName } from '@entrepot/canonical';

/** A verified hint on its way to the fetch, as JSON on the inbox topic (key: the event key). */
export interface InboxMessage {
  readonly connection: string;
  readonly entity: EntityName;
  readonly sourceId: string;
  readonly cause: string;
  /** Announces a deletion, which no poll finds. */
  readonly deletion: boolean;
  /** Announces a record that has just been created. */
  readonly creation: boolean;
  readonly receivedAtMicros: number;
}

/** Ids are short; a longer one is none of any source. */
const MAX_ID_CHARACTERS = 1_024;

export function formatInboxMessage(message: InboxMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}

/** Returns null for a foreign record; the caller reports it as a dead letter. */
export function parseInboxMessage(value: Buffer | null): InboxMessage | null {
  if (value === null) return null;
  let json: unknown;
  try {
    json = JSON.parse(value.toString());
  } catch {
    return null;
  }
  if (typeof json !== 'object' || json === null) return null;
  const { connection, entity, sourceId, cause, deletion, creation, receivedAtMicros } = json as Record<string, unknown>;
  if (
    !isName(connection) ||
    connection.includes('/') ||
    !isName(sourceId) ||
    typeof entity !== 'string' ||
    !isEntityName(entity)
  )
    return null;
  return {
    connection,
    entity,
    sourceId,
    cause: typeof cause === 'string' ? cause.slice(0, MAX_ID_CHARACTERS) : 'unknown',
    deletion: deletion === true,
    creation: creation === true,
    receivedAtMicros: typeof receivedAtMicros === 'number' ? receivedAtMicros : 0,
  };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARACTERS;
}
