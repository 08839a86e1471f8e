import {
  defineTarget,
  type FoundDocument,
  noSettings,
  type TargetDefinition,
  type TargetEntity,
} from '../src/index.ts';

export interface ModelRecord {
  readonly note: string;
  readonly changed: number;
  /** Our reference, on an order that we wrote. */
  readonly reference?: string;
}

/** The client of the model: it signs in with its first call, and keeps the session. */
export class ModelClient {
  readonly connection: string;
  readonly #onSignIn: () => void;
  #signedIn = false;

  constructor(connection: string, onSignIn: () => void) {
    this.connection = connection;
    this.#onSignIn = onSignIn;
  }

  signIn(): void {
    if (!this.#signedIn) this.#onSignIn();
    this.#signedIn = true;
  }
}

export interface ModelTypes {
  readonly settings: unknown;
  readonly client: ModelClient;
  readonly profile: unknown;
  readonly state: ModelRecord;
}

export type ModelOrders = TargetEntity<'order', ModelTypes, unknown, { readonly note: string }>;

export function showRecord(id: string, body: ModelRecord): FoundDocument<ModelRecord> {
  return { targetId: id, targetNumber: null, state: 'posted', body, etag: null };
}

/** How the model writes the orders that it also reads. */
export function writeOrders(records: Map<string, ModelRecord>): ModelOrders {
  const read = (id: string): FoundDocument<ModelRecord>[] => {
    const record = records.get(id);
    return record === undefined ? [] : [showRecord(id, record)];
  };
  return {
    settings: noSettings,
    guard: 'look-up',
    visibleWithinMs: () => 0,
    verifyByDefault: true,
    reference: ({ id }) => id,
    map: ({ note }) => ({
      ok: true,
      documents: [{ role: 'order', subId: null, desired: 'posted', body: { note: note ?? '' } }],
    }),
    find: async ({ externalRef }) => read(externalRef),
    create: async ({ externalRef, body }) => {
      records.set(externalRef, { note: body.note, changed: 0 });
      return { targetId: externalRef, targetNumber: null, status: 'created' };
    },
    read: async (_document, targetId) => read(targetId)[0] ?? null,
    update: async ({ body }, { targetId }) => {
      records.set(targetId, { note: body.note, changed: 0 });
      return { status: 'applied' };
    },
    compare: ({ body }, current) => (body.note === current.body.note ? [] : [{ path: 'note' }]),
    stateHash: (_document, { body }) => body.note,
    fieldGroups: {
      fields: { note: ['note'] },
      keep: (_document, { body }) => ({ note: body.note }),
      expected: ({ body }) => body,
    },
  };
}

export function defineModelTarget(
  order: ModelOrders,
  clientOf: (given: ModelClient) => ModelClient,
): TargetDefinition<ModelTypes> {
  return defineTarget<ModelTypes>({
    test: async (client) => {
      clientOf(client).signIn();
      return { ok: true, checks: [] };
    },
    values: {},
    entities: { order },
  });
}
