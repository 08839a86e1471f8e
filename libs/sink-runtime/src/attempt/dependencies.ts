import { boundDelayMs, CONFIRMATION_OVERDUE, isSameDocument } from '@entrepot/canonical';
import { evaluateFields, evaluateLineFields } from '@entrepot/mapping';
import {
  type FoundDocument,
  type OpenEntity,
  type PlannedDocument,
  type PlanSettings,
  type ResolvedDependency,
  type TargetDependency,
} from '@entrepot/vendor-kit';
import { describeElsewhere } from '../notes.ts';
import {
  describeAbsence,
  describeAmbiguity,
  describeCancelledPrerequisite,
  describeSeveralCounterparts,
  settingsError,
} from '../problems.ts';
import { noteInFlightUpdate } from './find-document.ts';
import { LinkEdit } from './link-edit.ts';
import {
  type AwaitedDependency,
  describeRef,
  hasAppeared,
  identifyDependency,
  type Linked,
  type LookedUpDependency,
  linkLock,
  linkOf,
  lookUpOf,
  matchDependency,
  naturalKeyLock,
  readLinked,
  readUnderLock,
  toWaitingKey,
} from './linked.ts';
import { type AttemptResult, type AttemptScope, endAttempt, failAttempt, isDone, settleAll } from './outcomes.ts';
import { writeDocument } from './write-document.ts';

export type DependenciesResult =
  | { readonly ok: true; readonly resolved: readonly ResolvedDependency[] }
  | { readonly ok: false; readonly result: AttemptResult };

/**
 * Finds everything that the entity needs in the target. The delivery waits for what is absent, and names all of it. A record
 * whose counterparts are all elsewhere is not the target's business, unless the target has it already.
 */
export async function resolveDependencies(
  scope: AttemptScope,
  lookedUp: readonly LookedUpDependency[],
  isWritten: boolean,
): Promise<DependenciesResult> {
  const dependencies = lookedUp.map(({ dependency }) => dependency);
  const distinct = new Map(lookedUp.map((each) => [identifyDependency(each.dependency), each]));
  const results = await settleAll([...distinct.values()].map((each) => resolveDependency(scope, each)));
  const ended = results.find((result) => result.status === 'ended');
  if (ended !== undefined) return { ok: false, result: ended.result };
  const absent = results.flatMap((result) => (result.status === 'absent' ? [result] : []));
  if (absent.length > 0) return { ok: false, result: waitFor(scope, absent) };
  const counterparts = [...distinct.values()].filter(({ dependency }) => dependency.via === 'counterpart');
  const elsewhere = results.flatMap((result) => (result.status === 'elsewhere' ? [result] : []));
  if (elsewhere.length > 0 && elsewhere.length === counterparts.length && !isWritten)
    return { ok: false, result: endAttempt('unchanged', { error: describeElsewhere(elsewhere) }) };
  const byIdentity = new Map(
    results.flatMap((result) =>
      result.status === 'resolved' ? [[identifyDependency(result.resolved.dependency), result.resolved] as const] : [],
    ),
  );
  for (const { dependency, targetId, through } of byIdentity.values())
    if (dependency.via === 'counterpart') scope.noteCounterpart({ ...describeRef(dependency), targetId, through });
  // Every dependency as it was asked for, repeated ones too: the mapping looks them up by its own objects.
  const resolved = dependencies.flatMap((dependency) => {
    const found = byIdentity.get(identifyDependency(dependency));
    return found === undefined ? [] : [{ ...found, dependency }];
  });
  return { ok: true, resolved };
}

async function resolveDependency(
  scope: AttemptScope,
  { dependency, linked, elsewhere }: LookedUpDependency,
): Promise<DependencyResult> {
  if (dependency.askedFirst === 'target') return resolveByTarget(scope, dependency, linked);
  if (linked.length > 0) return judgeLinked(dependency, linked);
  if (elsewhere.length > 0 && dependency.whenAbsent === 'wait')
    return { status: 'elsewhere', dependency, keys: elsewhere };
  if (dependency.whenAbsent === 'create') return createPrerequisite(scope, dependency);
  return judgeHits(dependency, await matchDependency(scope, dependency));
}

