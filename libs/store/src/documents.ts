import type { EntityName } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { mongo } from 'mongoose';
import type { PossibleHashes } from './target-states/state-changes.ts';

/** One customer company of an installation: owns connections, and flows between them. */
export interface TenantDocument {
  readonly _id: string;
  readonly label: string;
  readonly revision: number;
}

/** A configured vendor instance. Secrets are sealed (see secrets/). */
export interface ConnectionDocument {
  readonly _id: string;
  readonly label: string;
  readonly vendor: string;
  /** Fixed at creation. */
  readonly tenant: string;
  readonly active: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly sealedSecrets: string | null;
  /** Names of the secrets that are set. */
  readonly secretNames: readonly string[];
  /** Partition of the vendor's lane topics, given once, when the connection first becomes a target. */
  readonly lanePartition: number | null;
  /** Rises with each change that a person makes. */
  readonly revision: number;
  /** How many of the revisions changed nothing of settings and secrets. */
  readonly otherRevisions: number;
  /** What a person must know or do, e.g. refused credentials. */
  readonly attention: string | null;
  /** Rules that the settings were saved under; 0: by 0.1.0, which had no `allowedAddresses` yet. */
  readonly settingRules: number;
  /** Reads from it wait for the vendor's limits; as its connector saw it last. */
  readonly throttled: Throttled | null;
}

export interface Throttled {
  readonly since: Date;
  readonly reason: string;
  /** How many records wait to be read whole. */
  readonly records: number;
  /** Those that wait longest. */
  readonly longest: readonly { readonly entity: EntityName; readonly sourceId: string; readonly since: Date }[];
  /** Long ago: the connector that noted it is gone. */
  readonly seenAt: Date;
}

/** Without the write mode where it is the default: the sinks before it refuse what they do not know. */
export type StoredFlowSettings = Omit<FlowSettings, 'writeMode'> & Partial<Pick<FlowSettings, 'writeMode'>>;

/** "Entity E from connection A to connection B". `_id` = `<entity>:<from>:<to>`; one per triple. */
export interface FlowDocument {
  readonly _id: string;
  readonly entity: EntityName;
  readonly from: string;
  readonly to: string;
  /** That of both connections. */
  readonly tenant: string;
  readonly active: boolean;
  /** In format 1, as sinks of 0.1.0 read it while they are replaced. */
  readonly settings: unknown;
  /** In today's format. Missing: written by a ledger of 0.1.0 that ran beside, against the order of an upgrade. */
  readonly format2?: StoredFlowSettings;
  /** Rises with each change. */
  readonly revision: number;
  /** Rises with changes that alter what is written (defaults, value maps, fields, target settings). */
  readonly mappingRevision: number;
}

/** Ownership of a target connection. `_id` = connection id. Lease times are the database's (`$$NOW`). */
export interface LaneDocument {
  readonly _id: string;
  readonly epoch: number;
  readonly owner: string | null;
  readonly leaseUntil: Date;
  /** Sealed session token of the current owner, for its successor to end. */
  readonly sealedSession: string | null;
}

/** Source line ↔ line of one document in the target. */
export interface LinkedLine {
  readonly sourceLineId: string;
  readonly targetLine: string;
  /** Where its goods are in the target; left out where nothing says so. */
  readonly place?: string;
}

/** What a vendor gave a connection: tokens, a session. `_id` = connection id. */
export interface CredentialDocument {
  readonly _id: string;
  readonly sealed: string | null;
  /** Rises by one with each write of `sealed`. */
  readonly revision: number;
  /** By the database's clock. */
  readonly writtenAt: Date;
  /** A sign-in on the vendor's pages that has not come back. */
  readonly signIn: {
    readonly stateHash: string;
    /** Sealed code verifier of PKCE. */
    readonly sealed: string;
    readonly redirectUrl: string;
    readonly until: Date;
  } | null;
}

/** One document implied by a source record, in the target. */
export interface LinkedDocument {
  readonly role: string;
  readonly subId: string | null;
  readonly externalRef: string;
  readonly targetId: string | null;
  readonly targetNumber: string | null;
  readonly draft: boolean;
  /**
   * Since when the target has taken it, or a change of it, and what it gave to ask for that by; `version`: of the source record, that the change
   * brings. Null or absent: it confirmed it, or took none.
   */
  readonly accepted?: { readonly handle: string | null; readonly atMicros: number; readonly version?: number } | null;
  /** Its lines; absent: it has none, or was written by a release before 0.2. Read them by `linesOf`. */
  readonly lines?: readonly LinkedLine[];
  /** Set before a create is sent, cleared when its end is known. An open intent means: look before creating. */
  readonly intent: CreateIntent | null;
}

