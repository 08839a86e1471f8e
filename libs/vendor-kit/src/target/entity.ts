import type { CounterpartWay, EntityName, EntityOf, FieldProblem, OrderingKey } from '@entrepot/canonical';
import type { CustomFields, MappingSettings } from '@entrepot/mapping';
import type { z } from 'zod';
import type { CallContext } from '../call.ts';
import type { ConnectionView } from '../connection.ts';
import type { Confirmation } from './confirmation.ts';
import type {
  DocumentDraft,
  DocumentKey,
  ExistingDocument,
  FoundDocument,
  LineMapping,
  MapOutcome,
  PlannedDocument,
  UpdateOutcome,
  WrittenDocument,
} from './documents.ts';
import type { FieldGroups } from './states.ts';

/**
 * What prevents two writers, or one writer twice, from creating a document twice, beside the look-up before each
 * create:
 * - `unique`: the target refuses a second document with our external reference, as `conflict`: the look-up then finds
 *   the first
 * - `session`: each new owner of a lane ends its predecessor's session (`fence`), which ends any request still in
 *   flight
 * - `look-up`: nothing else; a writer that is stopped and resumes leaves a window
 */
export type Guard = 'unique' | 'session' | 'look-up';

/** A vendor's own types, behind one name for all its entities. */
export interface TargetTypes {
  /** Settings of a connection. */
  readonly settings: unknown;
  /** What `open` makes: everything that a connection's calls go through. */
  readonly client: unknown;
  /** What `companyProfile` reads. */
  readonly profile: unknown;
  /** A document as the target holds it. */
  readonly state: unknown;
}

/** A record at its source. */
export interface SourceKey {
  readonly connection: string;
  readonly id: string;
}

/** A dependency: a record that must exist in the target before an entity can be written. */
export interface TargetDependency {
  readonly entity: EntityName;
  /**
   * Whose record it is. `record`: the source's, which came into the target by its own flow, as an order's customer did.
   * `counterpart`: one that may be the target's own, and that the source's record names by what became of it there: a
   * shipment of the ERP names the ERP's order, and the shop's order is wanted. It is looked for by the link of
   * {@link sourceKey}, then by the link that made that record in the source's system, read backwards, then by
   * {@link externalReferences}, then by {@link naturalKey}. Where links show that it is the own record of another connection
   * (the ERP's order is of another shop), nobody waits for it: it is left out of `resolved`, and a record whose counterparts are
   * all elsewhere is not mapped. Left out: `record`.
   */
  readonly via?: 'record' | 'counterpart';
  /** `<connection>/<id>` of the source record, when known: its link is looked up first. */
  readonly sourceKey: string | null;
  /**
   * Of a counterpart: our own references that the source's system shows at the record, as they stand there. Left out:
   * none.
   */
  readonly externalReferences?: readonly string[];
  /**
   * Its lines that the record names, as the source numbers them. They are waited for while the delivery that brings them is
   * not done; what is missing after that was added in the other system, and is left to `map`. Left out: none.
   */
  readonly lines?: readonly string[];
  /**
   * Natural key (e-mail, SKU): concurrent creators of the record are serialised by it, and the target is searched for
   * it.
   */
  readonly naturalKey: string;
  /**
   * Which is looked up first: the link of {@link sourceKey}, or the target by {@link naturalKey}, for a record that the
   * source knows by its key in the target: the record found there then replaces the link's. Left out: the link.
   */
  readonly askedFirst?: 'link' | 'target';
  /** The document that is meant, where a record may have several (the variant of a product); left out: its first without `subId`. */
  readonly document?: DocumentKey;
  /** `wait`: until it appears · `create`: from {@link prerequisite} · `ignore`: written without it */
  readonly whenAbsent: 'wait' | 'create' | 'ignore';
  /** The canonical record to create, when `whenAbsent` is `create`. */
  readonly prerequisite: EntityOf<EntityName> | null;
}

export interface ResolvedDependency {
  readonly dependency: TargetDependency;
  readonly targetId: string;
  /**
   * Its lines: as the source's record names each ↔ as the target does. A line that is missing was added in the other
   * system; where nothing is known of the lines, the list is empty.
   */
  readonly lines: readonly LineMapping[];
  readonly through: CounterpartWay;
}

/** Latest states that a plan is based on: of one record, or of all records of an entity that are about one (`orderingKeyOf`). */
export type CollectKey<E extends EntityName = EntityName> =
  | {
      readonly entity: E;
      /** `<connection>/<id>` */
      readonly sourceKey: string;
    }
  | { readonly entity: E; readonly connection: string; readonly orderingKey: OrderingKey };

/** What an entity's plans are based on. */
export interface PlanInput<E extends EntityName = EntityName, V extends TargetTypes = TargetTypes, Settings = unknown> {
  readonly connection: ConnectionView<V['settings']>;
  /** What of the flow's settings, or of those of a prerequisite, decides what is written. */
  readonly flow: MappingSettings<E>;
  /** The vendor's own part of them, read by the entity's schema. */
  readonly settings: Settings;
}

