import { createHash } from 'node:crypto';
import type { WaitingKey } from '@entrepot/canonical';
import type { LinkDocument, LinkKey } from '@entrepot/store';
import {
  type DocumentKey,
  type FoundDocument,
  nameDocument,
  type ResolvedDependency,
  type TargetDependency,
} from '@entrepot/vendor-kit';
import { describeProblem } from '../problems.ts';
import { type AttemptResult, endAttempt } from './lane-record.ts';
import { isSameDocument } from './link-edit.ts';
import type { AttemptScope } from './scope.ts';

export type DependencyResult =
  | { readonly status: 'resolved'; readonly resolved: ResolvedDependency }
  | { readonly status: 'absent'; readonly dependency: TargetDependency }
  /** Absent, and not needed. */
  | { readonly status: 'ignored' }
  | { readonly status: 'ended'; readonly result: AttemptResult };

/** How long a single hit by natural key is cached. Short: someone may rename an item. */
const MATCH_MEMORY_MS = 60_000;

/** One hit is the match, several need a person's decision, none means absent. */
export function judgeHits(dependency: TargetDependency, hits: readonly FoundDocument[]): DependencyResult {
  const [only] = hits;
  if (only === undefined)
    return dependency.whenAbsent === 'ignore' ? { status: 'ignored' } : { status: 'absent', dependency };
  if (hits.length === 1) return { status: 'resolved', resolved: { dependency, targetId: only.targetId } };
  const ids = hits.map((hit) => hit.targetNumber ?? hit.targetId).join(', ');
  const error = describeProblem(
    'duplicate',
    'ambiguous-match',
    `The target holds ${hits.length} records that could be ${dependency.entity} "${maskMatch(dependency.naturalKey)}": ${ids}`,
    `Leave one ${dependency.entity} with that key active in the target, or link the right one, or name one of them exactly at the source; then retry.`,
  );
  return { status: 'ended', result: endAttempt('mismatch', { error }) };
}

export async function matchDependency(scope: AttemptScope, dependency: TargetDependency): Promise<FoundDocument[]> {
  const { access, clock } = scope;
  const memoryKey = `${dependency.entity}|${dependency.naturalKey}`;
  const remembered = access.matches.get(memoryKey);
  if (remembered !== undefined && clock.monotonicMs() < remembered.untilMs) return [remembered.found];
  access.matches.delete(memoryKey);
  const find = access.target.finder(dependency.entity);
  if (find === null) return [];
  const found = await scope.call('match', (call) => find(dependency.naturalKey, call));
  const hits = found.filter((hit) => !hit.draft);
  const [only] = hits;
  if (only !== undefined && hits.length === 1) {
    access.matches.set(memoryKey, { found: only, untilMs: clock.monotonicMs() + MATCH_MEMORY_MS });
  }
  return hits;
}

/** The target id that a dependency's own link knows; null when it knows none. */
export async function findLinked(scope: AttemptScope, dependency: TargetDependency): Promise<string | null> {
  if (dependency.sourceKey === null && dependency.whenAbsent !== 'create') return null;
  return readTargetId(await scope.links.get(linkOf(scope, dependency)), dependency.document);
}

/** The target id of this document of a record, or of its main one; null when the link knows none. */
export function readTargetId(link: LinkDocument | null, document?: DocumentKey): string | null {
  const usable = link?.documents.filter(({ targetId, draft }) => targetId !== null && !draft) ?? [];
  const meant =
    document === undefined
      ? (usable.find(({ subId }) => subId === null) ?? usable[0])
      : usable.find((each) => isSameDocument(each, document));
  return meant?.targetId ?? null;
}

/** A dependency's own link. A guest without an id is known by its natural key, hashed: links hold no personal data. */
export function linkOf(scope: AttemptScope, dependency: TargetDependency): LinkKey {
  return { target: scope.access.connection.id, entity: dependency.entity, sourceKey: sourceKeyOf(scope, dependency) };
}

function sourceKeyOf(scope: AttemptScope, { sourceKey, naturalKey }: TargetDependency): string {
  if (sourceKey !== null) return sourceKey;
  const digest = createHash('sha256').update(naturalKey.trim().toLowerCase()).digest('hex').slice(0, 24);
  return `${scope.delivery.event.connection}/match-${digest}`;
}

export function toWaitingKey(dependency: TargetDependency): WaitingKey {
  return { entity: dependency.entity, sourceKey: dependency.sourceKey, match: maskMatch(dependency.naturalKey) };
}

export function identifyDependency({ entity, sourceKey, naturalKey, document }: TargetDependency): string {
  return `${entity}|${sourceKey ?? ''}|${naturalKey}|${document === undefined ? '' : nameDocument(document)}`;
}

/** SKUs are shown in full; an e-mail address only as far as needed to recognise it. */
function maskMatch(naturalKey: string): string {
  const [name, domain] = naturalKey.split('@');
  if (name === undefined || domain === undefined) return naturalKey;
  return `${name.slice(0, 1)}***@${domain}`;
}
