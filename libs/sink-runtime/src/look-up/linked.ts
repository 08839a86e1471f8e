import { createHash } from 'node:crypto';
import { isInTarget, isSameDocument, parseEventKey, parseExternalReference } from '@entrepot/canonical';
import { findCounterparts, type LinkDocument, type LinkedDocument, type LinkKey, linesOf } from '@entrepot/store';
import type { DocumentKey, ResolvedDependency, TargetDependency } from '@entrepot/vendor-kit';
import type { Links } from '../ports.ts';
import { invertLines } from './lines.ts';

/** The links, and between which two connections a dependency is looked for. */
export interface LookUp {
  readonly links: Pick<Links, 'get' | 'findByTargetId' | 'findByReference'>;
  /** The connection that the record comes from. */
  readonly source: string;
  /** The connection that it is written to. */
  readonly target: string;
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
