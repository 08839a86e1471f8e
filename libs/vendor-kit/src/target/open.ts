import { type EntityName, type EntityOf, type FieldProblem, parseEventKey } from '@entrepot/canonical';
import { MappingError, type MappingSettings } from '@entrepot/mapping';
import type { Masker } from '@entrepot/service-kit/masking';
import type { z } from 'zod';
import type { CallContext } from '../call.ts';
import type { BoundClient } from '../client/bound.ts';
import { findList, type ListedValue, type TestReport } from '../connection.ts';
import { learnCredentials, maskDetail, maskFields, maskReport } from '../masking.ts';
import { answerCollected } from './collected.ts';
import type { Confirmation, HandleAnswer, OpenConfirmation } from './confirmation.ts';
import type { SessionVault, TargetDefinition } from './definition.ts';
import type {
  DesiredState,
  DocumentDraft,
  DocumentKey,
  DocumentState,
  FoundDocument,
  MapOutcome,
  PlannedDocument,
  UpdateOutcome,
  WrittenDocument,
} from './documents.ts';
import type { CollectKey, Guard, MapContext, NaturalKey, PlanInput, TargetDependency, TargetEntity } from './entity.ts';
import { hashGroups, hashState, type StateHashes } from './states.ts';

/** A document's key as text, unique within its record. */
export function nameDocument({ role, subId }: DocumentKey): string {
  return `${role}/${subId ?? ''}`;
}

/** Settings that plans go by, as flows and prerequisites hold them. */
export type PlanSettings<E extends EntityName = EntityName> = MappingSettings<E> & { readonly target: unknown };

/** What a runtime knows when it has a record mapped. */
export interface MapInput<E extends EntityName = EntityName>
  extends Omit<MapContext<E>, 'connection' | 'flow' | 'settings' | 'collected'> {
  readonly flow: PlanSettings<E>;
  /** Left out: nothing was collected. */
  readonly collected?: MapContext<E>['collected'];
}

/** Searches records of one entity by their natural key. */
export type Finder = (naturalKey: string, call: CallContext) => Promise<FoundDocument[]>;

/** How changes on both sides are decided. */
export interface OpenFieldGroups {
  readonly names: readonly string[];
  stateOf(document: DocumentKey, current: FoundDocument): StateHashes;
  /** See {@link FieldGroups.keep}. */
  keep(document: PlannedDocument, current: FoundDocument, groups: readonly string[]): PlannedDocument;
  /** The hash of each group once the plan is written. */
  expected(document: PlannedDocument): StateHashes['fields'];
}

/** An entity of an opened target: bound to its connection, its settings read, its errors without secrets. */
export interface OpenEntity<E extends EntityName = EntityName> {
  readonly guard: Guard;
  readonly visibleWithinMs: number;
  readonly verifyByDefault: boolean;
  /** Null: what it accepted is looked up, without a deadline. */
  readonly confirmation: OpenConfirmation | null;
  dependencies(record: EntityOf<E>, flow: PlanSettings<E>): readonly TargetDependency[];
  /** The latest states that a record's plan is based on. */
  collect(record: EntityOf<E>, flow: PlanSettings<E>): readonly CollectKey[];
  naturalKeys(record: EntityOf<E>, flow: PlanSettings<E>): readonly NaturalKey[];
  map(record: EntityOf<E>, input: MapInput<E>): MapOutcome<PlannedDocument>;
  find(document: PlannedDocument, call: CallContext): Promise<FoundDocument[]>;
  create(document: PlannedDocument, call: CallContext): Promise<WrittenDocument>;
  read(document: DocumentKey, targetId: string, call: CallContext): Promise<FoundDocument | null>;
  update(document: PlannedDocument, current: FoundDocument, call: CallContext): Promise<UpdateOutcome>;
  compare(document: PlannedDocument, current: FoundDocument, flow: PlanSettings<E>): readonly FieldProblem[];
  stateHash(document: DocumentKey, current: FoundDocument): string;
  /** Null: the target's states are not followed. */
  readonly fieldGroups: OpenFieldGroups | null;
}

