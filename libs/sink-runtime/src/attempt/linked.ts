import { createHash } from 'node:crypto';
import { type EntityName, parseEventKey, parseExternalReference, type WaitingKey } from '@entrepot/canonical';
import {
  findAwaitedLines,
  findCounterparts,
  findHeld,
  type LinkDocument,
  type LinkedDocument,
  type LinkKey,
  linesOf,
  linkId,
} from '@entrepot/store';
import {
  type FoundDocument,
  type LineMapping,
  nameDocument,
  type OpenEntity,
  type PlannedDocument,
  type ResolvedDependency,
  type TargetDependency,
} from '@entrepot/vendor-kit';
import type { TargetAccess } from '../lane/access.ts';
import type { Links } from '../ports.ts';
import { maskMatch } from '../problems.ts';
import { type AttemptScope, settleAll } from './outcomes.ts';

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
export interface Linked extends Omit<ResolvedDependency, 'dependency'> {
  /** Lines that the dependency names, and that its own delivery is yet to bring. */
  readonly awaitedLines: readonly string[];
}

/** What links and references say of a dependency. */
export interface LookedUp {
  /** What it is in the target; several need a person's decision. */
  readonly linked: readonly Linked[];
  /** Where it is nothing of the target's: the records of other connections that it is, as `<connection>/<id>`. */
  readonly elsewhere: readonly string[];
}

const NOWHERE: LookedUp = { linked: [], elsewhere: [] };

/**
 * What links, and references of ours, say that a dependency is in the target. The first way that leads anywhere counts;
 * several of one way need a person's decision. It reads links only.
 */
export async function findLinked(lookUp: LookUp, dependency: TargetDependency): Promise<LookedUp> {
  const own = await readOwnLink(lookUp, dependency);
  if (own !== null) return { linked: [own], elsewhere: [] };
  if (dependency.via !== 'counterpart') return NOWHERE;
  const reverse = await findReverse(lookUp, dependency);
  return reverse.linked.length + reverse.elsewhere.length > 0 ? reverse : findReferenced(lookUp, dependency);
}

/** What the entity needs in the target, and what links say of it. */
export interface LookedUpDependency extends LookedUp {
  readonly dependency: TargetDependency;
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
  const reads = new Map<string, Promise<LookedUp>>();
  return settleAll(
    dependencies.map(async (dependency) => {
      const identity = identifyDependency(dependency);
      const read = reads.get(identity) ?? findLinked(lookUpOf(scope), dependency);
      reads.set(identity, read);
      return { dependency, ...(await read) };
    }),
  );
}

/** The same, none of it made or waited for: for a flow that only looks for its record in the target. */
export function lookOnly(lookedUp: readonly LookedUpDependency[]): readonly LookedUpDependency[] {
  return lookedUp.map(({ dependency, ...found }) => ({
    ...found,
    dependency: { ...dependency, whenAbsent: 'ignore', prerequisite: null },
  }));
}

/** Whether there is nothing to wait for any more: it is there with the lines that are needed, or elsewhere. */
export async function hasAppeared(lookUp: LookUp, dependency: TargetDependency): Promise<boolean> {
  const { linked, elsewhere } = await findLinked(lookUp, dependency);
  return elsewhere.length > 0 || linked.some(({ awaitedLines }) => awaitedLines.length === 0);
}

/** The document of a dependency that its own link knows to be in the target. */
export function readLinked(
  link: LinkDocument | null,
  { document, lines }: Pick<TargetDependency, 'document' | 'lines'>,
): Linked | null {
  const held = link === null ? null : findHeld(link, document);
  if (link === null || held?.targetId == null) return null;
  return describeLinked(link, { targetId: held.targetId, lines: linesOf(link, held), through: 'link' }, lines);
}

function describeLinked(
  link: LinkDocument,
  found: Omit<Linked, 'awaitedLines'>,
  wanted: readonly string[] = [],
): Linked {
  const known = found.lines.map(({ sourceLineId }) => sourceLineId);
  return { ...found, awaitedLines: wanted.length === 0 ? [] : findAwaitedLines(link, known, wanted) };
}

/** A dependency's own link. A guest without an id is known by its natural key, hashed: links hold no personal data. */
export function linkOf({ source, target }: Pick<LookUp, 'source' | 'target'>, dependency: TargetDependency): LinkKey {
  const { entity, naturalKey } = dependency;
  const digest = (): string => createHash('sha256').update(naturalKey.trim().toLowerCase()).digest('hex').slice(0, 24);
  return { target, entity, sourceKey: dependency.sourceKey ?? `${source}/match-${digest()}` };
}

async function readOwnLink(lookUp: LookUp, dependency: TargetDependency): Promise<Linked | null> {
  if (dependency.sourceKey === null && dependency.whenAbsent !== 'create') return null;
  return readLinked(await lookUp.links.get(linkOf(lookUp, dependency)), dependency);
}