/** For a record that the source knows by its key in the target: the record with that key wins over the linked one. */
async function resolveByTarget(
  scope: AttemptScope,
  dependency: TargetDependency,
  linked: readonly Linked[],
): Promise<DependencyResult> {
  const hits = await matchDependency(scope, dependency);
  const [only] = hits;
  if (linked.length > 0 && (only === undefined || (hits.length === 1 && only.targetId === linked[0]?.targetId)))
    return judgeLinked(dependency, linked);
  // A dependency that its link does not know yet is noted in it, or created, under its lock.
  const isNews = dependency.prerequisite !== null && hits.length < 2;
  return isNews ? createPrerequisite(scope, dependency) : judgeHits(dependency, hits);
}

function resolved(dependency: TargetDependency, found: Omit<ResolvedDependency, 'dependency'>): DependencyResult {
  const { targetId, lines, through } = found;
  return { status: 'resolved', resolved: { dependency, targetId, lines, through } };
}

/** Found by its natural key: nothing is known of its lines. */
function byNaturalKey({ targetId }: FoundDocument): Omit<ResolvedDependency, 'dependency'> {
  return { targetId, lines: [], through: 'natural-key' };
}

function judgeLinked(dependency: TargetDependency, linked: readonly Linked[]): DependencyResult {
  const [only] = linked;
  if (only !== undefined && linked.length === 1) {
    const { awaitedLines: lines } = only;
    return lines.length === 0 ? resolved(dependency, only) : { status: 'absent', dependency, lines };
  }
  const error = describeSeveralCounterparts(dependency, linked);
  return { status: 'ended', result: endAttempt('mismatch', { error }) };
}

function waitFor(scope: AttemptScope, absent: readonly AwaitedDependency[]): AttemptResult {
  const waitingOn = absent.map(toWaitingKey);
  return endAttempt('waiting', {
    waitingOn,
    awaited: absent.flatMap(({ dependency }) =>
      dependency.sourceKey === null ? [] : [() => hasAppeared(lookUpOf(scope), dependency)],
    ),
    error: describeAbsence(waitingOn),
    notBeforeMicros: scope.clock.nowMicros() + boundDelayMs(scope.flow.settings.retry.waitingRecheckMs) * 1_000,
  });
}

/**
 * Finds or creates a record that another one needs (an order's customer), through that record's own link and under the locks of its
 * link and natural key: two orders of one new customer make one customer, and so do an order and the customer's own delivery.
 */
function createPrerequisite(scope: AttemptScope, dependency: TargetDependency): Promise<DependencyResult> {
  const id = linkOf(lookUpOf(scope), dependency);
  const locks = [linkLock(id), naturalKeyLock(id.target, dependency.entity, dependency.naturalKey)];
  return scope.locks.run(locks, async () => {
    const link = await readUnderLock(scope.links, scope.access, id);
    noteInFlightUpdate(scope, id, link);
    const known = readLinked(link, dependency);
    if (known !== null && dependency.askedFirst !== 'target') return resolved(dependency, known);
    const hits = await matchDependency(scope, dependency);
    if (hits.length > 1) return judgeHits(dependency, hits);
    if (known !== null && (hits.length === 0 || hits[0]?.targetId === known.targetId))
      return resolved(dependency, known);
    const planned = await planPrerequisite(scope, dependency, id.sourceKey);
    if ('status' in planned) return planned;
    const edit = new LinkEdit(scope.links, id, link, {
      epoch: scope.access.epoch,
      unwritten: scope.access.unwritten,
      nowMicros: () => scope.clock.nowMicros(),
      deliveryId: null,
    });
    const [only] = hits;
    if (only !== undefined) {
      edit.noteDocument(planned.needed, only);
      await edit.flush();
      return resolved(dependency, byNaturalKey(only));
    }
    return writePrerequisite(scope, dependency, edit, planned);
  });
}

interface PrerequisitePlan {
  readonly target: OpenEntity;
  /** The document that the dependency means. */
  readonly needed: PlannedDocument;
  readonly documents: readonly PlannedDocument[];
}

