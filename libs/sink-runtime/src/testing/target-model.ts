import { type EntityName, externalReference } from '@entrepot/canonical';
import type { VirtualClock } from '@entrepot/runtime-kit/testing';
import {
  type CallContext,
  type ClientDefinition,
  type DocumentDraft,
  defineTarget,
  type FindByNaturalKey,
  type FoundDocument,
  type Guard,
  type LineMapping,
  type MapContext,
  type PlannedDocument,
  type TargetDefinition,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';
import { z } from 'zod';
import type { Fault } from './fault.ts';
import { etagOf, found, itemDocument, type ModelDocument } from './model-document.ts';
import {
  dependenciesOf,
  type ModelPlan,
  type ModelRecord,
  nameStates,
  naturalKeysOf,
  planDocuments,
  planShipment,
  UNMAPPABLE,
} from './model-record.ts';

/** The part of a clock that the model needs: simulated, or the machine's. */
export type ModelClock = Pick<VirtualClock, 'sleep'> & { schedule(ms: number, wake: () => void): unknown };

export const VISIBLE_WITHIN_MS = 5_000;
const LATE_MS = 4_000;
const LATENCY_MS = 10;
const REQUEST_TIMEOUT_MS = 1_000;

/** One connection's: all connections of a vendor share its definition, so what they hold is reached through the client alone. */
interface ModelClient {
  request<T>(operation: string, call: CallContext, effect: (model: TargetModel) => T): Promise<T>;
}

interface ModelOptions {
  /** Around each request. */
  readonly wrap?: <T>(call: CallContext, work: () => Promise<T>) => Promise<T>;
  /** The system behind a connection; left out: this one is behind each. */
  readonly modelOf?: (connection: string) => TargetModel;
}

interface ModelTypes {
  readonly settings: unknown;
  readonly client: ModelClient;
  readonly profile: unknown;
  readonly state: ModelDocument;
}

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
  /** Who says which line of the target each of a document's lines is: the target gives them ids of its own, a plan counts them. */
  linesFrom: 'plan' | 'answer' | 'read-back' = 'plan';
  /** `session`: fencing is a request and ends nothing that is inside already, the harshest that a session may be. */
  guard: Guard = 'session';
  /** Entities whose latest states plans are based on: a document's content names them. */
  collects: readonly EntityName[] = [];
  /** How often a client was opened. */
  opened = 0;
  readonly items = new Set<string>();
  /** What the last mapping of each entity was given besides the record. */
  readonly contexts = new Map<EntityName, MapContext>();
  readonly #clock: ModelClock;
  /** What a flow's record means to the model. */
  readonly #readRecord: (entity: unknown) => ModelRecord;
  #nextId = 1;

  constructor(clock: ModelClock, readRecord = (entity: unknown): ModelRecord => entity as ModelRecord) {
    this.#clock = clock;
    this.#readRecord = readRecord;
  }

  client({ wrap = (_call, work) => work(), modelOf = () => this }: ModelOptions = {}): ClientDefinition {
    const definition: ClientDefinition<unknown, unknown, ModelClient> = {
      open: ({ connection }) => {
        const model = modelOf(connection.id);
        model.opened += 1;
        return {
          request: (operation, call, effect) => wrap(call, () => model.#request(operation, call, () => effect(model))),
        };
      },
      close: async () => {},
    };
    return definition;
  }

  definition(): TargetDefinition {
    return defineTarget<ModelTypes>({
      test: async () => ({ ok: true, checks: [] }),
      values: {},
      ...(this.guard === 'session' ? { fence: ({ request }, _vault, call) => request('fence', call, () => {}) } : {}),
      entities: {
        order: { ...this.#entity('order'), findByNaturalKey: this.#matching('order') },
        shipment: this.#entity('shipment'),
        invoice: this.#entity('invoice'),
        customer: {
          ...this.#entity('customer'),
          naturalKeys: (entity) => naturalKeysOf(this.#readRecord(entity)),
          findByNaturalKey: this.#matching('customer'),
        },
      },
      references: {
        product: (sku, { request }, call) =>
          request('match', call, ({ items }) => (items.has(sku) ? [found(itemDocument(sku))] : [])),
      },
    });
  }

  #entity<E extends EntityName>(name: E): TargetEntity<E, ModelTypes, unknown, ModelPlan> {
    return {
      settings: z.unknown(),
      guard: this.guard,
      visibleWithinMs: () => VISIBLE_WITHIN_MS,
      verifyByDefault: name === 'order',
      prerequisites: ['customer'],
      reference: ({ connection, id }, { role, subId }) =>
        externalReference(connection, id, role === name ? null : role, subId),
      dependencies: (entity) => dependenciesOf(this.#readRecord(entity)),
      collects: this.collects,
      collect: (entity) => this.#readRecord(entity).basedOn ?? [],
      map: (entity, context) => {
        this.contexts.set(name, context);
        const record = nameStates(this.#readRecord(entity), context);
        if (record.content === 'unmappable') return { ok: false, error: UNMAPPABLE };
        if (name === 'shipment' || name === 'invoice') return planShipment(name, record, context.resolved);
        return { ok: true, documents: planDocuments(name, record).map((document) => this.#withLines(document)) };
      },
      find: (planned, { request }, call) =>
        request('find', call, ({ documents }) =>
          documents
            .filter(({ ref, kind }) => ref === planned.externalRef && kind === name)
            .map((each) => this.#show(each)),
        ),
      create: (planned, { request }, call) => request('create', call, (model) => model.#create(name, planned)),
      read: (_document, targetId, { request }, call) =>
        request('read', call, ({ documents }) => {
          const document = documents.find(({ id }) => id === targetId);
          return document === undefined ? null : this.#show(document);
        }),
      update: async (planned, current, { request }, call) => {
        const { body: plan } = planned;
        const before = current.body;
        const cancelled = planned.desired === 'cancelled';
        if (before.content === plan.content && before.cancelled === cancelled) return { status: 'unchanged' };
        if (before.cancelled && plan.content.startsWith('note')) {
          return {
            status: 'unchanged',
            notCarriedOver: [{ path: 'state' }, { path: 'content', expected: plan.content }],
          };
        }
        if (before.cancelled) {
          const error = { kind: 'rejected', code: 'closed', message: 'closed', advice: null, fields: [] };
          return { status: 'refused', error };
        }
        const lines = await request('update', call, (model) => model.#update(current, plan, cancelled));
        return { status: 'applied', ...(this.linesFrom === 'answer' ? { lines } : {}) };
      },
      compare: ({ body: plan, desired }, { body }) => {
        if (desired === 'cancelled') return [];
        return body.content === plan.content ? [] : [{ path: 'content', expected: plan.content, actual: body.content }];
      },
      stateHash: (_document, current) => JSON.stringify(current.body),
    };
  }

  #matching(name: EntityName): FindByNaturalKey<ModelTypes> {
    return (naturalKey, { request }, call) =>
      request('match', call, ({ documents }) =>
        documents.filter(({ kind, email }) => kind === name && email === naturalKey).map((each) => this.#show(each)),
      );
  }

  #withLines(document: DocumentDraft<ModelPlan>): DocumentDraft<ModelPlan> {
    const { lineIds } = document.body;
    if (this.linesFrom !== 'plan' || lineIds.length === 0) return document;
    return { ...document, lines: lineIds.map((id, index) => ({ sourceLineId: id, targetLine: String(index) })) };
  }

  #show(document: ModelDocument): FoundDocument<ModelDocument> {
    return this.linesFrom === 'read-back' ? { ...found(document), lines: document.lines ?? [] } : found(document);
  }

  #create(kind: string, { externalRef: ref, body: { version, content, email, lineIds } }: PlannedDocument<ModelPlan>) {
    if (this.guard === 'unique' && this.documents.some((each) => each.ref === ref))
      throw new VendorError('conflict', `there is a document of ${ref} already`);
    const draft = this.draftNext;
    this.draftNext = false;
    const id = String(this.#nextId);
    this.#nextId += 1;
    const lines = lineIds.map((sourceLineId, index) => ({ sourceLineId, targetLine: `${id}-${index}` }));
    this.documents.push({ id, ref, kind, version, content, cancelled: false, draft, email, lines });
    this.log.push({ ref, version, kind: 'create' });
    const status = draft ? ('accepted' as const) : ('created' as const);
    return { targetId: id, targetNumber: id, status, ...(this.linesFrom === 'answer' ? { lines } : {}) };
  }

  /** With the tag of what was read, as If-Match: a change meanwhile makes it fail. Numbers the lines that are new. */
  #update(current: FoundDocument, { version, content, lineIds }: ModelPlan, cancelled: boolean): LineMapping[] {
    const document = this.documents.find(({ id }) => id === current.targetId);
    if (document === undefined) throw new VendorError('notFound', 'gone');
    if (etagOf(document) !== current.etag) throw new VendorError('conflict', 'changed meanwhile');
    const lines = lineIds.map((sourceLineId, index) => {
      const known = document.lines?.find((line) => line.sourceLineId === sourceLineId);
      return known ?? { sourceLineId, targetLine: `${document.id}-${index}` };
    });
    Object.assign(document, { version, content, cancelled, lines });
    this.log.push({ ref: document.ref, version, kind: 'update' });
    return lines;
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
        // Committed after the client gave up; no client receives the answer.
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
