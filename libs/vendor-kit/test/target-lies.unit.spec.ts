import { type Customer, createCustomer, createEntity, createOrder, type Order } from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  defineTarget,
  defineVendor,
  type FoundDocument,
  noSettings,
  openClient,
  type TargetDefinition,
  type TargetDependency,
  type TargetEntity,
  type Vendor,
  VendorError,
} from '../src/index.ts';
import { freeBudget } from '../src/testing/free-call.ts';
import { listTargetCases, type TargetEntityHarness, type TargetSuite } from '../src/testing/index.ts';
import { createMemoryVault } from '../src/testing/memory-vault.ts';

/** What the fake vendor declares and does not do. */
type Lie =
  | 'session that ends nothing'
  | 'no fence'
  | 'fence without a session'
  | 'unique, and takes a second'
  | 'shows later than declared'
  | 'one reference for all documents'
  | 'a reference that changes'
  | 'writes the first document only'
  | 'updates the first document only'
  | 'compares the first document only'
  | 'hashes nothing'
  | 'asks no budget'
  | 'answers other lines than it shows'
  | 'shows a draft as what was posted'
  | 'groups that lack a field'
  | 'keeps nothing'
  | 'foresees nothing'
  | 'a natural key that finds another'
  | 'natural keys without a search'
  | 'creates what it does not declare'
  | 'declares prerequisites that it does not write'
  | 'reads what it never wrote'
  | 'collects what it never asks for'
  | 'collects and does not say which'
  | 'collects what it does not declare'
  | 'collects and does without'
  | 'plans with what it did not collect'
  | 'settings that must be given'
  | 'a kind without values'
  | 'refers to what it writes'
  | 'a reference that finds all'
  | 'a client of its own for each side'
  | 'makes a counterpart'
  | 'references of no counterpart'
  | 'a main document of another name';

interface Row {
  readonly id: string;
  readonly ref: string;
  content: string;
  readonly visibleAtMs: number;
}

interface FakeClient {
  session: number;
  /** Signs in at its first call. */
  signedIn: boolean;
}

interface FakeTypes {
  readonly settings: unknown;
  readonly client: FakeClient;
  readonly profile: unknown;
  readonly state: Row;
}

interface Plan {
  readonly content: string;
}

const VISIBLE_WITHIN_MS = 60;
const LATE_MS = 400;