/** The target side of one connection, on its opened client. */
export interface Target {
  /** Null when the vendor does not write it. */
  entity<E extends EntityName>(name: E): OpenEntity<E> | null;
  /** Null when records of the entity cannot be searched by a natural key, written or not. */
  finder(name: EntityName): Finder | null;
  /** See {@link TargetDefinition.fence}; null where no entity is guarded by a session. */
  readonly fence: ((vault: SessionVault, call: CallContext) => Promise<void>) | null;
  /** What the mapping needs to know of the company. */
  companyProfile(call: CallContext): Promise<unknown>;
  test(call: CallContext): Promise<TestReport>;
  listValues(kind: string, call: CallContext): Promise<ListedValue[]>;
}

/** Binds the target side of a vendor to an opened client. */
export function bindTarget(definition: TargetDefinition, bound: BoundClient): Target {
  const { client, masker, guard } = bound;
  const readSettings = rememberSettings();
  const { fence } = definition;
  return {
    entity: (name) => {
      const entity = definition.entities[name];
      return entity === undefined ? null : openEntity(entity, { ...bound, readSettings });
    },
    finder: (name) => {
      const find = definition.entities[name]?.findByNaturalKey ?? definition.references?.[name];
      if (find === undefined) return null;
      return (naturalKey, call) => guard(() => find(naturalKey, client, call));
    },
    fence: fence === undefined ? null : (vault, call) => guard(() => fence(client, guardSessions(vault, masker), call)),
    companyProfile: async (call) => guard(() => definition.companyProfile?.(client, call)),
    test: (call) => guard(() => maskReport(definition.test(client, call), masker)),
    listValues: async (kind, call) => guard(() => findList(definition.values, kind)(client, call)),
  };
}

interface Opened extends BoundClient {
  readonly readSettings: ReadSettings;
}

function openEntity<E extends EntityName>(
  entity: TargetEntity<E>,
  { client, connection, masker, guard, readSettings }: Opened,
): OpenEntity<E> {
  const inputOf = (flow: PlanSettings<E>) => ({
    connection,
    flow,
    settings: readSettings(entity.settings, flow.target),
  });
  return {
    guard: entity.guard,
    visibleWithinMs: entity.visibleWithinMs(connection.settings),
    verifyByDefault: entity.verifyByDefault,
    confirmation: openConfirmation(entity.confirmation, { client, masker, guard }),
    dependencies: (record, flow) => guard(() => entity.dependencies?.(record, inputOf(flow)) ?? []),
    collect: (record, flow) => guard(() => collectDeclared(entity, record, inputOf(flow))),
    naturalKeys: (record, flow) => guard(() => entity.naturalKeys?.(record, inputOf(flow)) ?? []),
    map: (record, { flow, collected = NOTHING_COLLECTED, ...rest }) => {
      const outcome = guard(() => entity.map(record, { ...rest, collected, ...inputOf(flow) }));
      if (!outcome.ok) return { ok: false, error: maskDetail(outcome.error, masker) };
      const source = parseEventKey(rest.sourceKey);
      const refer = (document: DocumentDraft): PlannedDocument => ({
        ...document,
        externalRef: entity.reference(source, document),
      });
      return { ...outcome, documents: outcome.documents.map(refer) };
    },
    find: (document, call) => guard(() => entity.find(document, client, call)),
    create: (document, call) => guard(() => entity.create(document, client, call)),
    read: (document, targetId, call) => guard(() => entity.read(document, targetId, client, call)),
    update: async (document, current, call) =>
      checkUpdated(
        entity.confirmation,
        maskUpdated(await guard(() => entity.update(document, current, client, call)), masker),
      ),
    compare: (document, current, flow) =>
      maskFields(
        [...compareState(document, current), ...guard(() => entity.compare(document, current, inputOf(flow)))],
        masker,
      ),
    stateHash: (document, current) => guard(() => entity.stateHash(document, current)),
    fieldGroups: openGroups(entity, guard),
  };
}

function openGroups(entity: TargetEntity, guard: <T>(work: () => T) => T): OpenFieldGroups | null {
  const { fieldGroups } = entity;
  if (fieldGroups === undefined) return null;
  return {
    names: Object.keys(fieldGroups.fields),
    stateOf: (document, current) => guard(() => hashState(entity, document, current)),
    keep: (document, current, groups) => ({
      ...document,
      body: guard(() => fieldGroups.keep(document, current, groups)),
    }),
    expected: (document) => guard(() => hashGroups(fieldGroups.fields, fieldGroups.expected(document))),
  };
}