export interface MapContext<E extends EntityName = EntityName, V extends TargetTypes = TargetTypes, Settings = unknown>
  extends PlanInput<E, V, Settings> {
  /** Results of the flow's field expressions: target field → value, to be written as they are; null empties the field. */
  readonly fields?: CustomFields;
  /** The same for lines: source line id → target line field → value. */
  readonly lineFields?: Readonly<Record<string, CustomFields>>;
  readonly resolved: readonly ResolvedDependency[];
  readonly profile: V['profile'];
  /** Source record's key, `<connection>/<id>`. */
  readonly sourceKey: string;
  /** The states that `collect` named by this key, of records that exist. @throws TypeError for a key that it did not name */
  collected<C extends EntityName>(key: CollectKey<C>): readonly EntityOf<C>[];
  /** A document that this record has in the target already; null when it has none. */
  existing(document: DocumentKey): ExistingDocument | null;
  now(): number;
}

/** Every record with this key in the target; several need a person's decision. */
export type FindByNaturalKey<V extends TargetTypes = TargetTypes> = {
  find(naturalKey: string, client: V['client'], call: CallContext): Promise<FoundDocument<V['state']>[]>;
}['find'];

/** A key (e-mail, SKU) by which a document that a person made in the target is adopted instead of being created a second time. */
export interface NaturalKey {
  readonly document: DocumentKey;
  readonly key: string;
}

/**
 * How one entity is written into a target. `reference`, `dependencies`, `naturalKeys`, `map`, `compare` and `stateHash` are pure; the rest throws
 * {@link VendorError} only. Members are methods, so that entities of several types stand in one record without a cast.
 */
export interface TargetEntity<
  E extends EntityName = EntityName,
  V extends TargetTypes = TargetTypes,
  Settings = unknown,
  Plan = unknown,
> {
  /** The target's own settings of a flow of this entity, beside the general ones. */
  readonly settings: z.ZodType<Settings>;
  readonly guard: Guard;
  /**
   * Write visibility timeout: the longest a create may take to become visible after its request was sent; "absent"
   * counts only after it.
   */
  visibleWithinMs(settings: V['settings']): number;
  /** Whether a write is read back and compared unless the flow says otherwise. */
  readonly verifyByDefault: boolean;
  /** How what it accepted is confirmed. Left out: it is looked up by its reference, for as long as it takes. */
  readonly confirmation?: Confirmation<V['client'], V['state']>;
  /** Entities that its dependencies may create; their settings stand in the flow under `prerequisites`. Left out: none. */
  readonly prerequisites?: readonly EntityName[];
  /**
   * Entities whose latest states its plans are based on, beside the record itself (the stock of all locations). The sink keeps them, of each
   * source that an active flow of this entity has. Left out: none.
   */
  readonly collects?: readonly EntityName[];
  /** Which of these states a record's plan is based on. */
  collect?(record: EntityOf<E>, input: PlanInput<E, V, Settings>): readonly CollectKey[];
  /** The external reference of a record's document: the same for ever, and another one for each document. */
  reference(source: SourceKey, document: DocumentKey): string;
  /** What the record needs in the target first; left out: nothing. */
  dependencies?(record: EntityOf<E>, input: PlanInput<E, V, Settings>): readonly TargetDependency[];
  /**
   * Natural keys by which the record's documents are adopted; left out: only the external reference counts. Equal to
   * the `naturalKey` of dependencies on the same record.
   */
  naturalKeys?(record: EntityOf<E>, input: PlanInput<E, V, Settings>): readonly NaturalKey[];
  /** Left out: the entity has no natural key. */
  readonly findByNaturalKey?: FindByNaturalKey<V>;
  map(record: EntityOf<E>, context: MapContext<E, V, Settings>): MapOutcome<DocumentDraft<Plan>>;
  /** Every document that carries the external reference, drafts included. */
  find(document: PlannedDocument<Plan>, client: V['client'], call: CallContext): Promise<FoundDocument<V['state']>[]>;
  create(document: PlannedDocument<Plan>, client: V['client'], call: CallContext): Promise<WrittenDocument>;
  /** Null when there is none, also for an id that no document ever had. */
  read(
    document: DocumentKey,
    targetId: string,
    client: V['client'],
    call: CallContext,
  ): Promise<FoundDocument<V['state']> | null>;
  /** Brings `current` to what `document` plans, cancellation included. */
  update(
    document: PlannedDocument<Plan>,
    current: FoundDocument<V['state']>,
    client: V['client'],
    call: CallContext,
  ): Promise<UpdateOutcome>;
  /**
   * Differences between plan and what the target holds, over the mapped fields and totals; empty = verified. The state
   * is compared beside it, as `state`.
   */
  compare(
    document: PlannedDocument<Plan>,
    current: FoundDocument<V['state']>,
    input: PlanInput<E, V, Settings>,
  ): readonly FieldProblem[];
  /** Hash over the mapped fields of a document's state: what this entity writes, and what the vendor's source maps. */
  stateHash(document: DocumentKey, current: FoundDocument<V['state']>): string;
  /**
   * Which fields may be changed in the target as well: its states are then followed, and a change on both sides is decided
   * by group. Left out: the target is brought to the source's state, whatever was changed there.
   */
  readonly fieldGroups?: FieldGroups<Plan, V['state']>;
}
