export interface EventKey {
  readonly connection: string;
  readonly id: string;
}

/**
 * The Kafka key of a record, for ever: `<connection>/<source id>`.
 * Throws when a part is empty or the connection holds a slash, because keys could not be told apart then.
 */
export function eventKey(connection: string, id: string): string {
  if (!connection || connection.includes('/'))
    throw new TypeError(`"${connection}" cannot be a connection's id: it must not be empty nor hold a slash.`);
  if (!id) throw new TypeError(`A record of ${connection} has no id: without one it has no key.`);
  return `${connection}/${id}`;
}

/** Reads what {@link eventKey} wrote; the id may hold slashes. Throws when it is not such a key. */
export function parseEventKey(key: string): EventKey {
  const slash = key.indexOf('/');
  if (slash < 1 || slash === key.length - 1)
    throw new TypeError(`"${key}" is not an event's key: expected <connection>/<id>.`);
  return { connection: key.slice(0, slash), id: key.slice(slash + 1) };
}

/**
 * The text that a document in a target carries so that it is found again: `<connection>/<id>[/<role>[/<sub>]]`.
 * Slashes inside a part are written %2F (and % as %25), so that no two documents share a reference.
 */
export function externalReference(connection: string, id: string, role?: string | null, sub?: string | null): string {
  eventKey(connection, id);
  if (sub && !role) throw new TypeError(`The reference of ${connection}/${id} has a part "${sub}" but no role.`);
  return [connection, id, role, sub]
    .filter((part) => part)
    .map((part) => part!.replaceAll('%', '%25').replaceAll('/', '%2F'))
    .join('/');
}