/** The states that a document may have when it is to be this one: what has come further has passed it. */
const REACHED_BY: Readonly<Record<DesiredState, readonly DocumentState[]>> = {
  draft: ['draft', 'posted', 'closed'],
  posted: ['posted', 'closed'],
  closed: ['closed'],
  cancelled: ['cancelled'],
};

function compareState({ desired }: PlannedDocument, { state }: FoundDocument): FieldProblem[] {
  if (state === null || REACHED_BY[desired].includes(state)) return [];
  return [{ path: 'state', expected: desired, actual: state }];
}

function openConfirmation(
  declared: Confirmation | undefined,
  { client, masker, guard }: Pick<Opened, 'client' | 'masker' | 'guard'>,
): OpenConfirmation | null {
  if (declared === undefined) return null;
  const { by, withinMs } = declared;
  if (by === 'inbound') return { by, withinMs, poll: null };
  const poll = async (handle: string, call: CallContext): Promise<HandleAnswer> => {
    const answer = await guard(() => declared.poll(handle, client, call));
    return answer.status === 'refused' ? { ...answer, error: maskDetail(answer.error, masker) } : answer;
  };
  return { by, withinMs, poll };
}

const NOTHING_COLLECTED = answerCollected(new Map());

/** Only what is declared is kept: another entity's states would be missing in silence. */
function collectDeclared<E extends EntityName>(
  entity: TargetEntity<E>,
  record: EntityOf<E>,
  input: PlanInput<E>,
): readonly CollectKey[] {
  const keys = entity.collect?.(record, input) ?? [];
  for (const { entity: name } of keys)
    if (!entity.collects?.includes(name)) throw new TypeError(`collects states of ${name}, which it does not declare`);
  return keys;
}

type ReadSettings = (schema: z.ZodType, target: unknown) => unknown;

/** Settings do not change in place: each object is read once by its schema, not for every record. */
function rememberSettings(): ReadSettings {
  const known = new WeakMap<z.ZodType, WeakMap<object, unknown>>();
  return (schema, target) => {
    if (typeof target !== 'object' || target === null) return readSettings(schema, target);
    const bySchema = known.get(schema) ?? new WeakMap<object, unknown>();
    known.set(schema, bySchema);
    if (!bySchema.has(target)) bySchema.set(target, readSettings(schema, target));
    return bySchema.get(target);
  };
}

function readSettings(schema: z.ZodType, target: unknown): unknown {
  const parsed = schema.safeParse(target);
  if (parsed.success) return parsed.data;
  throw new MappingError('flow-settings-invalid', 'The settings of the flow for this target cannot be used', {
    advice: "Correct them in the flow's settings, then retry.",
    fields: parsed.error.issues.map(({ path, message }) => ({ path: ['target', ...path].join('.'), message })),
  });
}

function guardSessions(vault: SessionVault, masker: Masker): SessionVault {
  return {
    read: async () => {
      const token = await vault.read();
      if (token !== null) learnCredentials(masker, token);
      return token;
    },
    write: (token) => {
      if (token !== null) learnCredentials(masker, token);
      return vault.write(token);
    },
  };
}

/** Nobody would look after a change that is only accepted, against what the vendor declares. */
function checkUpdated(confirmation: Confirmation | undefined, outcome: UpdateOutcome): UpdateOutcome {
  if (outcome.status === 'accepted' && !confirmation?.ofUpdates)
    throw new TypeError('a change was only accepted, and no confirmation of updates is declared');
  return outcome;
}

function maskUpdated(outcome: UpdateOutcome, masker: Masker): UpdateOutcome {
  if (outcome.status === 'refused') return { status: 'refused', error: maskDetail(outcome.error, masker) };
  return outcome.status === 'accepted' || outcome.notCarriedOver === undefined
    ? outcome
    : { ...outcome, notCarriedOver: maskFields(outcome.notCarriedOver, masker) };
}