/** An order of two documents, a customer of one; everything in memory. */
function makeFake(lie: Lie | null, guard: 'session' | 'unique'): TargetSuite {
  const rows: Row[] = [];
  let session = 0;
  let made = 0;
  const found = (row: Row): FoundDocument<Row> => ({
    targetId: row.id,
    targetNumber: row.id,
    state: lie === 'shows a draft as what was posted' ? 'draft' : 'posted',
    lines: [{ sourceLineId: row.content, targetLine: '1' }],
    body: { ...row },
    etag: null,
  });
  const visible = () => rows.filter(({ visibleAtMs }) => Date.now() >= visibleAtMs);
  const entity = <E extends 'order' | 'customer'>(
    name: E,
    contentsOf: (record: Order | Customer) => readonly string[],
  ): TargetEntity<E, FakeTypes, unknown, Plan> => ({
    settings: lie === 'settings that must be given' ? z.strictObject({ series: z.int() }) : noSettings,
    guard,
    visibleWithinMs: () => VISIBLE_WITHIN_MS,
    verifyByDefault: true,
    reference: ({ connection, id }, { role, subId }) => {
      if (lie === 'one reference for all documents') return `${connection}/${id}`;
      if (lie === 'a reference that changes') made += 1;
      return [connection, id, role, subId ?? '', lie === 'a reference that changes' ? made : ''].join('/');
    },
    map: (record) => ({
      ok: true,
      documents: contentsOf(record as Order | Customer).map((content, index) => ({
        role: lie === 'a main document of another name' ? `${name}s` : name,
        subId: index === 0 ? null : String(index),
        desired: 'posted',
        body: { content },
      })),
    }),
    find: async ({ externalRef }) =>
      visible()
        .filter(({ ref }) => ref === externalRef)
        .map(found),
    create: async ({ externalRef: ref, body, subId }, client, call) => {
      if (lie !== 'asks no budget') (await call.admit())();
      call.beforeSend(1_000);
      if (guard === 'session' && client.session !== session && lie !== 'session that ends nothing')
        throw new VendorError('unauthorized', 'the session is over');
      if (guard === 'unique' && lie !== 'unique, and takes a second' && rows.some((row) => row.ref === ref))
        throw new VendorError('conflict', `there is a document of ${ref}`);
      const id = String(rows.length + 1);
      const lateMs = lie === 'shows later than declared' ? LATE_MS : 0;
      if (lie !== 'writes the first document only' || subId === null)
        rows.push({ id, ref, content: body.content, visibleAtMs: Date.now() + lateMs });
      const targetLine = lie === 'answers other lines than it shows' ? '0' : '1';
      const lines = [{ sourceLineId: body.content, targetLine }];
      return { targetId: id, targetNumber: id, status: 'created', lines };
    },
    read: async (_document, targetId) => {
      const row = rows.find(({ id }) => id === targetId);
      if (row === undefined && lie === 'reads what it never wrote')
        return found({ id: targetId, ref: '', content: '', visibleAtMs: 0 });
      return row === undefined ? null : found(row);
    },
    update: async ({ body, subId }, { targetId }) => {
      const row = rows.find(({ id }) => id === targetId);
      if (row === undefined || row.content === body.content) return { status: 'unchanged' };
      if (lie !== 'updates the first document only' || subId === null) row.content = body.content;
      return { status: 'applied' };
    },
    compare: ({ body, subId }, { body: row }) =>
      body.content === row.content || (lie === 'compares the first document only' && subId !== null)
        ? []
        : [{ path: 'content' }],
    stateHash: (_document, { body }) => (lie === 'hashes nothing' ? '' : body.content),
    fieldGroups: {
      fields: { text: [lie === 'groups that lack a field' ? 'ref' : 'content'] },
      keep: ({ body }, current, groups) =>
        groups.includes('text') && lie !== 'keeps nothing' ? { content: current.body.content } : body,
      expected: ({ body }) => (lie === 'foresees nothing' ? {} : body),
    },
  });
  const nothing = () => Promise.resolve(lie === 'a kind without values' ? [] : [{ value: '1', label: 'one' }]);
  const needed: TargetDependency = {
    entity: 'customer',
    sourceKey: 'shop/c1',
    naturalKey: 'ann@example.com',
    whenAbsent: 'create',
    prerequisite: createCustomer({ source: { connection: 'shop', vendor: 'x', id: 'c1' } }),
    ...(lie === 'makes a counterpart' ? { via: 'counterpart' as const } : {}),
    ...(lie === 'references of no counterpart' ? { externalReferences: ['erp/1'] } : {}),
  };
  const order = entity('order', (record) => [
    `${record.source.number}, ${'note' in record ? record.note : ''}`,
    `${record.source.number}, paid`,
  ]);
  const shipmentsOf = ({ source: { connection, id } }: Pick<Order, 'source'>) =>
    ({ entity: 'shipment', connection, orderingKey: { entity: 'order', sourceId: id } }) as const;
  let signIns = 0;
  const signIn = (client: FakeClient): void => {
    if (!client.signedIn) signIns += 1;
    client.signedIn = true;
  };
  const own: FakeClient = { session, signedIn: false };
  const definition: TargetDefinition<FakeTypes> = {
    test: async (client) => {
      signIn(client);
      return { ok: true, checks: [] };
    },
    values: { warehouse: nothing },
    ...((guard === 'session' && lie !== 'no fence') || lie === 'fence without a session'
      ? {
          fence: async (client: FakeClient) => {
            session += 1;
            client.session = session;
            signIn(client);
          },
        }
      : {}),
    entities: {
      order: {
        ...order,
        prerequisites:
          lie === 'creates what it does not declare'
            ? []
            : lie === 'declares prerequisites that it does not write'
              ? ['customer', 'invoice']
              : ['customer'],
        dependencies: () => [needed],
        ...(lie === 'collects what it does not declare'
          ? {}
          : { collects: lie === 'collects what it never asks for' ? ['shipment', 'price'] : ['shipment'] }),
        ...(lie === 'collects and does not say which' ? {} : { collect: (record: Order) => [shipmentsOf(record)] }),
        map: (record, context) => {
          const asked =
            lie === 'plans with what it did not collect' ? { source: { ...record.source, id: 'another' } } : record;
          const shipped = lie === 'collects and does without' ? 0 : context.collected(shipmentsOf(asked)).length;
          return order.map({ ...record, note: `${shipped} shipped` }, context);
        },
      },
      customer: {
        ...entity('customer', (record) => [`${record.source.number}`]),
        naturalKeys: ({ source }) => [
          {
            document: { role: 'customer', subId: null },
            key: lie === 'a natural key that finds another' ? 'x' : source.id,
          },
        ],
        ...(lie === 'natural keys without a search'
          ? {}
          : {
              findByNaturalKey: async (key) =>
                visible()
                  .filter(({ ref }) => ref.startsWith(`shop/${key}/customer`))
                  .map(found),
            }),
      },
    },
    references: {
      ...(lie === 'refers to what it writes' ? { order: async () => [] } : {}),
      product: async (sku, client) => {
        signIn(lie === 'a client of its own for each side' ? own : client);
        return sku === 'MUG' || lie === 'a reference that finds all'
          ? [found({ id: 'MUG', ref: '', content: '', visibleAtMs: 0 })]
          : [];
      },
    },
  };
  const vendor: Vendor = defineVendor({
    name: 'fake',
    title: 'Fake',
    settings: z.strictObject({}),
    secrets: z.strictObject({}),
    budget: () => ({ concurrency: 1, requests: [], points: false }),
    client: { open: (): FakeClient => ({ session, signedIn: false }), close: async () => {} },
    source: null,
    target: defineTarget(definition),
  });
  const connection = { id: 'erp', label: 'ERP', settings: {}, secrets: {}, revision: 1 };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const credentials = createMemoryVault();
  const budget = freeBudget();
  const context = { connection, log, now: Date.now, raiseAttention: () => {}, budget, credentials };
  const open = () => openClient(vendor, context);
  const harness = {
    connection,
    open,
    countCreated: async (externalRef: string) => rows.filter(({ ref }) => ref === externalRef).length,
    unknownId: () => '999',
    setFault: async () => {},
    secretTexts: [],
    close: async () => {},
  };
  const sourceOf = () => {
    made += 1;
    return { connection: 'shop', vendor: 'x', id: String(made), number: 'first' };
  };
  const orders: TargetEntityHarness<'order'> = {
    ...harness,
    entity: 'order',
    flow: flowSettingsSchemaOf('order').parse({}),
    makeEntity: async () => ({ entity: createOrder({ source: sourceOf() }), resolved: [] }),
    collected: () => [createEntity('shipment', { source: sourceOf() })],
    changeEntity: (record) => ({ ...record, source: { ...record.source, number: 'second' } }),
  };
  const customer: TargetEntityHarness<'customer'> = {
    ...harness,
    entity: 'customer',
    flow: flowSettingsSchemaOf('customer').parse({}),
    makeEntity: async () => ({ entity: createCustomer({ source: sourceOf() }), resolved: [] }),
    changeEntity: (record) => ({ ...record, source: { ...record.source, number: 'second' } }),
  };
  return {
    vendor,
    entities: { customer: async () => customer, order: async () => orders },
    side: async () => ({
      open,
      countSignIns: async () => signIns,
      makeReference: async () => ({ naturalKey: 'MUG', targetId: 'MUG' }),
      close: async () => {},
    }),
  };
}

