import { boundDelayMs } from '@entrepot/canonical';
import { evaluateFields } from '@entrepot/mapping';
import type {
  OpenEntity,
  PlannedDocument,
  PlanSettings,
  ResolvedDependency,
  TargetDependency,
} from '@entrepot/vendor-kit';
import { describeProblem } from '../problems.ts';
import {
  type DependencyResult,
  findLinked,
  identifyDependency,
  judgeHits,
  linkOf,
  matchDependency,
  readTargetId,
  toWaitingKey,
} from './dependency-match.ts';
import { type AttemptResult, endAttempt, failAttempt } from './lane-record.ts';
import { isSameDocument, LinkEdit, linkLock, naturalKeyLock, settleAll } from './link-edit.ts';
import type { AttemptScope } from './scope.ts';
import { type DocumentResult, noteInFlightUpdate, writeDocument } from './write-document.ts';

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
  // In quotes: a blank too many can be seen then.
  const names = waitingOn.map((key) => `${key.entity} "${key.match}"`).join(', ');
  const products = waitingOn.every(({ entity }) => entity === 'product');
  return endAttempt('waiting', {
    waitingOn,
    awaited: absent.flatMap((dependency) =>
      dependency.sourceKey === null ? [] : [{ link: linkOf(scope, dependency), document: dependency.document }],
    ),
    error: describeProblem(
      'waiting',
      'dependency-absent',
      `Not in the target yet: ${names}`,
      products
        ? 'Correct the SKU at the source if the item is in the target under another one: blanks inside it count, and so does letter case unless the target connection says otherwise. If the item is new, add it there. This delivery then goes on by itself.'
        : 'Create it in the target, or let its own flow deliver it; this delivery then goes on by itself.',
    ),
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
    lineMap: [],
    now: () => clock.nowMicros() / 1_000,
  });
  if (!mapped.ok) return { status: 'ended', result: failAttempt(mapped.error) };
  const { documents } = mapped;
  const needed = document === undefined ? documents[0] : documents.find((each) => isSameDocument(each, document));
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
        version: null,
        findNewer: async () => null,
        adoptable: null,
      });
      const ended = endPrerequisite(dependency, result);
      if (ended !== null) return ended;
    }
  } finally {
    await edit.flush();
  }
  const targetId = edit.document(needed)?.targetId ?? null;
  return targetId === null ? judgeHits(dependency, []) : resolved(dependency, targetId);
}

function endPrerequisite(dependency: TargetDependency, result: DocumentResult): DependencyResult | null {
  switch (result.status) {
    case 'in-doubt': {
      const { error, notBeforeMicros } = result;
      return { status: 'ended', result: endAttempt('in-doubt', { error, notBeforeMicros }) };
    }
    case 'mismatch':
      return { status: 'ended', result: endAttempt('mismatch', { error: result.error }) };
    case 'refused':
      return { status: 'ended', result: failAttempt(result.error) };
    case 'accepted':
      return judgeHits(dependency, []);
    case 'absent':
    case 'overtaken': {
      const message = `The ${dependency.entity} needed is cancelled at its source`;
      const error = describeProblem('mapping', 'prerequisite-cancelled', message, null);
      return { status: 'ended', result: failAttempt(error) };
    }
    case 'created':
    case 'applied':
    case 'unchanged':
      return null;
  }
}
