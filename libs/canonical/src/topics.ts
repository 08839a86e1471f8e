import { ENTITY_NAMES, type EntityName } from './identity.ts';

const MS_PER_DAY = 86_400_000;

/** Partition count of keyed topics. For ever: keys hash onto partitions, so a change would reorder keys. */
export const ENTITY_PARTITIONS = 12;

export interface TopicDeclaration {
  readonly name: string;
  readonly partitions: number;
  /** Kafka topic configuration, as the broker spells it. */
  readonly config: Readonly<Record<string, string>>;
}

export const ATTEMPT_TOPIC = 'entrepot.internal.attempt.v1';
export const UNMAPPED_TOPIC = 'entrepot.internal.unmapped.v1';

/** Public topic of an entity, e.g. `entrepot.order.v1`. */
export function entityTopic(entity: EntityName): string {
  return `entrepot.${entity}.v1`;
}

/** The entity of a public topic, or null when the topic is not one. */
export function entityOfTopic(topic: string): EntityName | null {
  return ENTITY_NAMES.find((entity) => entityTopic(entity) === topic) ?? null;
}

/** Private topic of verified webhook hints of a vendor. */
export function inboxTopic(vendor: string): string {
  return `entrepot.internal.inbox.${vendor}`;
}

/** Private topic on which the ledger asks a vendor's connector to sync, refresh or backfill. */
export function commandTopic(vendor: string): string {
  return `entrepot.internal.command.${vendor}`;
}

/** Live queue of a vendor's target connections: one partition a connection. */
export function laneTopic(vendor: string): string {
  return `entrepot.internal.lane.${vendor}`;
}

/** Spare-rate queue (backfills, mass retries) of a vendor's target connections. */
export function bulkLaneTopic(vendor: string): string {
  return `entrepot.internal.bulk.${vendor}`;
}

/** Kafka group of the router of a vendor's sink, on the entity topics. */
export function routerGroupId(vendor: string): string {
  return `entrepot.sink.${vendor}`;
}

/** Kafka group of the owners of a vendor's lanes, on both lane topics. */
export function laneGroupId(vendor: string): string {
  return `entrepot.lane.${vendor}`;
}

/** Kafka group of a vendor's connectors on the hints. */
export function inboxGroupId(vendor: string): string {
  return `entrepot.connector.${vendor}.inbox`;
}

/** Kafka group of a vendor's connectors on the ledger's commands. */
export function commandGroupId(vendor: string): string {
  return `entrepot.connector.${vendor}.commands`;
}

/** Kafka group of the ledger, on events and reports. */
export const LEDGER_GROUP = 'entrepot.ledger';

export function subjectOf(entity: EntityName): string {
  return `${entityTopic(entity)}-value`;
}

/**
 * Batches stay as they were sent: a compression that is set for the whole broker would otherwise decide how ours are stored, and so which
 * programs can read them.
 */
const SHARED_CONFIG = { 'compression.type': 'producer' } as const;

/** Every change for two weeks, the latest state for ever, redactions effective within three weeks. */
const ENTITY_CONFIG = {
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': String(14 * MS_PER_DAY),
  'max.compaction.lag.ms': String(21 * MS_PER_DAY),
  'delete.retention.ms': String(14 * MS_PER_DAY),
} as const;

/** Topics that exist whatever vendors are installed. */
export function listSharedTopics(): TopicDeclaration[] {
  const retained = { 'retention.ms': String(28 * MS_PER_DAY) };
  return [
    ...ENTITY_NAMES.map((entity) => declare(entityTopic(entity), ENTITY_PARTITIONS, ENTITY_CONFIG)),
    declare(ATTEMPT_TOPIC, ENTITY_PARTITIONS, retained),
    declare(UNMAPPED_TOPIC, ENTITY_PARTITIONS, retained),
  ];
}

/** Topics of a vendor's source side. */
export function listConnectorTopics(vendor: string): TopicDeclaration[] {
  const retained = { 'retention.ms': String(14 * MS_PER_DAY) };
  return [
    declare(inboxTopic(vendor), ENTITY_PARTITIONS, retained),
    declare(commandTopic(vendor), ENTITY_PARTITIONS, retained),
  ];
}

/**
 * Topics of a vendor's target side. Lanes start with one partition and grow as connections are added; they are kept until
 * delivered (`retention.ms=-1`; records below the commit are deleted by the lane's owner), so a long outage loses nothing.
 */
export function listSinkTopics(vendor: string): TopicDeclaration[] {
  const kept = { 'retention.ms': '-1' };
  return [declare(laneTopic(vendor), 1, kept), declare(bulkLaneTopic(vendor), 1, kept)];
}

function declare(name: string, partitions: number, config: TopicDeclaration['config']): TopicDeclaration {
  return { name, partitions, config: { ...SHARED_CONFIG, ...config } };
}
