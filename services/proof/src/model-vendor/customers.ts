import { createCustomer } from '@entrepot/canonical';
import {
  type DocumentKey,
  type FoundDocument,
  noSettings,
  showState,
  sourceEntity,
  type TargetEntity,
  VendorError,
} from '@entrepot/vendor-kit';
import type { ModelClient } from './client.ts';
import { GROUPS, type Row, type WireCustomer } from './rows.ts';
import type { ModelSettings } from './settings.ts';

export interface ModelTypes {
  readonly settings: ModelSettings;
  readonly client: ModelClient;
  readonly profile: unknown;
  readonly state: WireCustomer;
}

const CUSTOMER: DocumentKey = { role: 'customer', subId: null };
const IDS_A_FETCH = 20;
const POLL_INTERVAL_MS = 60_000;

function show(customer: WireCustomer): FoundDocument<WireCustomer> {
  const { id: targetId, revision } = customer;
  return { targetId, targetNumber: null, state: null, body: customer, etag: String(revision) };
}

export const targetCustomers: TargetEntity<'customer', ModelTypes, unknown, Row> = {
  settings: noSettings,
  guard: 'unique',
  visibleWithinMs: ({ visibleWithinMs }) => visibleWithinMs,
  verifyByDefault: true,
  reference: ({ connection, id }) => `${connection}/${id}`,
  map: ({ name, phone, note }) => {
    const body = { name: name ?? '', phone: phone ?? '', note: note ?? '' };
    return { ok: true, documents: [{ ...CUSTOMER, desired: 'posted', body }] };
  },
  find: async ({ externalRef }, client, call) => (await client.listByReference(externalRef, call)).map(show),
  create: async ({ externalRef, body }, client, call) => {
    const { id } = await client.create(body, externalRef, call);
    return { targetId: id, targetNumber: null, status: 'created' };
  },
  read: async (_document, id, client, call) => {
    const [customer] = await client.listByIds([id], call);
    return customer === undefined ? null : show(customer);
  },
  update: async ({ body }, { targetId, body: current, etag }, client, call) => {
    if (GROUPS.every((group) => body[group] === current[group])) return { status: 'unchanged' };
    if (etag === null) throw new VendorError('unexpected', 'the model showed no revision');
    await client.update(targetId, body, etag, call);
    return { status: 'applied' };
  },
  compare: ({ body }, current) =>
    GROUPS.filter((group) => body[group] !== current.body[group]).map((path) => ({
      path,
      expected: body[path],
      actual: current.body[path],
    })),
  stateHash: (_document, { body }) => JSON.stringify(GROUPS.map((group) => body[group])),
  fieldGroups: {
    fields: Object.fromEntries(GROUPS.map((group) => [group, [group]])),
    expected: ({ body }) => ({ ...body }),
    keep: ({ body }, current, groups) => ({
      ...body,
      ...Object.fromEntries(GROUPS.flatMap((group) => (groups.includes(group) ? [[group, current.body[group]]] : []))),
    }),
  },
};

export const sourceCustomers = (vendor: string) =>
  sourceEntity('customer', {
    settings: noSettings,
    batch: { count: IDS_A_FETCH },
    pollIntervalMs: POLL_INTERVAL_MS,
    absence: 'unknown',
    showsStates: true,
    fetch: async (client: ModelClient, ids, { call }) => {
      const found = new Map((await client.listByIds(ids, call)).map((customer) => [customer.id, customer]));
      return ids.map((sourceId) => {
        const customer = found.get(sourceId);
        if (customer === undefined) return { status: 'not-found', sourceId };
        const { name, phone, note, changedAt, reference } = customer;
        const source = { connection: client.connection, vendor, id: sourceId };
        const states = [showState(targetCustomers, CUSTOMER, show(customer), reference)];
        const entity = createCustomer({ source, name, phone, note });
        return { status: 'found', sourceId, entity, stampMicros: changedAt * 1_000, number: null, states };
      });
    },
    poll: async function* (client, { cursor, call }) {
      for (let after = cursor ?? '0'; ; ) {
        const { ids, next, more } = await client.listChanges(after, call);
        after = String(next);
        yield { hints: ids.map((sourceId) => ({ entity: 'customer', sourceId, cause: 'poll' })), cursor: after };
        if (!more) return;
      }
    },
  });