export interface CreateIntent {
  readonly sentAtMicros: number | null;
  readonly epoch: number;
  readonly at: number;
  /** What the document's field groups are if it was created, and nobody changed it since. Absent: its states are not followed. */
  readonly expected?: PossibleHashes;
}

export interface LinkMark {
  readonly deliveryId: string;
  readonly kind: 'discarded' | 'resolved';
  readonly by: string;
  readonly reason: string;
  readonly atMicros: number;
}

/** Source record ↔ what it became in one target. `_id` = `<target>|<entity>|<source key>`. Never expires. */
export interface LinkDocument {
  readonly _id: string;
  readonly target: string;
  readonly entity: EntityName;
  readonly sourceKey: string;
  readonly documents: readonly LinkedDocument[];
  /**
   * The lines of the main document (the first without `subId`), under the name that releases before 0.2 read and write:
   * both sides move it, so it counts for that document, also while processes of both releases write links.
   */
  readonly lineMap: readonly LinkedLine[];
  readonly deliveredVersion: number | null;
  readonly deliveredHash: string | null;
  readonly mappingRevision: number | null;
  /** Hash over the mapped fields of the target's last known state (echo guard). */
  readonly targetStateHash: string | null;
  /** Epoch of the last writer; updates by a lower epoch are refused. */
  readonly epoch: number;
  readonly marks: readonly LinkMark[];
  /** Documents found to exist whose link update was refused: shown to people, never dropped. */
  readonly orphans: readonly { readonly targetId: string; readonly epoch: number; readonly atMicros: number }[];
}

/** Last published version of a source record. `_id` = `<connection>|<entity>|<id>`. */
export interface PublishedDocument {
  readonly _id: string;
  readonly version: number;
  readonly contentHash: string;
  /**
   * When the read behind this version ended, microseconds UTC. A read begun before then may have seen older content, and never publishes.
   */
  readonly readEndedAtMicros: number;
  /**
   * Clock domain of `readEndedAtMicros`: the process that read; null = several processes; absent = written by an older release, whose
   * writes also leave a stored one unchanged.
   */
  readonly reader?: string | null;
  readonly state: 'intended' | 'confirmed';
  readonly deleted: boolean;
}

/**
 * The latest state of a source record that targets of one vendor collect. `_id` = `<vendor>|<entity>|<connection>/<id>`. Where a tombstone
 * erased the record, only its place is left, for two weeks.
 */
export interface LatestStateDocument {
  readonly _id: string;
  readonly vendor: string;
  readonly entity: EntityName;
  readonly connection: string;
  readonly sourceId: string;
  /** `<entity>|<id>` of the record that it is about, or its own. */
  readonly orderingKey?: string;
  readonly version?: number;
  readonly offset: mongo.Long;
  readonly deleted: boolean;
  /** Avro, as it stands in the topic; null: erased. */
  readonly value: mongo.Binary | null;
  readonly erasedAt?: Date;
}

/** Whether the states of an entity from a source connection are kept completely. `_id` = `<vendor>|<entity>|<connection>`. */
export interface StateFillDocument {
  readonly _id: string;
  readonly vendor: string;
  readonly entity: EntityName;
  readonly connection: string;
  /** The process that fills in what passed before; null: none does. */
  readonly owner: string | null;
  readonly leaseUntil: Date;
  /** Rises with each beginning, and when states may have been let pass. */
  readonly revision: number;
  /** Null until everything that passed before is there. */
  readonly doneAt: Date | null;
}

/** States published once more in a newer schema. `_id` = `<vendor>|<schema file>`, e.g. `shopify|order/v1.1.avsc`. */
export interface RepublicationDocument {
  readonly _id: string;
  /** End offsets of the topic when the republication began: every record before them is checked. */
  readonly goal: readonly { readonly partition: number; readonly offset: string }[];
  readonly republished: number;
  readonly startedAt: Date;
  /** Last time a state in an older schema was met; initially the start of the republication. */
  readonly olderSeenAt: Date;
  readonly doneAt: Date | null;
}

/**
 * A polling position. `_id` = `<connection>|<entity>`, or `<connection>|webhook-subscriptions`, which keeps its topics as JSON. One poller
 * at a time holds `owner` until `leaseUntil`.
 */
export interface CursorDocument {
  readonly _id: string;
  readonly cursor: string | null;
  readonly owner: string | null;
  readonly leaseUntil: Date | null;
  readonly polledAt: Date | null;
}

/** A problem of a service that a person must know of. `_id` = `<service>|<subject>`. Expires some time after its last report. */
export interface ServiceTroubleDocument {
  readonly _id: string;
  readonly service: string;
  /** The process that reports it. */
  readonly toldBy: string;
  readonly subject: string;
  readonly message: string;
  readonly advice: string;
  readonly since: Date;
  readonly toldAt: Date;
}
