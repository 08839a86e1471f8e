import { createHash } from 'node:crypto';
import type { WaitingKey } from '@entrepot/canonical';
import type { LinkDocument, LinkKey } from '@entrepot/store';
import type { FoundDocument, ResolvedDependency, TargetDependency } from '@entrepot/vendor-kit';
import { settleAll } from '../settle-all.ts';
import { createByProduct } from './by-product.ts';
import { type AttemptResult, describeProblem, endAttempt } from './result.ts';
import type { AttemptScope } from './scope.ts';

export type DependencyResult =
  | { readonly status: 'resolved'; readonly resolved: ResolvedDependency }
  | { readonly status: 'absent'; readonly key: WaitingKey }
  | { readonly status: 'ended'; readonly result: AttemptResult };

export type DependenciesResult =
  | { readonly ok: true; readonly resolved: readonly ResolvedDependency[] }
  | { readonly ok: false; readonly result: AttemptResult };

/** How long a single hit by match key is believed. Short: someone may rename an item. */
const MATCH_MEMORY_MS = 60_000;

/** Finds everything the entity needs in the target; what is absent is waited for, all of it named at once. */
export async function resolveDependencies(
  scope: AttemptScope,
  dependencies: readonly TargetDependency[],
): Promise<DependenciesResult> {
  const distinct = new Map(dependencies.map((dependency) => [identify(dependency), dependency]));
  const results = await settleAll([...distinct.values()].map((dependency) => resolveDependency(scope, dependency)));
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

async function resolveDependency(scope: AttemptScope, dependency: TargetDependency): Promise<DependencyResult> {
  const linked = await findLinked(scope, dependency);
  if (linked !== null) return { status: 'resolved', resolved: { dependency, targetId: linked } };
  if (dependency.whenAbsent === 'create') return createByProduct(scope, dependency);
  const hits = await matchDependency(scope, dependency);
  return judgeHits(dependency, hits);
}

/** One hit is it, several are for a person to sort out, none is absent. */
export function judgeHits(dependency: TargetDependency, hits: readonly FoundDocument[]): DependencyResult {
  const [only] = hits;
  if (only === undefined) return { status: 'absent', key: toWaitingKey(dependency) };
  if (hits.length === 1) return { status: 'resolved', resolved: { dependency, targetId: only.targetId } };
  const ids = hits.map((hit) => hit.targetNumber ?? hit.targetId).join(', ');
  const error = describeProblem(
    'duplicate',
    'ambiguous-match',
    `The target holds ${hits.length} records that could be this ${dependency.entity}: ${ids}`,
    `Leave one ${dependency.entity} with that key active in the target, or link the right one, then retry.`,
  );
  return { status: 'ended', result: endAttempt('mismatch', { error }) };
}

export async function matchDependency(scope: AttemptScope, dependency: TargetDependency): Promise<FoundDocument[]> {
  const { access, clock } = scope;
  const memoryKey = `${dependency.entity}|${dependency.matchKey}`;
  const remembered = access.matches.get(memoryKey);
  if (remembered !== undefined && clock.monotonicMs() < remembered.untilMs) return [remembered.found];
  access.matches.delete(memoryKey);
  const target = access.target.entity(dependency.entity);
  const hits = (await scope.call('match', (call) => target.match(dependency.matchKey, call))).filter(
    (hit) => !hit.draft,
  );
  const [only] = hits;
  if (only !== undefined && hits.length === 1) {
    access.matches.set(memoryKey, { found: only, untilMs: clock.monotonicMs() + MATCH_MEMORY_MS });
  }
  return hits;
}

/** The target id that a dependency's own link knows; null when it knows none. */
export async function findLinked(scope: AttemptScope, dependency: TargetDependency): Promise<string | null> {
  if (dependency.sourceKey === null && dependency.whenAbsent === 'wait') return null;
  return readTargetId(await scope.links.get(linkOf(scope, dependency)));
}

export function readTargetId(link: LinkDocument | null): string | null {
  const usable = link?.documents.filter((document) => document.targetId !== null && !document.draft) ?? [];
  return (usable.find((document) => document.subId === null) ?? usable[0])?.targetId ?? null;
}

/** A dependency's own link. A guest without an id is known by its match key, hashed: links hold no personal data. */
export function linkOf(scope: AttemptScope, dependency: TargetDependency): LinkKey {
  return { target: scope.access.connection.id, entity: dependency.entity, sourceKey: sourceKeyOf(scope, dependency) };
}

export function sourceKeyOf(scope: AttemptScope, { sourceKey, matchKey }: TargetDependency): string {
  if (sourceKey !== null) return sourceKey;
  const digest = createHash('sha256').update(matchKey.trim().toLowerCase()).digest('hex').slice(0, 24);
  return `${scope.delivery.event.connection}/match-${digest}`;
}

function waitFor(scope: AttemptScope, waitingOn: readonly WaitingKey[]): AttemptResult {
  const names = waitingOn.map((key) => `${key.entity} ${key.match}`).join(', ');
  return endAttempt('waiting', {
    waitingOn,
    error: describeProblem(
      'waiting',
      'dependency-absent',
      `Not in the target yet: ${names}`,
      'Create it in the target, or let its own flow deliver it; this delivery then goes on by itself.',
    ),
    notBeforeMicros: scope.clock.nowMicros() + scope.flow.settings.retry.waitingRecheckMs * 1_000,
  });
}

function toWaitingKey(dependency: TargetDependency): WaitingKey {
  return { entity: dependency.entity, sourceKey: dependency.sourceKey, match: maskMatch(dependency.matchKey) };
}

/** SKUs are shown; of an e-mail address only enough to recognise it. */
export function maskMatch(matchKey: string): string {
  const [name, domain] = matchKey.split('@');
  if (name === undefined || domain === undefined) return matchKey;
  return `${name.slice(0, 1)}***@${domain}`;
}

function identify({ entity, sourceKey, matchKey }: TargetDependency): string {
  return `${entity}|${sourceKey ?? ''}|${matchKey}`;
}
