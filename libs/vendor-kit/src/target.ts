import type { EntityName, EntityOf, ErrorDetail, FieldProblem } from '@entrepot/canonical';
import type { CustomFields, FlowSettings } from '@entrepot/mapping';
import type { z } from 'zod';
import type { CallContext } from './call.ts';
import type { ConnectionView, ListedValue, TestReport, VendorLog } from './connection.ts';

/**
 * What keeps two writers, or one writer twice, from creating a document twice:
 * - `unique`: the target refuses a second document with our external reference
 * - `idempotencyKey`: the target takes a key and answers the first result again
 * - `session`: a successor logs its predecessor's stored session out, which ends any request still under way
 * - `lookup`: only looking before creating; a stopped-and-resumed writer leaves a window
 */
export type CreateGuard = 'unique' | 'idempotencyKey' | 'session' | 'lookup';

/** Something that must exist in the target before an entity can be written. */
export interface TargetDependency {
  readonly entity: EntityName;
  /** `<connection>/<id>` of the source record, when known: its link is asked first. */
  readonly sourceKey: string | null;
  /** Key on which concurrent makers of the same record are serialised, and by which the target is searched (e-mail, SKU). */
  readonly naturalKey: string;
  /**
   * What is asked first: the link of {@link sourceKey}, or the target by {@link naturalKey}, for a record that the source knows by its key in the
   * target: that then wins over a link, and takes its place. Left out: the link.
   */
  readonly askedFirst?: 'link' | 'target';
  /** Role of the document that is meant, where a record may have others beside or instead; left out: its main one. */
  readonly role?: string;
  /** `wait`: until it appears · `create`: from {@link prerequisite} · `ignore`: written without it */
  readonly whenAbsent: 'wait' | 'create' | 'ignore';
  /** The canonical record to create, when `whenAbsent` is `create`. */
  readonly prerequisite: EntityOf<EntityName> | null;
}

export interface ResolvedDependency {
  readonly dependency: TargetDependency;
  readonly targetId: string;
}

/** A document the target shall hold; several may follow from one entity. */
export interface PlannedDocument {
  /** `order`, `payment`, `customer` … */
  readonly role: string;
  readonly subId: string | null;
  /** Written into the target and looked up by: `<connection>/<id>[/role/sub]`. */
  readonly externalRef: string;
  readonly state: 'present' | 'cancelled';
  /** Request body for creation, in the target's own shape. */
  readonly body: unknown;
}

export type MapOutcome =
  | { readonly ok: true; readonly documents: readonly PlannedDocument[]; readonly lineMap: readonly LineMapping[] }
  /** Cannot be expressed in the target: every problem at once, with field paths. */
  | { readonly ok: false; readonly error: ErrorDetail };

/** Source line ↔ target line. */
export interface LineMapping {
  readonly sourceLineId: string;
  readonly targetLine: string;
  /** Where the line's goods are in the target (warehouse): tells the lines of one source line apart. */
  readonly place?: string;
}

/** A document as the target holds it. */
export interface FoundDocument {
  readonly targetId: string;
  readonly targetNumber: string | null;
  /** An approval draft or similar: exists, but is not the document yet. */
  readonly draft: boolean;
  readonly body: unknown;
  /** Optimistic-locking tag, when the vendor has one. */
  readonly etag: string | null;
}

export interface WrittenDocument {
  readonly targetId: string | null;
  /** Null when the answer does not tell it: it is taken from the next reading of the document. */
  readonly targetNumber: string | null;
  /** `accepted`: taken, but the document itself is still to come (approval draft, 202). */
  readonly status: 'created' | 'accepted';
}

export type UpdateOutcome =
  | {
      readonly status: 'applied' | 'unchanged';
      /**
       * Differences that stay, because the target's state takes no change there any more and nobody needs it (a note on a closed document).
       * They are shown with the delivery and fail nothing. Paths as `compare` names them.
       */
      readonly notCarriedOver?: readonly FieldProblem[];
    }
  /** The target's state does not allow it (closed, partly delivered): a person decides. */
  | { readonly status: 'refused'; readonly error: ErrorDetail };

