import { type EntityName, eventKey } from '@entrepot/canonical';
import {
  type CallContext,
  defineTarget,
  type FoundDocument,
  noSettings,
  type PlannedDocument,
  type TargetDefinition,
  type TargetDependency,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';
import type { Conditions } from '../infrastructure/conditions.ts';
import type { SimProcess } from '../infrastructure/process.ts';
import type { TargetFault } from '../plan/plan.ts';
import { ERP, normalise, readRecord, SHOP, type SimEntity, type SimState, toRecord } from './records.ts';

export const VISIBLE_WITHIN_MS = 5_000;
/** Maximum time until an abandoned request commits: below what the target declares. */
const LATEST_COMMIT_MS = 4_500;
const TIMEOUT_MS = 1_000;

export interface TargetDocument {
  readonly id: string;
  readonly ref: string;
  readonly entity: string;
  readonly email: string | null;
  version: number;
  content: string;
  cancelled: boolean;
}

interface Plan {
  readonly state: SimState;
  readonly version: number;
}

interface TargetConditions extends Conditions {
  announceChange(connection: string, entity: SimEntity, sourceId: string): void;
  drawTargetFault(system: string, operation: string): TargetFault | null;
}

/** A system, and one process's way to it. */
interface TargetClient {
  readonly system: TargetSystem;
  request<T>(operation: string, call: CallContext, effect: () => T): Promise<T>;
}

/** A target system: its documents, and every commit ever made to it, in order. */
export class TargetSystem {
  readonly name: string;
  readonly documents: TargetDocument[] = [];
  readonly items = new Set<string>();
  writes = 0;
  readonly #world: TargetConditions;
  #nextId = 1;

  constructor(world: TargetConditions, name: string) {
    this.#world = world;
    this.name = name;
  }

  /** The system's requests, as one process of the sink makes them. */
  open(process: SimProcess): TargetClient {
    return { system: this, request: (operation, call, effect) => this.#request(process, operation, call, effect) };
  }

  /** Documents of an entity, as an answer shows them. */
  search(entity: string, is: (document: TargetDocument) => boolean): FoundDocument<TargetDocument>[] {
    return this.documents.filter((each) => each.entity === entity && is(each)).map(show);
  }

  create(entity: string, { externalRef, body: { state, version } }: PlannedDocument<Plan>) {
    const { email } = state;
    const id = `${this.name}-${this.#nextId}`;
    this.#nextId += 1;
    const content = keep(this.name, state.content);
    const document = { id, ref: externalRef, entity, email, version, content, cancelled: false };
    const twins = this.documents.filter((each) => each.entity === entity && isTwin(each, document));
    if (twins.length > 0) this.#world.blame(`a second document of ${entity} ${externalRef} in ${this.name}`);
    this.documents.push(document);
    this.#wrote(document);
    return { targetId: id, targetNumber: id, status: 'created' as const };
  }

  /** Sends the tag of the read state, like If-Match: a concurrent change makes it fail. */
  update({ body: plan, externalRef, desired }: PlannedDocument<Plan>, current: FoundDocument): void {
    const document = this.documents.find(({ id }) => id === current.targetId);
    if (document === undefined) throw new VendorError('notFound', 'gone');
    if (tagOf(document) !== current.etag) throw new VendorError('conflict', 'changed meanwhile');
    if (document.ref === externalRef && plan.version < document.version) {
      this.#world.blame(`a stale write of ${externalRef}: ${plan.version} after ${document.version}`);
    }
    document.version = plan.version;
    if (desired === 'cancelled') document.cancelled = true;
    else document.content = keep(this.name, plan.state.content);
    this.#wrote(document);
  }

  #wrote(document: TargetDocument): void {
    this.writes += 1;
    const { entity, ref, version, content } = document;
    this.#world.note(() => `${this.name} commits ${entity} ${ref} v${version} "${content}"`);
  }

  async #request<T>(process: SimProcess, operation: string, call: CallContext, effect: () => T): Promise<T> {
    const { random } = this.#world;
    await process.clock.sleep(random.between(0, 2), call.signal).catch(() => {});
    call.beforeSend(TIMEOUT_MS);
    const fault = this.#world.drawTargetFault(this.name, operation);
    this.#world.note(() => `${process.name} calls ${this.name}: ${operation}${fault === null ? '' : ` (${fault})`}`);
    if (operation === 'find' && !this.#world.calm && random.chance(this.#world.plan.stopsAtLookUp))
      process.onFreeze(random.between(8_500, 14_000));
    const write = operation === 'create' || operation === 'update';
    const wayMs = random.chance(0.03) ? random.between(20, 900) : random.between(0.5, 20);
    const lost = (kind: 'timeout' | 'unavailable', sent: boolean): VendorError =>
      new VendorError(kind, `${operation} had no answer`, { answerUnknown: write && sent });
    const answer = (effectMs: number | null, answerMs: number, error?: Error): Promise<T> =>
      process.exchange({ effectMs, effect, answerMs, ...(error === undefined ? {} : { error }) });
    switch (fault) {
      case null:
        return answer(wayMs * random.next(), wayMs);
      case 'down':
        return answer(null, wayMs, lost('unavailable', false));
      case 'cut-before':
        return answer(null, wayMs, lost('unavailable', true));
      case 'cut-after':
        return answer(wayMs / 2, wayMs, lost('unavailable', true));
      case 'timeout':
        return answer(null, TIMEOUT_MS, lost('timeout', true));
      case 'late':
        if (random.chance(this.#world.plan.diesInDoubt)) process.later(random.between(0, 300), () => process.kill());
        return answer(random.between(TIMEOUT_MS, LATEST_COMMIT_MS), TIMEOUT_MS, lost('timeout', true));
      case 'throttled': {
        const retryAfterMs = random.chance(0.5) ? random.between(200, 3_000) : undefined;
        return answer(
          null,
          wayMs,
          new VendorError('throttled', 'slow down', retryAfterMs === undefined ? {} : { retryAfterMs }),
        );
      }
      case 'unauthorized':
      case 'unexpected':
      case 'conflict':
        return answer(null, wayMs, new VendorError(fault, `${operation}: ${fault}`));
    }
  }
}

export function hashState({ content, cancelled }: Pick<TargetDocument, 'content' | 'cancelled'>): string {
  return `${content}/${cancelled}`;
}

function keep(system: string, content: string): string {
  return system === ERP ? normalise(content) : content;
}

function differ(
  system: string,
  { body, desired }: PlannedDocument<Plan>,
  { body: held }: FoundDocument<TargetDocument>,
) {
  const { content } = body.state;
  if ((desired === 'cancelled') !== held.cancelled) return [{ path: 'cancelled' }];
  const same = held.content === keep(system, content) || desired === 'cancelled';
  return same ? [] : [{ path: 'content', expected: content, actual: held.content }];
}

function isTwin(a: TargetDocument, b: TargetDocument): boolean {
  return a.ref === b.ref || (a.email !== null && a.email === b.email);
}

function listDependencies({ customer, sku }: SimState): TargetDependency[] {
  const needs: TargetDependency[] = [];
  if (customer !== null) {
    const { id, email } = customer;
    const state: SimState = {
      entity: 'customer',
      id,
      content: email,
      cancelled: false,
      email,
      customer: null,
      sku: null,
    };
    const prerequisite = toRecord(SHOP, state);
    needs.push({
      entity: 'customer',
      sourceKey: `${SHOP}/${id}`,
      naturalKey: email,
      whenAbsent: 'create',
      prerequisite,
    });
  }
  if (sku !== null) {
    needs.push({ entity: 'product', sourceKey: null, naturalKey: sku, whenAbsent: 'wait', prerequisite: null });
  }
  return needs;
}

function show(document: TargetDocument): FoundDocument<TargetDocument> {
  const { id, cancelled } = document;
  const state = cancelled ? 'cancelled' : 'posted';
  return { targetId: id, targetNumber: id, state, body: { ...document }, etag: tagOf(document) };
}

function showItem(sku: string): FoundDocument<TargetDocument> {
  const item = { id: sku, ref: sku, entity: 'product', email: null, version: 0, content: sku, cancelled: false };
  return { ...show(item), etag: null };
}

function tagOf({ version, content, cancelled }: TargetDocument): string {
  return `${version}/${content}/${cancelled}`;
}

interface ModelTypes {
  readonly settings: unknown;
  readonly client: TargetClient;
  readonly profile: unknown;
  readonly state: TargetDocument;
}

function describeEntity<E extends EntityName>(name: E): TargetEntity<E, ModelTypes, unknown, Plan> {
  return {
    settings: noSettings,
    guard: 'session',
    visibleWithinMs: () => VISIBLE_WITHIN_MS,
    verifyByDefault: true,
    reference: ({ connection, id }) => eventKey(connection, id),
    map: (entity) => {
      const { state, source } = readRecord(entity);
      const body = { state, version: source.version };
      const desired = state.cancelled ? 'cancelled' : 'posted';
      return { ok: true, documents: [{ role: name, subId: null, body, desired }] };
    },
    find: ({ externalRef }, { system, request }, call) =>
      request('find', call, () => system.search(name, ({ ref }) => ref === externalRef)),
    create: (planned, { system, request }, call) => request('create', call, () => system.create(name, planned)),
    read: async (_document, targetId, { system, request }, call) => {
      const [found] = await request('read', call, () => system.search(name, ({ id }) => id === targetId));
      return found ?? null;
    },
    update: async (planned, current, { system, request }, call) => {
      if (differ(system.name, planned, current).length === 0) return { status: 'unchanged' };
      await request('update', call, () => system.update(planned, current));
      return { status: 'applied' };
    },
    compare: (planned, current, { connection }) => differ(connection.id, planned, current),
    stateHash: (_document, { body }) => hashState(body),
  };
}

/** The target side of the vendor of both systems, as one process of the sink opens it. */
export function defineModelTarget(open: (connection: string) => TargetClient): TargetDefinition {
  return defineTarget<ModelTypes, unknown>({
    open: ({ connection }) => open(connection.id),
    close: async () => {},
    test: async () => ({ ok: true, checks: [] }),
    values: {},
    fence: ({ request }, call) => request('fence', call, () => {}),
    maxConcurrency: 8,
    requestsPerSecond: 20,
    entities: {
      order: {
        ...describeEntity('order'),
        prerequisites: ['customer'],
        dependencies: (entity) => listDependencies(readRecord(entity).state),
      },
      customer: {
        ...describeEntity('customer'),
        naturalKeys: (entity) => {
          const { email } = readRecord(entity).state;
          return email === null ? [] : [{ document: { role: 'customer', subId: null }, key: email }];
        },
        findByNaturalKey: (naturalKey, { system, request }, call) =>
          request('match', call, () => system.search('customer', ({ email }) => email === naturalKey)),
      },
    },
    references: {
      product: (sku, { system, request }, call) =>
        request('match', call, () => (system.items.has(sku) ? [showItem(sku)] : [])),
    },
  });
}
