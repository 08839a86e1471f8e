import type { EntityName } from '@entrepot/canonical';
import {
  type CallContext,
  type FoundDocument,
  type PlannedDocument,
  type Target,
  type TargetDefinition,
  type TargetDependency,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';
import type { Conditions } from './conditions.ts';
import type { TargetFault } from './plan.ts';
import type { SimProcess } from './process.ts';
import { ERP, normalise, readRecord, SHOP, type SimEntity, type SimState, toRecord } from './records.ts';

export const VISIBLE_WITHIN_MS = 5_000;
/** The longest a request that nobody waits for any more may take to commit: below what the target declares. */
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

/** A system that is written to: what it holds, and everything ever committed to it, in order. */
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

  /** As one process of the sink sees it. */
  open(process: SimProcess): Target {
    return {
      entity: <E extends EntityName>(name: E) => this.#entity(name, process) as unknown as TargetEntity<E>,
      fence: (call) => this.#request(process, 'fence', call, () => {}),
      prepare: async () => ({}),
      test: async () => ({ ok: true, checks: [] }),
      listValues: async () => [],
      close: async () => {},
    };
  }

  #entity(name: EntityName, process: SimProcess): TargetEntity {
    const request = <T>(operation: string, call: CallContext, effect: () => T): Promise<T> =>
      this.#request(process, operation, call, effect);
    const search = (operation: string, call: CallContext, is: (document: TargetDocument) => boolean) =>
      request(operation, call, () => this.documents.filter((each) => each.entity === name && is(each)).map(show));
    return {
      createGuard: 'lookup',
      visibleWithinMs: VISIBLE_WITHIN_MS,
      verifyByDefault: true,
      flowSettings: {} as never,
      dependencies: (entity) => listDependencies(readRecord(entity).state),
      ...(name === 'customer' ? { naturalKeyOf: (entity) => readRecord(entity).state.email } : {}),
      match: (naturalKey, call) =>
        name === 'product'
          ? request('match', call, () => (this.items.has(naturalKey) ? [showItem(naturalKey)] : []))
          : search('match', call, ({ email }) => email === naturalKey),
      map: (entity, { sourceKey }) => {
        const { state, source } = readRecord(entity);
        const body: Plan = { state, version: source.version };
        const planned = { role: name, subId: null, externalRef: sourceKey, body };
        const document: PlannedDocument = { ...planned, state: state.cancelled ? 'cancelled' : 'present' };
        return { ok: true, documents: [document], lineMap: [] };
      },
      find: ({ externalRef }, call) => search('find', call, ({ ref }) => ref === externalRef),
      create: (planned, call) => request('create', call, () => this.#create(name, planned)),
      read: (_role, targetId, call) =>
        search('read', call, ({ id }) => id === targetId).then(([first]) => first ?? null),
      update: async (planned, current, call) => {
        if (this.#differences(planned, current).length === 0) return { status: 'unchanged' };
        await request('update', call, () => this.#update(planned, current));
        return { status: 'applied' };
      },
      compare: (planned, current) => this.#differences(planned, current),
      stateHash: ({ body }) => hashState(body as TargetDocument),
    };
  }

  #differences({ body, state }: PlannedDocument, current: FoundDocument) {
    const plan = (body as Plan).state;
    const held = current.body as TargetDocument;
    if ((state === 'cancelled') !== held.cancelled) return [{ path: 'cancelled' }];
    const same = held.content === this.#keep(plan.content) || state === 'cancelled';
    return same ? [] : [{ path: 'content', expected: plan.content, actual: held.content }];
  }

  #keep(content: string): string {
    return this.name === ERP ? normalise(content) : content;
  }

  #create(entity: string, { externalRef, body }: PlannedDocument) {
    const { state, version } = body as Plan;
    const { email } = state;
    const id = `${this.name}-${this.#nextId}`;
    this.#nextId += 1;
    const content = this.#keep(state.content);
    const document = { id, ref: externalRef, entity, email, version, content, cancelled: false };
    const twins = this.documents.filter((each) => each.entity === entity && isTwin(each, document));
    if (twins.length > 0) this.#world.blame(`a second document of ${entity} ${externalRef} in ${this.name}`);
    this.documents.push(document);
    this.#wrote(document);
    return { targetId: id, targetNumber: id, status: 'created' as const };
  }

  /** With the tag of what was read, as If-Match: a change meanwhile makes it fail. */
  #update({ body, externalRef, state }: PlannedDocument, current: FoundDocument): void {
    const plan = body as Plan;
    const document = this.documents.find(({ id }) => id === current.targetId);
    if (document === undefined) throw new VendorError('notFound', 'gone');
    if (tagOf(document) !== current.etag) throw new VendorError('conflict', 'changed meanwhile');
    if (document.ref === externalRef && plan.version < document.version) {
      this.#world.blame(`a stale write of ${externalRef}: ${plan.version} after ${document.version}`);
    }
    document.version = plan.version;
    if (state === 'cancelled') document.cancelled = true;
    else document.content = this.#keep(plan.state.content);
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

function show(document: TargetDocument): FoundDocument {
  const { id } = document;
  return { targetId: id, targetNumber: id, draft: false, body: { ...document }, etag: tagOf(document) };
}

function showItem(sku: string): FoundDocument {
  return { targetId: sku, targetNumber: sku, draft: false, body: {}, etag: null };
}

function tagOf({ version, content, cancelled }: TargetDocument): string {
  return `${version}/${content}/${cancelled}`;
}

export const TARGET_TRAITS: Omit<TargetDefinition, 'open'> = {
  entities: ['order', 'customer'],
  flowSettings: {},
  maxConcurrency: 8,
  requestsPerSecond: 20,
};
