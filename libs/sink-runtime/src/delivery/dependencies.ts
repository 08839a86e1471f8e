import { boundDelayMs, type WaitingKey } from '@entrepot/canonical';
import type { ResolvedDependency, TargetDependency, TargetEntity } from '@entrepot/vendor-kit';
import { settleAll } from '../settle-all.ts';
import { type DependencyResult, findLinked, judgeHits, matchDependency } from './dependency-match.ts';
import { createPrerequisite } from './prerequisite.ts';
import { type AttemptResult, describeProblem, endAttempt } from './result.ts';
import type { AttemptScope } from './scope.ts';

export type DependenciesResult =
  | { readonly ok: true; readonly resolved: readonly ResolvedDependency[] }
  | { readonly ok: false; readonly result: AttemptResult };

/** Something the entity needs in the target, and its target id as far as a link knows it. */
export interface LookedUpDependency {
  readonly dependency: TargetDependency;
  readonly linkedId: string | null;
}

/**
 * Names what the entity needs, and reads the links of all of it; the reads are asked for before this returns. They change nothing, so they
 * may outlive an attempt that ends without them.
 */
export async function lookUpDependencies(
  scope: AttemptScope,
  target: Pick<TargetEntity, 'dependencies'>,
): Promise<readonly LookedUpDependency[]> {
  const dependencies = target.dependencies(scope.entity, scope.flow.settings, scope.access.connection);
  const reads = new Map<string, Promise<string | null>>();
  return settleAll(
    dependencies.map(async (dependency) => {
      const identity = identify(dependency);
      const read = reads.get(identity) ?? findLinked(scope, dependency);
      reads.set(identity, read);
      return { dependency, linkedId: await read };
    }),
  );
}

/** Finds everything the entity needs in the target; what is absent is waited for, all of it named at once. */
export async function resolveDependencies(
  scope: AttemptScope,
  lookedUp: readonly LookedUpDependency[],
): Promise<DependenciesResult> {
  const dependencies = lookedUp.map(({ dependency }) => dependency);
  const distinct = new Map(lookedUp.map((each) => [identify(each.dependency), each]));
  const results = await settleAll([...distinct.values()].map((each) => resolveDependency(scope, each)));
  const ended = results.find((result) => result.status === 'ended');
  if (ended !== undefined) return { ok: false, result: ended.result };
  const waitingOn = results.flatMap((result) => (result.status === 'absent' ? [result.key] : []));
  if (waitingOn.length > 0) return { ok: false, result: waitFor(scope, waitingOn) };
  const byIdentity = new Map(
    results.flatMap((result) =>
      result.status === 'resolved' ? [[identify(result.resolved.dependency), result.resolved.targetId] as const] : [],
    ),
  );
  // Every dependency as it was asked for, repeated ones too: the mapping looks them up by its own objects.
  const resolved = dependencies.flatMap((dependency) => {
    const targetId = byIdentity.get(identify(dependency));
    return targetId === undefined ? [] : [{ dependency, targetId }];
  });
  return { ok: true, resolved };
}

async function resolveDependency(
  scope: AttemptScope,
  { dependency, linkedId }: LookedUpDependency,
): Promise<DependencyResult> {
  if (dependency.askedFirst === 'target') return resolveByTarget(scope, dependency, linkedId);
  if (linkedId !== null) return { status: 'resolved', resolved: { dependency, targetId: linkedId } };
  if (dependency.whenAbsent === 'create') return createPrerequisite(scope, dependency);
  const hits = await matchDependency(scope, dependency);
  return judgeHits(dependency, hits);
}

/** For a record that the source knows by its key in the target: what has that key wins over what the link knows. */
async function resolveByTarget(
  scope: AttemptScope,
  dependency: TargetDependency,
  linkedId: string | null,
): Promise<DependencyResult> {
  const hits = await matchDependency(scope, dependency);
  const [only] = hits;
  if (only === undefined && linkedId !== null)
    return { status: 'resolved', resolved: { dependency, targetId: linkedId } };
  // What the link does not know yet is noted in it, or made, under its lock.
  const isNews = dependency.prerequisite !== null && hits.length < 2 && only?.targetId !== linkedId;
  return isNews ? createPrerequisite(scope, dependency) : judgeHits(dependency, hits);
}

function waitFor(scope: AttemptScope, waitingOn: readonly WaitingKey[]): AttemptResult {
  // In quotes: a blank too many can be seen then.
  const names = waitingOn.map((key) => `${key.entity} "${key.match}"`).join(', ');
  const products = waitingOn.every(({ entity }) => entity === 'product');
  return endAttempt('waiting', {
    waitingOn,
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

function identify({ entity, sourceKey, naturalKey }: TargetDependency): string {
  return `${entity}|${sourceKey ?? ''}|${naturalKey}`;
}