/** The target's own records that became, in the source's system, what the source's record refers to. */
async function findReverse(
  { links, source, target }: LookUp,
  { entity, sourceKey, document, lines }: TargetDependency,
): Promise<LookedUp> {
  if (sourceKey === null) return NOWHERE;
  const { connection: heldBy, id: targetId } = parseEventKey(sourceKey);
  if (heldBy !== source) return NOWHERE;
  const found = await findCounterparts(links, { entity, heldBy, targetId, document });
  const own = found.filter(({ connection }) => connection === target);
  if (own.length === 0) return { linked: [], elsewhere: found.map(({ link }) => link.sourceKey) };
  return {
    linked: own.map(({ id, link, document: held }) =>
      describeLinked(link, { targetId: id, lines: invertLines(linesOf(link, held)), through: 'reverse' }, lines),
    ),
    elsewhere: [],
  };
}

/**
 * The target's own records that references of ours at the source's record name. The link that a reference belongs to is
 * found by the text, whatever format the vendor that holds it has; without a link the text itself names the record.
 */
async function findReferenced(lookUp: LookUp, dependency: TargetDependency): Promise<LookedUp> {
  const { externalReferences = [] } = dependency;
  const found = await Promise.all(externalReferences.map((text) => readReference(lookUp, dependency, text)));
  const byId = new Map(found.flatMap(({ linked }) => linked).map((linked) => [linked.targetId, linked]));
  if (byId.size > 0) return { linked: [...byId.values()], elsewhere: [] };
  return { linked: [], elsewhere: found.flatMap(({ elsewhere }) => elsewhere) };
}

async function readReference(
  { links: stored, source, target }: LookUp,
  { entity, lines }: TargetDependency,
  text: string,
): Promise<LookedUp> {
  const links = (await stored.findByReference(source, text)).filter((link) => link.entity === entity);
  const linked = links.flatMap((link): Linked[] => {
    const { connection, id } = parseEventKey(link.sourceKey);
    const held = link.documents.find(({ externalRef }) => externalRef === text);
    if (connection !== target || held === undefined) return [];
    const found = { targetId: id, lines: invertLines(linesOf(link, held)), through: 'reference' } as const;
    return [describeLinked(link, found, lines)];
  });
  if (links.length > 0) return { linked, elsewhere: linked.length > 0 ? [] : links.map(({ sourceKey }) => sourceKey) };
  const named = parseExternalReference(text);
  if (named?.connection !== target) return NOWHERE;
  return { linked: [{ targetId: named.id, lines: [], through: 'reference', awaitedLines: [] }], elsewhere: [] };
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

/** A dependency that is waited for, or these lines of it. */
export interface AwaitedDependency {
  readonly dependency: TargetDependency;
  readonly lines: readonly string[];
}

/** What the ledger knows a wait by. It holds no personal data. */
export function toWaitingKey({ dependency, lines }: AwaitedDependency): WaitingKey {
  const { document, via, naturalKey } = dependency;
  return {
    ...describeRef(dependency),
    match: maskMatch(naturalKey),
    ...(document === undefined ? {} : { document: { role: document.role, subId: document.subId } }),
    ...(via === 'counterpart' ? { counterpart: true } : {}),
    ...(lines.length === 0 ? {} : { lines }),
  };
}

/** Equal for dependencies that are resolved alike. */
export function identifyDependency(dependency: TargetDependency): string {
  const { entity, via = 'record', sourceKey, naturalKey, document, externalReferences = [], lines = [] } = dependency;
  const named = document === undefined ? '' : nameDocument(document);
  return JSON.stringify([entity, via, sourceKey, naturalKey, named, externalReferences, lines]);
}

/**
 * Lock on what the target writes as one: the live and the bulk lane have a queue each of it. Its name comes first, so that it is taken before
 * the other locks of a delivery: a delivery that waits for it holds none that its holder may need.
 */
export function queueLock(target: string, queue: string): string {
  return `about|${target}|${queue}`;
}

/** Lock on a record's link: held by its live delivery, its bulk delivery, its confirmation, and deliveries that create it as a prerequisite. */
export function linkLock({ target, entity, sourceKey }: LinkKey): string {
  return `link|${target}|${entity}|${sourceKey}`;
}

/** Lock on a natural key (e-mail, SKU): held by each delivery that may create a record found by it. */
export function naturalKeyLock(target: string, entity: EntityName, naturalKey: string): string {
  return `natural-key|${target}|${entity}|${naturalKey.trim().toLowerCase()}`;
}

/**
 * Reads a link, under its lock, once all that earlier attempts of this epoch learned is written to it. Without that, a create that was
 * answered while the database was away would look like one that was never sent.
 * @throws LaneInterrupted when a later epoch has written the link
 */
export async function readUnderLock(
  links: Pick<Links, 'get'>,
  { unwritten }: Pick<TargetAccess, 'unwritten'>,
  key: LinkKey,
): Promise<LinkDocument | null> {
  const earlier = unwritten.get(linkId(key));
  // Without a wait where there is nothing: reads of one turn of the event loop are one call of the database.
  if (earlier !== undefined) await earlier.flush();
  return links.get(key);
}

/** A planned document before anything of it exists. */
export function describeDocument(planned: PlannedDocument): LinkedDocument {
  const { role, subId, externalRef } = planned;
  return { role, subId, externalRef, targetId: null, targetNumber: null, draft: false, intent: null };
}
