import { createHash } from 'node:crypto';
import { boundDelayMs, type WaitingKey } from '@entrepot/canonical';
import { evaluateFields } from '@entrepot/mapping';
import type { LinkKey } from '@entrepot/store';
import {
  type FoundDocument,
  nameDocument,
  type OpenEntity,
  type PlannedDocument,
  type PlanSettings,
  type ResolvedDependency,
  type TargetDependency,
} from '@entrepot/vendor-kit';
import { describeAbsence, describeAmbiguity, describeCancelledPrerequisite, maskMatch } from '../problems.ts';
import { noteInFlightUpdate } from './find-document.ts';
import { isSameDocument, LinkEdit, linkLock, naturalKeyLock, readTargetId, settleAll } from './link-edit.ts';
import { type AttemptResult, type AttemptScope, endAttempt, failAttempt, isDone } from './outcomes.ts';
import { writeDocument } from './write-document.ts';

export type DependenciesResult =
  | { readonly ok: true; readonly resolved: readonly ResolvedDependency[] }
  | { readonly ok: false; readonly result: AttemptResult };

/** Something the entity needs in the target, and its target id as far as a link knows it. */
export interface LookedUpDependency {
  readonly dependency: TargetDependency;
  readonly linkedId: string | null;
}

/**
 * Names the entity's dependencies and reads their links; the reads are requested before this returns. They change
 * nothing, so they may outlive an attempt that ends without them.
 */
export async function lookUpDependencies(
  scope: AttemptScope,
  target: Pick<OpenEntity, 'dependencies'>,
): Promise<readonly LookedUpDependency[]> {
  const dependencies = target.dependencies(scope.entity, scope.flow.settings);
  const reads = new Map<string, Promise<string | null>>();
  return settleAll(
    dependencies.map(async (dependency) => {
      const identity = identifyDependency(dependency);
      const read = reads.get(identity) ?? findLinked(scope, dependency);
      reads.set(identity, read);
      return { dependency, linkedId: await read };
    }),
  );
}

/** The same, none of it made or waited for: for a flow that only looks for its record in the target. */
export function lookOnly(lookedUp: readonly LookedUpDependency[]): readonly LookedUpDependency[] {
  return lookedUp.map(({ dependency, linkedId }) => ({
    dependency: { ...dependency, whenAbsent: 'ignore', prerequisite: null },
    linkedId,
  }));
}

/** Finds everything that the entity needs in the target. The delivery waits for what is absent, and names all of it. */
export async function resolveDependencies(
  scope: AttemptScope,
  lookedUp: readonly LookedUpDependency[],
): Promise<DependenciesResult> {
  const dependencies = lookedUp.map(({ dependency }) => dependency);
  const distinct = new Map(lookedUp.map((each) => [identifyDependency(each.dependency), each]));
  const results = await settleAll([...distinct.values()].map((each) => resolveDependency(scope, each)));
  const ended = results.find((result) => result.status === 'ended');
  if (ended !== undefined) return { ok: false, result: ended.result };
  const absent = results.flatMap((result) => (result.status === 'absent' ? [result.dependency] : []));
  if (absent.length > 0) return { ok: false, result: waitFor(scope, absent) };
  const byIdentity = new Map(
    results.flatMap((result) =>
      result.status === 'resolved'
        ? [[identifyDependency(result.resolved.dependency), result.resolved.targetId] as const]
        : [],
    ),
  );
  // Every dependency as it was asked for, repeated ones too: the mapping looks them up by its own objects.
  const resolved = dependencies.flatMap((dependency) => {
    const targetId = byIdentity.get(identifyDependency(dependency));
    return targetId === undefined ? [] : [{ dependency, targetId }];
  });
  return { ok: true, resolved };
}

async function resolveDependency(
  scope: AttemptScope,
  { dependency, linkedId }: LookedUpDependency,
): Promise<DependencyResult> {
  if (dependency.askedFirst === 'target') return resolveByTarget(scope, dependency, linkedId);
  if (linkedId !== null) return resolved(dependency, linkedId);
  if (dependency.whenAbsent === 'create') return createPrerequisite(scope, dependency);
  return judgeHits(dependency, await matchDependency(scope, dependency));
}

/** For a record that the source knows by its key in the target: the record with that key wins over the linked one. */
async function resolveByTarget(
  scope: AttemptScope,
  dependency: TargetDependency,
  linkedId: string | null,
): Promise<DependencyResult> {
  const hits = await matchDependency(scope, dependency);
  const [only] = hits;
  if (only === undefined && linkedId !== null) return resolved(dependency, linkedId);
  // A dependency that its link does not know yet is noted in it, or created, under its lock.
  const isNews = dependency.prerequisite !== null && hits.length < 2 && only?.targetId !== linkedId;
  return isNews ? createPrerequisite(scope, dependency) : judgeHits(dependency, hits);
}

function resolved(dependency: TargetDependency, targetId: string): DependencyResult {
  return { status: 'resolved', resolved: { dependency, targetId } };
}

