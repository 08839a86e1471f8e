import { MOST_HEADER_CHARACTERS } from './event.ts';

/** As much of a Kafka record as its naming needs. */
export interface NamedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** How a record is named whose headers cannot be read. */
export interface RecordName {
  readonly eventId: string;
  readonly connection: string;
  readonly sourceId: string;
}

/** Headers that an event has of us, and no others: those of a lane would ask the sink for work that was not asked for here. */
const EVENT_HEADERS: readonly string[] = [
  'ce_specversion',
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_subject',
  'ce_time',
  'ce_dataschema',
  'content-type',
  'entrepot_connection',
  'entrepot_vendor',
  'entrepot_version',
  'entrepot_hash',
  'entrepot_published',
  'entrepot_number',
  'entrepot_deleted',
  'entrepot_snapshot',
  'entrepot_repeats',
  'entrepot_origin',
  'traceparent',
];

/**
 * The headers that go on with an event's bytes (to a lane, to the ledger): ours, of a sound length. A header's name is anybody's to choose,
 * and a database reads more into some names than text.
 */
export function pickEventHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of EVENT_HEADERS) {
    const value = headers[name];
    if (value !== undefined && value.length <= MOST_HEADER_CHARACTERS) picked[name] = value;
  }
  return picked;
}

/** Names a record by its id, or its place, and its key: the same in every report about it. */
export function nameUnreadable({ topic, partition, offset, key, headers }: NamedRecord): RecordName {
  const given = headers.ce_id;
  const isUsable = given !== undefined && given !== '' && given.length <= MOST_HEADER_CHARACTERS;
  const [connection = '', ...id] = (key ?? '').slice(0, MOST_HEADER_CHARACTERS).split('/');
  return {
    eventId: isUsable ? given : `unreadable/${topic}/${partition}/${offset}`,
    connection: connection === '' ? 'unknown' : connection,
    sourceId: id.join('/'),
  };
}
