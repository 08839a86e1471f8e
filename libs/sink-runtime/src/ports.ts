import type { EntityName, EntityOf, EventHeaders, LaneHeaders, Report } from '@entrepot/canonical';
import type {
  Connection,
  Flow,
  StateFills,
  Lanes as StoreLanes,
  LatestStates as StoreLatestStates,
  Links as StoreLinks,
  TargetStates as StoreTargetStates,
} from '@entrepot/store';
import type { ConnectionView } from '@entrepot/vendor-kit';

// Everything the sink needs of the world beside a clock. The core (router, lanes, pipeline) knows these interfaces only, so that a test
// can put a model behind each and crash it at every await.

/** Something all lanes need (database, registry, broker) cannot be reached: lanes hold, nothing counts as an attempt. */
export class Outage extends Error {
  override readonly name = 'Outage';
  readonly of: 'database' | 'registry' | 'broker';

  constructor(of: 'database' | 'registry' | 'broker', cause: unknown) {
    super(`${of} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.of = of;
  }
}

/** The bytes of a record are not what their topic promises; a retry cannot help. */
export class Undecodable extends Error {
  override readonly name = 'Undecodable';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A record does not fit the topic it is to be appended to; a retry cannot help. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
  readonly advice: string;

  constructor({ message, advice }: { readonly message: string; readonly advice: string }) {
    super(message);
    this.advice = advice;
  }
}

/** The part of the store's links that deliveries use. Throws {@link Outage} when the database cannot be reached. */
export type Links = Pick<
  StoreLinks,
  'get' | 'findByTargetId' | 'findByReference' | 'recordIntent' | 'clearIntent' | 'recordDocument' | 'recordDelivered'
>;

/** What documents of target systems were last seen as. Throws {@link Outage} when the database cannot be reached. */
export type TargetStates = StoreTargetStates;

/** The latest states of records that targets collect. Throws {@link Outage} when the database cannot be reached. */
export interface LatestStates extends StoreLatestStates {
  /** Whether every state that passed is kept: until then nothing is planned with them. */
  isComplete(...pair: Parameters<StateFills['isDone']>): Promise<boolean>;
}

/** What the connectors have published. Throws {@link Outage} when the database cannot be reached. */
export interface PublishedVersions {
  /** The newest state of a source record that was published or is being published; null when none is known. */
  newest(
    entity: EntityName,
    connection: string,
    sourceId: string,
  ): Promise<{ readonly version: number; readonly contentHash: string } | null>;
}

/** The part of the store's lanes that their owner uses. Throws {@link Outage} when the database cannot be reached. */
export type LaneStore = Pick<StoreLanes, 'acquire' | 'renew' | 'release' | 'readSession' | 'writeSession'>;

/** A target connection from the store, without secrets. */
export type TargetConnection = Pick<Connection, 'id' | 'label' | 'vendor' | 'active' | 'accessRevision' | 'attention'>;

/** Connections and flows as the store last reported them. */
export interface Configuration {
  connection(id: string): TargetConnection | null;
  flow(id: string): Flow | null;
  /** Flows of one source and entity to connections of this sink's vendor, inactive ones included. */
  flowsFrom(entity: EntityName, connection: string): readonly Flow[];
  /** Calls back after each change of a connection (null before: new, null after: removed); returns how to end it. */
  onConnectionChange(listener: (before: TargetConnection | null, after: TargetConnection | null) => void): () => void;
  /**
   * The connection with its secrets. Throws {@link Outage}, or an error whose message says what a person must correct.
   */
  open(connection: string): Promise<ConnectionView>;
  /** Shows on the connection what a person must do; null clears it. Throws {@link Outage}. */
  setAttention(connection: string, attention: string | null): Promise<void>;
  /** The fixed partition of a target connection's lane, given (and the topics grown) on first use. Throws {@link Outage}. */
  lanePartition(connection: string): Promise<number>;
}

export interface Codec {
  /**
   * @throws Undecodable when no reader can read it
   * @throws Outage when the schema registry cannot be reached
   */
  decode<E extends EntityName>(entity: E, value: Buffer): Promise<EntityOf<E>>;
}

/** Reports to the ledger; resolves when Kafka has acknowledged. Throws {@link Outage}. */
export interface Reports {
  send(key: string | null, report: Report): Promise<void>;
}

/** One event on one flow, as its lane record carries it. */
export interface Delivery {
  readonly lane: LaneHeaders;
  readonly event: EventHeaders;
  readonly value: Buffer;
  readonly record: { readonly topic: string; readonly partition: number; readonly offset: string };
  readonly key: string;
  /** The record that it is about, else its own: what has one of these is written one after another. */
  readonly queue: string;
  readonly bulk: boolean;
}