function waitFor(scope: AttemptScope, absent: readonly TargetDependency[]): AttemptResult {
  const waitingOn = absent.map(toWaitingKey);
  return endAttempt('waiting', {
    waitingOn,
    awaited: absent.flatMap((dependency) =>
      dependency.sourceKey === null ? [] : [{ link: linkOf(scope, dependency), document: dependency.document }],
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
  const id = linkOf(scope, dependency);
  const locks = [linkLock(id), naturalKeyLock(id.target, dependency.entity, dependency.naturalKey)];
  return scope.locks.run(locks, async () => {
    const link = await scope.links.get(id);
    noteInFlightUpdate(scope, id, link);
    const known = readTargetId(link, dependency.document);
    if (known !== null && dependency.askedFirst !== 'target') return resolved(dependency, known);
    const hits = await matchDependency(scope, dependency);
    if (hits.length > 1) return judgeHits(dependency, hits);
    if (known !== null && (hits.length === 0 || hits[0]?.targetId === known)) return resolved(dependency, known);
    const planned = await planPrerequisite(scope, dependency, id.sourceKey);
    if ('status' in planned) return planned;
    const edit = new LinkEdit(scope.links, id, link, {
      epoch: scope.access.epoch,
      nowMicros: () => scope.clock.nowMicros(),
      deliveryId: null,
    });
    const [only] = hits;
    if (only !== undefined) {
      edit.noteDocument(planned.needed, only);
      await edit.flush();
      return resolved(dependency, only.targetId);
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
    resolved: [],
    profile,
    sourceKey,
    existing: () => null,
    now: () => clock.nowMicros() / 1_000,
  });
  if (!mapped.ok) return { status: 'ended', result: failAttempt(mapped.error) };
  const { documents } = mapped;
  const needed = documents.find((each) =>
    document === undefined ? each.subId === null : isSameDocument(each, document),
  );
  return needed === undefined ? judgeHits(dependency, []) : { target, needed, documents };
}

const NO_SETTINGS: PlanSettings = { target: {}, defaults: {}, valueMaps: {}, fields: {}, lineFields: {} };

/**
 * Settings for writing a prerequisite: those of its own flow, where there is one (series, groups, terms), else this
 * flow's settings for prerequisites.
 */
function findSettings({ configuration, delivery, access, flow }: AttemptScope, { entity }: TargetDependency) {
  const own = configuration
    .flowsFrom(entity, delivery.event.connection)
    .find((candidate) => candidate.to === access.connection.id && candidate.active);
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
      });
      if (result.outcome === 'accepted') return judgeHits(dependency, []);
      if (!isDone(result)) return { status: 'ended', result };
      if (edit.state(planned) === null)
        return { status: 'ended', result: failAttempt(describeCancelledPrerequisite(dependency.entity)) };
    }
  } finally {
    await edit.flush();
  }
  const targetId = edit.document(needed)?.targetId ?? null;
  return targetId === null ? judgeHits(dependency, []) : resolved(dependency, targetId);
}

type DependencyResult =
  | { readonly status: 'resolved'; readonly resolved: ResolvedDependency }
  | { readonly status: 'absent'; readonly dependency: TargetDependency }
  /** Absent, and not needed. */
  | { readonly status: 'ignored' }
  | { readonly status: 'ended'; readonly result: AttemptResult };

/** How long a single hit by natural key is cached. Short: someone may rename an item. */
const MATCH_MEMORY_MS = 60_000;

/** One hit is the match, several need a person's decision, none means absent. */
function judgeHits(dependency: TargetDependency, hits: readonly FoundDocument[]): DependencyResult {
  const [only] = hits;
  if (only === undefined)
    return dependency.whenAbsent === 'ignore' ? { status: 'ignored' } : { status: 'absent', dependency };
  if (hits.length === 1) return { status: 'resolved', resolved: { dependency, targetId: only.targetId } };
  const error = describeAmbiguity(dependency, hits);
  return { status: 'ended', result: endAttempt('mismatch', { error }) };
}

async function matchDependency(scope: AttemptScope, dependency: TargetDependency): Promise<FoundDocument[]> {
  const { access, clock } = scope;
  const memoryKey = `${dependency.entity}|${dependency.naturalKey}`;
  const remembered = access.matches.get(memoryKey);
  if (remembered !== undefined && clock.monotonicMs() < remembered.untilMs) return [remembered.found];
  access.matches.delete(memoryKey);
  const find = access.target.finder(dependency.entity);
  if (find === null) return [];
  const found = await scope.call('match', (call) => find(dependency.naturalKey, call));
  const hits = found.filter((hit) => hit.state !== 'pending');
  const [only] = hits;
  if (only !== undefined && hits.length === 1) {
    access.matches.set(memoryKey, { found: only, untilMs: clock.monotonicMs() + MATCH_MEMORY_MS });
  }
  return hits;
}

/** The target id that a dependency's own link knows; null when it knows none. */
async function findLinked(scope: AttemptScope, dependency: TargetDependency): Promise<string | null> {
  if (dependency.sourceKey === null && dependency.whenAbsent !== 'create') return null;
  return readTargetId(await scope.links.get(linkOf(scope, dependency)), dependency.document);
}

/** A dependency's own link. A guest without an id is known by its natural key, hashed: links hold no personal data. */
function linkOf(scope: AttemptScope, dependency: TargetDependency): LinkKey {
  return { target: scope.access.connection.id, entity: dependency.entity, sourceKey: sourceKeyOf(scope, dependency) };
}

function sourceKeyOf(scope: AttemptScope, { sourceKey, naturalKey }: TargetDependency): string {
  if (sourceKey !== null) return sourceKey;
  const digest = createHash('sha256').update(naturalKey.trim().toLowerCase()).digest('hex').slice(0, 24);
  return `${scope.delivery.event.connection}/match-${digest}`;
}

function toWaitingKey(dependency: TargetDependency): WaitingKey {
  return { entity: dependency.entity, sourceKey: dependency.sourceKey, match: maskMatch(dependency.naturalKey) };
}

function identifyDependency({ entity, sourceKey, naturalKey, document }: TargetDependency): string {
  return `${entity}|${sourceKey ?? ''}|${naturalKey}|${document === undefined ? '' : nameDocument(document)}`;
}
