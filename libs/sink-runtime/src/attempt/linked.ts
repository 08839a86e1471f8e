import { createHash } from 'node:crypto';
import {
  type EntityName,
  isInTarget,
  isSameDocument,
  parseEventKey,
  parseExternalReference,
  type WaitingKey,
} from '@entrepot/canonical';
import { findCounterparts, type LinkDocument, type LinkedDocument, type LinkKey, linesOf } from '@entrepot/store';
import {
  type DocumentKey,
  type FoundDocument,
  type LineMapping,
  nameDocument,
  type ResolvedDependency,
  type TargetDependency,
} from '@entrepot/vendor-kit';
import type { Links } from '../ports.ts';
import { maskMatch } from '../problems.ts';
import type { AttemptScope } from './outcomes.ts';

/** The links, and between which two connections a dependency is looked for. */
export interface LookUp {
  readonly links: Pick<Links, 'get' | 'findByTargetId' | 'findByReference'>;
  /** The connection that the record comes from. */
  readonly source: string;
  /** The connection that it is written to. */
  readonly target: string;
}

export function lookUpOf({ links, access, delivery }: AttemptScope): LookUp {
  return { links, source: delivery.event.connection, target: access.connection.id };
}

/** What a dependency is in the target. */
export type Linked = Omit<ResolvedDependency, 'dependency'>;

/**
 * What links, and references of ours, say that a dependency is in the target. The first way that leads anywhere counts;
 * several of one way need a person's decision. It reads links only.
 */
export async function findLinked(lookUp: LookUp, dependency: TargetDependency): Promise<readonly Linked[]> {
  const isCounterpart = dependency.via === 'counterpart';
  const own = await readOwnLink(lookUp, dependency);
  if (own !== null || !isCounterpart) return own === null ? [] : [own];
  const reverse = await findReverse(lookUp, dependency);
  return reverse.length > 0 ? reverse : findReferenced(lookUp, dependency);
}

/** The document of a dependency that its own link knows to be in the target. */
export function readLinked(link: LinkDocument | null, document?: DocumentKey): Linked | null {
  const held = link === null ? null : findHeld(link, document);
  if (link === null || held?.targetId == null) return null;
  return { targetId: held.targetId, lines: linesOf(link, held), through: 'link' };
}

/** A dependency's own link. A guest without an id is known by its natural key, hashed: links hold no personal data. */
export function linkOf({ source, target }: Pick<LookUp, 'source' | 'target'>, dependency: TargetDependency): LinkKey {
  const { entity, naturalKey } = dependency;
  const digest = (): string => createHash('sha256').update(naturalKey.trim().toLowerCase()).digest('hex').slice(0, 24);
  return { target, entity, sourceKey: dependency.sourceKey ?? `${source}/match-${digest()}` };
}

async function readOwnLink(lookUp: LookUp, dependency: TargetDependency): Promise<Linked | null> {
  if (dependency.sourceKey === null && dependency.whenAbsent !== 'create') return null;
  return readLinked(await lookUp.links.get(linkOf(lookUp, dependency)), dependency.document);
}

/** The target's own records that became, in the source's system, what the source's record refers to. */
async function findReverse(
  { links, source, target }: LookUp,
  { entity, sourceKey, document }: TargetDependency,
): Promise<readonly Linked[]> {
  if (sourceKey === null) return [];
  const { connection: heldBy, id: targetId } = parseEventKey(sourceKey);
  if (heldBy !== source) return [];
  const found = await findCounterparts(links, { entity, heldBy, targetId, of: target, document });
  return found.map(({ id, link, document: held }) => ({
    targetId: id,
    lines: invertLines(linesOf(link, held)),
    through: 'reverse',
  }));
}

/**
 * The target's own records that references of ours at the source's record name. The link that a reference belongs to is
 * found by the text, whatever format the vendor that holds it has; without a link the text itself names the record.
 */
async function findReferenced(lookUp: LookUp, dependency: TargetDependency): Promise<readonly Linked[]> {
  const { externalReferences = [] } = dependency;
  const found = await Promise.all(externalReferences.map((text) => readReference(lookUp, dependency, text)));
  const byId = new Map(found.flat().map((linked) => [linked.targetId, linked]));
  return [...byId.values()];
}

async function readReference(
  { links, source, target }: LookUp,
  { entity }: TargetDependency,
  text: string,
): Promise<readonly Linked[]> {
  const linked = await links.findByReference(source, text);
  const known = linked.flatMap((link) => {
    const { connection, id } = parseEventKey(link.sourceKey);
    const held = link.documents.find(({ externalRef }) => externalRef === text);
    if (link.entity !== entity || connection !== target || held === undefined) return [];
    return [{ targetId: id, lines: invertLines(linesOf(link, held)), through: 'reference' as const }];
  });
  if (known.length > 0) return known;
  const named = parseExternalReference(text);
  return named?.connection === target ? [{ targetId: named.id, lines: [], through: 'reference' }] : [];
}

function findHeld({ documents }: LinkDocument, document?: DocumentKey): LinkedDocument | undefined {
  const usable = documents.filter(isInTarget);
  if (document === undefined) return usable.find(({ subId }) => subId === null);
  return usable.find((each) => isSameDocument(each, document));
}

/**
 * Reads a line map backwards: source and target change places. A target line of several source lines, or the reverse, keeps all its pairs. The
 * place is left out: it says where goods are in what was the target.
 */
export function invertLines(lines: readonly LineMapping[]): LineMapping[] {
  return lines.map(({ sourceLineId, targetLine }) => ({ sourceLineId: targetLine, targetLine: sourceLineId }));
}

/** How long a single hit by natural key is cached. Short: someone may rename an item. */
const MATCH_MEMORY_MS = 60_000;

/** The target's records of its natural key. */
export async function matchDependency(scope: AttemptScope, dependency: TargetDependency): Promise<FoundDocument[]> {
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

/** The record that a dependency is at the source. */
export function describeRef({ entity, sourceKey }: TargetDependency): Pick<WaitingKey, 'entity' | 'sourceKey'> {
  return { entity, sourceKey };
}

/** What the ledger knows a wait by. It holds no personal data. */
export function toWaitingKey(dependency: TargetDependency): WaitingKey {
  const { document, via, naturalKey } = dependency;
  return {
    ...describeRef(dependency),
    match: maskMatch(naturalKey),
    ...(document === undefined ? {} : { document: { role: document.role, subId: document.subId } }),
    ...(via === 'counterpart' ? { counterpart: true } : {}),
  };
}

/** Equal for dependencies that are resolved alike. */
export function identifyDependency(dependency: TargetDependency): string {
  const { entity, via = 'record', sourceKey, naturalKey, document, externalReferences = [] } = dependency;
  const named = document === undefined ? '' : nameDocument(document);
  return JSON.stringify([entity, via, sourceKey, naturalKey, named, externalReferences]);
}

/** Lock on a record's link: held by its live delivery, its bulk delivery, and deliveries that create it as a prerequisite. */
export function linkLock({ target, entity, sourceKey }: LinkKey): string {
  return `link|${target}|${entity}|${sourceKey}`;
}

/** Lock on a natural key (e-mail, SKU): held by each delivery that may create a record found by it. */
export function naturalKeyLock(target: string, entity: EntityName, naturalKey: string): string {
  return `natural-key|${target}|${entity}|${naturalKey.trim().toLowerCase()}`;
}