export interface MapContext {
  readonly connection: ConnectionView;
  readonly flow: FlowSettings;
  /**
   * Results of the flow's field expressions (`evaluateFields` of @entrepot/mapping): target field → value, to be written as they are;
   * null empties the field.
   */
  readonly fields?: CustomFields;
  /** The same for lines (`evaluateLineFields`): source line id → target line field → value. */
  readonly lineFields?: Readonly<Record<string, CustomFields>>;
  readonly resolved: readonly ResolvedDependency[];
  /** What {@link Target.prepare} read of the company. */
  readonly profile: unknown;
  /** Source record's key, `<connection>/<id>`. */
  readonly sourceKey: string;
  /** Role → target id of documents this record has in the target already. */
  readonly existing: Readonly<Record<string, string>>;
  readonly lineMap: readonly LineMapping[];
  now(): number;
}

/** How one entity is written into a target. `dependencies`, `map` and `compare` are pure; the rest throws {@link VendorError} only. */
export interface TargetEntity<E extends EntityName = EntityName> {
  readonly createGuard: CreateGuard;
  /** The longest a create may take to become visible after its request was sent; "absent" counts only after it. */
  readonly visibleWithinMs: number;
  /** Whether a write is read back and compared unless the flow says otherwise. */
  readonly verifyByDefault: boolean;
  /** Flow settings of this target, beside the general ones; validated when a flow is saved. */
  readonly flowSettings: z.ZodType;
  dependencies(entity: EntityOf<E>, flow: FlowSettings, connection: ConnectionView): readonly TargetDependency[];
  /**
   * The key (e-mail, SKU) by which a record made by hand in the target is adopted instead of being created a second time; null when this
   * one has none. Left out: only the external reference counts. Must equal the `naturalKey` of dependencies on the same record.
   */
  naturalKeyOf?(entity: EntityOf<E>, flow: FlowSettings, connection: ConnectionView): string | null;
  /** Searches a record of this entity by its natural key (e-mail, SKU): every hit. */
  match(naturalKey: string, call: CallContext): Promise<FoundDocument[]>;
  map(entity: EntityOf<E>, context: MapContext): MapOutcome;
  /** Every document that carries the external reference, drafts included. */
  find(document: PlannedDocument, call: CallContext): Promise<FoundDocument[]>;
  create(document: PlannedDocument, call: CallContext): Promise<WrittenDocument>;
  read(role: string, targetId: string, call: CallContext): Promise<FoundDocument | null>;
  /** Brings `current` to what `document` plans, cancellation included. */
  update(document: PlannedDocument, current: FoundDocument, call: CallContext): Promise<UpdateOutcome>;
  /** Differences between plan and what the target holds, over the mapped fields and totals; empty = verified. */
  compare(document: PlannedDocument, current: FoundDocument, flow: FlowSettings): readonly FieldProblem[];
  /** Hash over the mapped fields of the target's state, for the echo guard. */
  stateHash(current: FoundDocument): string;
}

export interface TargetContext<Settings, Secrets> {
  readonly connection: ConnectionView<Settings, Secrets>;
  readonly log: VendorLog;
  now(): number;
  /** The session token kept for the successor (sealed in the store), for `createGuard: session`. */
  readonly sessionVault: SessionVault;
}

export interface SessionVault {
  read(): Promise<string | null>;
  write(token: string | null): Promise<void>;
}

/** The target side of one connection. */
export interface Target {
  entity<E extends EntityName>(entity: E): TargetEntity<E>;
  /** Fences the predecessor: ends its session and opens its own, as the only writer. Called once per lane epoch. */
  fence(call: CallContext): Promise<void>;
  /** The company profile that the mapping needs (currency, digits …); cached by the implementation. */
  prepare(call: CallContext): Promise<unknown>;
  test(call: CallContext): Promise<TestReport>;
  listValues(kind: string, call: CallContext): Promise<ListedValue[]>;
  close(): Promise<void>;
}

export interface TargetDefinition<Settings = unknown, Secrets = unknown> {
  readonly entities: readonly EntityName[];
  /** Flow settings of each entity, for forms and validation without a connection. */
  readonly flowSettings: Partial<Record<EntityName, z.ZodType>>;
  /** Requests at once against one connection, at most. */
  readonly maxConcurrency: number;
  /** What the settings of a connection allow of that; left out: all of it. */
  concurrencyOf?(settings: Settings): number;
  /** Sustained request rate of one connection; null when the vendor has no quota. */
  readonly requestsPerSecond: number | null;
  open(context: TargetContext<Settings, Secrets>): Target;
}