async function planPrerequisite(
  scope: AttemptScope,
  dependency: TargetDependency,
  sourceKey: string,
): Promise<PrerequisitePlan | DependencyResult> {
  const { access, clock } = scope;
  const { entity, prerequisite, document } = dependency;
  const target = access.target.entity(entity);
  if (prerequisite === null || target === null) return judgeHits(dependency, []);
  const settings = findSettings(scope, dependency);
  const profile = await scope.call('companyProfile', (call) => access.target.companyProfile(call));
  const mapped = target.map(prerequisite, {
    flow: settings,
    fields: await evaluateFields(settings, entity, prerequisite),
    lineFields: await evaluateLineFields(settings, entity, prerequisite),
    resolved: [],
    profile,
    sourceKey,
    existing: () => null,
    collected: await scope.collect(target.collect(prerequisite, settings)),
    now: () => clock.nowMicros() / 1_000,
  });
  if (!mapped.ok) return { status: 'ended', result: failAttempt(mapped.error) };
  const { documents } = mapped;
  const needed = documents.find((each) =>
    document === undefined ? each.subId === null : isSameDocument(each, document),
  );
  return needed === undefined ? judgeHits(dependency, []) : { target, needed, documents };
}

const NO_SETTINGS: PlanSettings = { target: {}, valueMaps: {}, fields: {}, lineFields: {} };

/**
 * Settings for writing a prerequisite: those of its own flow, where there is one (series, groups, terms), else this
 * flow's settings for prerequisites.
 * @throws MappingError when its own flow's settings cannot be used
 */
function findSettings({ configuration, delivery, access, flow }: AttemptScope, { entity }: TargetDependency) {
  const own = configuration
    .flowsFrom(entity, delivery.event.connection)
    .find((candidate) => candidate.to === access.connection.id && candidate.active);
  if (own?.usable === false) throw settingsError(own);
  if (own !== undefined) return own.settings;
  const settings = flow.settings.prerequisites[entity];
  return settings === undefined ? NO_SETTINGS : { ...settings, lineFields: NO_SETTINGS.lineFields };
}

async function writePrerequisite(
  scope: AttemptScope,
  dependency: TargetDependency,
  edit: LinkEdit,
  { target, needed, documents }: PrerequisitePlan,
): Promise<DependencyResult> {
  try {
    for (const planned of documents) {
      const result = await writeDocument(scope, {
        target,
        edit,
        planned,
        // It is left to its own deliveries where it is there.
        mode: 'create-only',
        version: null,
        findNewer: async () => null,
        adoptable: null,
        watched: null,
      });
      if (result.outcome === 'accepted') return judgeHits(dependency, []);
      if (!isDone(result)) return { status: 'ended', result: nameOverdue(dependency, result) };
      if (edit.state(planned) === null)
        return { status: 'ended', result: failAttempt(describeCancelledPrerequisite(dependency.entity)) };
    }
  } finally {
    await edit.flush();
  }
  const written = edit.existing(needed);
  return written === null ? judgeHits(dependency, []) : resolved(dependency, { ...written, through: 'link' });
}

/** A person is asked for a record that is overdue; its late confirmation still lets what needs it go on. */
function nameOverdue(dependency: TargetDependency, result: AttemptResult): AttemptResult {
  const isOverdue = result.error?.code === CONFIRMATION_OVERDUE;
  return isOverdue ? { ...result, waitingOn: [toWaitingKey({ dependency, lines: [] })] } : result;
}

type DependencyResult =
  | { readonly status: 'resolved'; readonly resolved: ResolvedDependency }
  | ({ readonly status: 'absent' } & AwaitedDependency)
  /** Another connection's own record, by links. */
  | { readonly status: 'elsewhere'; readonly dependency: TargetDependency; readonly keys: readonly string[] }
  /** Absent, and not needed. */
  | { readonly status: 'ignored' }
  | { readonly status: 'ended'; readonly result: AttemptResult };

/** One hit is the match, several need a person's decision, none means absent. */
function judgeHits(dependency: TargetDependency, hits: readonly FoundDocument[]): DependencyResult {
  const [only] = hits;
  if (only === undefined)
    return dependency.whenAbsent === 'ignore' ? { status: 'ignored' } : { status: 'absent', dependency, lines: [] };
  if (hits.length === 1) return resolved(dependency, byNaturalKey(only));
  return { status: 'ended', result: endAttempt('mismatch', { error: describeAmbiguity(dependency, hits) }) };
}