/** What a vendor without a network cannot show. */
const BY_FAULTS = /draft|cut |down:|credentials|a page|secret|may no longer send/;

async function listFailures(suite: TargetSuite): Promise<string[]> {
  const failures: string[] = [];
  for (const { name, run } of listTargetCases(suite))
    if (!BY_FAULTS.test(name)) await run().catch(() => failures.push(name));
  return failures;
}

describe('the suite of targets', () => {
  it.each(['session', 'unique'] as const)('passes a vendor that does what it declares (%s)', async (guard) => {
    expect(await listFailures(makeFake(null, guard))).toEqual([]);
  });

  it.each<[Lie, 'session' | 'unique', RegExp]>([
    ['session that ends nothing', 'session', /fencing ends the predecessor/],
    ['no fence', 'session', /ends sessions exactly where/],
    ['fence without a session', 'unique', /ends sessions exactly where/],
    ['unique, and takes a second', 'unique', /a second create is refused/],
    ['shows later than declared', 'unique', /what shows later than it declares/],
    ['one reference for all documents', 'unique', /a reference of its own/],
    ['a reference that changes', 'unique', /a reference of its own/],
    ['writes the first document only', 'unique', /nothing differs, in any document/],
    ['updates the first document only', 'unique', /in every document/],
    ['compares the first document only', 'unique', /in every document/],
    ['hashes nothing', 'unique', /in every document/],
    ['asks no budget', 'unique', /budget of its connection/],
    ['answers other lines than it shows', 'unique', /nothing differs, in any document/],
    ['shows a draft as what was posted', 'unique', /nothing differs, in any document/],
    ['groups that lack a field', 'unique', /kept by groups of fields/],
    ['keeps nothing', 'unique', /kept by groups of fields/],
    ['foresees nothing', 'unique', /kept by groups of fields/],
    ['a natural key that finds another', 'unique', /found by its natural keys/],
    ['natural keys without a search', 'unique', /natural keys exactly where/],
    ['creates what it does not declare', 'unique', /creates? only what it declares/],
    ['declares prerequisites that it does not write', 'unique', /writes the prerequisites/],
    ['collects what it never asks for', 'unique', /plans with the states of price/],
    ['collects and does not say which', 'unique', /collects states exactly where/],
    ['collects what it does not declare', 'unique', /collects states exactly where/],
    ['collects and does without', 'unique', /plans with the states of shipment/],
    ['plans with what it did not collect', 'unique', /plans with the states of shipment/],
    ['reads what it never wrote', 'unique', /reads as nothing/],
    ['settings that must be given', 'unique', /need not be given/],
    ['a kind without values', 'unique', /lists values of the kind/],
    ['refers to what it writes', 'unique', /writes the prerequisites/],
    ['makes a counterpart', 'unique', /looked for and never made/],
    ['references of no counterpart', 'unique', /looked for and never made/],
    ['a main document of another name', 'unique', /main document's role/],
    ['a client of its own for each side', 'unique', /signs in once for all/],
    ['a reference that finds all', 'unique', /finds product by its natural key/],
  ])('finds out: %s', async (lie, guard, where) => {
    const failures = await listFailures(makeFake(lie, guard));
    expect(failures.filter((name) => where.test(name)).length, failures.join('\n')).toBeGreaterThan(0);
  });

  it('fails where a harness is missing', async () => {
    const suite = makeFake(null, 'unique');
    expect(await listFailures({ ...suite, entities: {} })).toEqual([expect.stringMatching(/has a harness for each/)]);
  });
});
