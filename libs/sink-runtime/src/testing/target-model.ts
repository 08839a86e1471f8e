import type { EntityName, EntityOf } from '@entrepot/canonical';
import type { VirtualClock } from '@entrepot/runtime-kit/testing';
import {
  type CallContext,
  type FoundDocument,
  type MapContext,
  type PlannedDocument,
  type Target,
  type TargetDefinition,
  type TargetDependency,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';
import { z } from 'zod';

/** A record as the model's flows carry it, in place of a canonical one. */
export interface ModelRecord {
  readonly deleted: boolean;
  readonly id: string;
  readonly version: number;
  readonly content: string;
  readonly cancelled?: boolean;
  readonly customer?: Pick<TargetDependency, 'askedFirst' | 'role'> & {
    readonly sourceKey: string;
    readonly email: string;
    /** Left out: created. */
    readonly whenAbsent?: 'ignore';
  };
  readonly sku?: string;
  readonly lines?: readonly { readonly id: string; readonly title: string }[];
}

/** How the target treats the next request of a kind. */
export type Fault =
  | 'cut-before'
  | 'cut-after'
  | 'late'
  | 'down'
  | 'timeout'
  | 'throttled'
  | 'unauthorized'
  | 'conflict'
  | 'unexpected'
  | 'rejected'
  | 'bug';

export interface ModelDocument {
  readonly id: string;
  readonly ref: string;
  readonly kind: string;
  version: number;
  content: string;
  cancelled: boolean;
  draft: boolean;
  email: string | null;
}

/** The part of a clock that the model needs: simulated, or the machine's. */
export type ModelClock = Pick<VirtualClock, 'sleep'> & { schedule(ms: number, wake: () => void): unknown };

export const VISIBLE_WITHIN_MS = 5_000;
const LATE_MS = 4_000;
const LATENCY_MS = 10;
const REQUEST_TIMEOUT_MS = 1_000;

/** The system written to: what it holds, everything ever committed to it, and its faults. */
export class TargetModel {
  readonly documents: ModelDocument[] = [];
  /** Each committed write, in order. */
  readonly log: { readonly ref: string; readonly version: number; readonly kind: 'create' | 'update' }[] = [];
  readonly requests: string[] = [];
  /** Taken one by one by requests of the operation; null = none. */
  readonly faults = new Map<string, (Fault | null)[]>();
  /** Every request fails with this while it is set. */
  down: Fault | null = null;
  /** Until an answer is there, once the request has taken effect. */
  latencyMs = LATENCY_MS;
  draftNext = false;
  /** How often a target was opened. */
  opened = 0;
  readonly items = new Set<string>();
  /** What the last mapping was given besides the record. */
  lastContext: MapContext | null = null;
  readonly #clock: ModelClock;
  /** What a flow's record means to the model. */
  readonly #readRecord: (entity: unknown) => ModelRecord;
  #nextId = 1;

  constructor(clock: ModelClock, readRecord = (entity: unknown): ModelRecord => entity as ModelRecord) {
    this.#clock = clock;
    this.#readRecord = readRecord;
  }

  definition(
    wrap: <T>(call: CallContext, work: () => Promise<T>) => Promise<T> = (_call, work) => work(),
  ): TargetDefinition {
    const request = <T>(operation: string, call: CallContext, effect: () => T): Promise<T> =>
      wrap(call, () => this.#request(operation, call, effect));
    const entity = (name: EntityName): TargetEntity => this.#entity(name, request);
    const target: Target = {
      entity: <E extends EntityName>(name: E) => entity(name) as unknown as TargetEntity<E>,
      fence: (call) => request('fence', call, () => {}),
      prepare: async () => ({}),
      test: async () => ({ ok: true, checks: [] }),
      listValues: async () => [],
      close: async () => {},
    };
    return {
      entities: ['order', 'customer'],
      flowSettings: {},
      maxConcurrency: 8,
      requestsPerSecond: null,
      open: () => {
        this.opened += 1;
        return target;
      },
    };
  }

  #entity(name: EntityName, request: <T>(op: string, call: CallContext, effect: () => T) => Promise<T>): TargetEntity {
    const planOf = (record: ModelRecord, sourceKey: string): PlannedDocument => ({
      role: name,
      subId: null,
      externalRef: sourceKey,
      state: record.cancelled === true || record.deleted ? 'cancelled' : 'present',
      body: record,
    });
    return {
      createGuard: 'lookup',
      visibleWithinMs: VISIBLE_WITHIN_MS,
      verifyByDefault: name === 'order',
      flowSettings: z.unknown(),
      dependencies: (entity) => dependenciesOf(this.#readRecord(entity)),
      ...(name === 'customer' ? { naturalKeyOf: (entity) => this.#readRecord(entity).content } : {}),
      match: (naturalKey, call) =>
        request('match', call, () => {
          if (name === 'product') return this.items.has(naturalKey) ? [found(itemDocument(naturalKey))] : [];
          return this.documents.filter(({ kind, email }) => kind === name && email === naturalKey).map(found);
        }),
      map: (entity, context) => {
        this.lastContext = context;
        const record = this.#readRecord(entity);
        if (record.content === 'unmappable') {
          return { ok: false, error: { kind: 'mapping', code: 'unmappable', message: 'no', advice: null, fields: [] } };
        }
        return { ok: true, documents: [planOf(record, context.sourceKey)], lineMap: [] };
      },
      find: (planned, call) =>
        request('find', call, () =>
          this.documents.filter(({ ref, kind }) => ref === planned.externalRef && kind === name).map(found),
        ),
      create: (planned, call) => request('create', call, () => this.#create(name, planned)),
      read: (_role, targetId, call) =>
        request('read', call, () => {
          const document = this.documents.find(({ id }) => id === targetId);
          return document === undefined ? null : found(document);
        }),
      update: async (planned, current, call) => {
        const plan = planned.body as ModelRecord;
        const before = current.body as ModelDocument;
        const cancelled = planned.state === 'cancelled';
        if (before.content === plan.content && before.cancelled === cancelled) return { status: 'unchanged' };
        if (before.cancelled && plan.content.startsWith('note')) {
          return { status: 'unchanged', notCarriedOver: [{ path: 'content', expected: plan.content }] };
        }
        if (before.cancelled) {
          const error = { kind: 'rejected', code: 'closed', message: 'closed', advice: null, fields: [] };
          return { status: 'refused', error };
        }
        await request('update', call, () => this.#update(current, plan, cancelled));
        return { status: 'applied' };
      },
      compare: (planned, current) => {
        const plan = planned.body as ModelRecord;
        const body = current.body as ModelDocument;
        if (planned.state === 'cancelled') return body.cancelled ? [] : [{ path: 'cancelled' }];
        return body.content === plan.content ? [] : [{ path: 'content', expected: plan.content, actual: body.content }];
      },
      stateHash: (current) => JSON.stringify(current.body),
    };
  }

  #create(kind: string, planned: PlannedDocument) {
    const plan = planned.body as ModelRecord;
    const draft = this.draftNext;
    this.draftNext = false;
    const document: ModelDocument = {
      id: String(this.#nextId),
      ref: planned.externalRef,
      kind,
      version: plan.version,
      content: plan.content,
      cancelled: false,
      draft,
      email: kind === 'customer' ? plan.content : null,
    };
    this.#nextId += 1;
    this.documents.push(document);
    this.log.push({ ref: document.ref, version: plan.version, kind: 'create' });
    return {
      targetId: document.id,
      targetNumber: document.id,
      status: draft ? ('accepted' as const) : ('created' as const),
    };
  }

  /** With the tag of what was read, as If-Match: a change meanwhile makes it fail. */
  #update(current: FoundDocument, plan: ModelRecord, cancelled: boolean): void {
    const document = this.documents.find(({ id }) => id === current.targetId);
    if (document === undefined) throw new VendorError('notFound', 'gone');
    if (etagOf(document) !== current.etag) throw new VendorError('conflict', 'changed meanwhile');
    document.version = plan.version;
    document.content = plan.content;
    document.cancelled = cancelled;
    this.log.push({ ref: document.ref, version: plan.version, kind: 'update' });
  }

  async #request<T>(operation: string, call: CallContext, effect: () => T): Promise<T> {
    await this.#clock.sleep(1, call.signal).catch(() => {});
    call.beforeSend(REQUEST_TIMEOUT_MS);
    this.requests.push(operation);
    const fault = this.down ?? this.faults.get(operation)?.shift() ?? null;
    const write = operation === 'create' || operation === 'update';
    const wait = (ms: number): Promise<void> => this.#clock.sleep(ms, new AbortController().signal);
    const lost = (kind: 'timeout' | 'unavailable', sent: boolean): VendorError =>
      new VendorError(kind, `${operation} had no answer`, { answerUnknown: write && sent });
    switch (fault) {
      case 'down':
        throw new VendorError('unavailable', 'connection refused');
      case 'cut-before':
        throw lost('unavailable', true);
      case 'cut-after':
        effect();
        throw lost('unavailable', true);
      case 'timeout':
        await wait(REQUEST_TIMEOUT_MS);
        throw lost('timeout', true);
      case 'late':
        // Committed after the client gave up; what the commit then says, nobody hears.
        this.#clock.schedule(LATE_MS, () => {
          try {
            effect();
          } catch (error) {
            if (!(error instanceof VendorError)) throw error;
          }
        });
        await wait(REQUEST_TIMEOUT_MS);
        throw lost('timeout', true);
      case 'throttled':
        throw new VendorError('throttled', 'slow down', { retryAfterMs: 2_000 });
      case 'unauthorized':
      case 'conflict':
      case 'unexpected':
      case 'rejected':
        throw new VendorError(fault, `${operation}: ${fault}`);
      case 'bug':
        throw new TypeError('undefined is not a function');
      case null: {
        const value = effect();
        await wait(this.latencyMs);
        return value;
      }
    }
  }
}

function dependenciesOf(record: ModelRecord): TargetDependency[] {
  const needs: TargetDependency[] = [];
  if (record.customer !== undefined) {
    const { sourceKey, email, whenAbsent = 'create', askedFirst, role } = record.customer;
    const how = { ...(askedFirst === undefined ? {} : { askedFirst }), ...(role === undefined ? {} : { role }) };
    const prerequisite = {
      deleted: false,
      id: sourceKey,
      version: 0,
      content: email,
    } as unknown as EntityOf<EntityName>;
    const made = whenAbsent === 'create' ? prerequisite : null;
    needs.push({ entity: 'customer', sourceKey, naturalKey: email, whenAbsent, prerequisite: made, ...how });
  }
  if (record.sku !== undefined) {
    needs.push({ entity: 'product', sourceKey: null, naturalKey: record.sku, whenAbsent: 'wait', prerequisite: null });
  }
  return needs;
}

function itemDocument(sku: string): ModelDocument {
  return { id: sku, ref: sku, kind: 'product', version: 0, content: sku, cancelled: false, draft: false, email: null };
}

function found(document: ModelDocument): FoundDocument {
  return {
    targetId: document.id,
    targetNumber: document.id,
    draft: document.draft,
    body: { ...document },
    etag: etagOf(document),
  };
}

function etagOf(document: ModelDocument): string {
  return `${document.version}/${document.content}/${document.cancelled}`;
}
