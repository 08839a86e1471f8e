import { createOrder } from '@entrepot/canonical';
import { flowSettingsSchemaOf } from '@entrepot/mapping';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type Confirmation,
  defineSource,
  defineTarget,
  defineVendor,
  type FoundDocument,
  type HandleAnswer,
  noSettings,
  openClient,
  sourceEntity,
  type Vendor,
} from '../src/index.ts';
import { freeBudget } from '../src/testing/free-call.ts';
import {
  createMemoryVault,
  listTargetCases,
  type TargetEntityHarness,
  type TargetSuite,
} from '../src/testing/index.ts';

type Lie =
  | 'says created'
  | 'gives no handle'
  | 'has one handle for all'
  | 'polls nothing'
  | 'polls another'
  | 'never refuses'
  | 'a handle that nothing polls'
  | 'shows at once'
  | 'ends before it shows'
  | 'changes at once'
  | 'a change without a handle'
  | 'accepts a change, undeclared';

interface Row {
  readonly id: string;
  readonly ref: string;
  state: 'taken' | 'made' | 'refused';
  text: string;
  /** A change that was taken, and is not made. */
  change: string | null;
}

/** A target that takes orders of two documents and confirms them later, in memory. */
function makeFake(by: 'poll' | 'inbound' | null, lie: Lie | null, ofUpdates = false): TargetSuite {
  const rows: Row[] = [];
  let made = 0;
  const found = ({ id, text }: Row): FoundDocument => ({
    targetId: id,
    targetNumber: null,
    state: 'posted',
    body: text,
    etag: null,
  });
  const isShown = ({ state }: Row): boolean => state === 'made' || (state === 'taken' && lie === 'shows at once');
  const poll = async (handle: string): Promise<HandleAnswer> => {
    const row = rows.find(({ id }) => handle.endsWith(`/${id}`));
    if (row === undefined || row.change !== null || row.state === 'taken' || lie === 'polls nothing')
      return { status: 'pending' };
    const error = { kind: 'rejected', code: null, message: 'it was refused', advice: null, fields: [] };
    if (row.state === 'refused') return lie === 'never refuses' ? { status: 'pending' } : { status: 'refused', error };
    const document = found(row);
    return { status: 'confirmed', document: lie === 'polls another' ? { ...document, targetId: 'other' } : document };
  };
  const withinMs = lie === 'ends before it shows' ? 10 : 60_000;
  const confirmation: Confirmation | null =
    by === null ? null : by === 'poll' ? { by, withinMs, ofUpdates, poll } : { by, withinMs, ofUpdates };
  const target = defineTarget({
    test: async () => ({ ok: true, checks: [] }),
    values: {},
    entities: {
      order: {
        settings: noSettings,
        guard: 'look-up',
        visibleWithinMs: () => 20,
        verifyByDefault: true,
        ...(confirmation === null ? {} : { confirmation }),
        reference: ({ connection, id }, { role }) => `${connection}/${id}/${role}`,
        map: (record) => ({
          ok: true,
          documents: ['order', 'payment'].map((role) => ({
            role,
            subId: null,
            desired: 'posted',
            body: String(record.source.number),
          })),
        }),
        find: async ({ externalRef }) => rows.filter((row) => row.ref === externalRef && isShown(row)).map(found),
        create: async ({ externalRef: ref, body }, _client, call) => {
          (await call.admit())();
          call.beforeSend(1_000);
          const id = String(rows.length + 1);
          const isTaken = by !== null && lie !== 'says created';
          rows.push({ id, ref, state: isTaken ? 'taken' : 'made', text: String(body), change: null });
          const handle = lie === 'has one handle for all' ? 'queue/1' : `queue/${id}`;
          const hasHandle = (by === 'poll' && lie !== 'gives no handle') || lie === 'a handle that nothing polls';
          const status = isTaken ? 'accepted' : 'created';
          return { targetId: isTaken ? null : id, targetNumber: null, status, ...(hasHandle ? { handle } : {}) };
        },
        read: async (_document, id) => rows.filter((row) => row.id === id && isShown(row)).map(found)[0] ?? null,
        update: async ({ body }, { targetId }) => {
          const row = rows.find(({ id }) => id === targetId);
          if (row === undefined || row.text === body) return { status: 'unchanged' };
          if (lie === 'changes at once' || !(ofUpdates || lie === 'accepts a change, undeclared')) {
            row.text = String(body);
            return { status: 'applied' };
          }
          row.change = String(body);
          const hasHandle = by === 'poll' && lie !== 'a change without a handle';
          return { status: 'accepted', ...(hasHandle ? { handle: `change/${targetId}` } : {}) };
        },
        compare: (planned, { body }) =>
          planned.body === body ? [] : [{ path: 'number', expected: String(planned.body), actual: String(body) }],
        stateHash: (_document, { body }) => String(body),
      },
    },
  });
  const vendor: Vendor = defineVendor({
    name: 'fake',
    title: 'Fake',
    budget: () => ({ concurrency: 1, requests: [], points: false }),
    settings: z.strictObject({}),
    secrets: z.strictObject({}),
    client: { open: (): unknown => null, close: async () => {} },
    source: by === 'inbound' ? confirmingSource(['order']) : null,
    target,
  });
  const connection = { id: 'erp', label: 'ERP', settings: {}, secrets: {}, revision: 1 };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const credentials = createMemoryVault();
  const open = () =>
    openClient(vendor, {
      connection,
      log,
      now: Date.now,
      raiseAttention: () => {},
      budget: freeBudget(),
      credentials,
    });
  const turn = (state: Row['state']) => async (externalRef: string) => {
    for (const row of rows.filter(({ ref }) => ref === externalRef)) {
      if (row.state === 'taken') row.state = state;
      row.text = row.change ?? row.text;
      row.change = null;
    }
  };
  const order: TargetEntityHarness<'order'> = {
    connection,
    open,
    entity: 'order',
    flow: flowSettingsSchemaOf('order').parse({}),
    makeEntity: async () => {
      made += 1;
      const source = { connection: 'shop', vendor: 'x', id: String(made) };
      return { entity: createOrder({ source }), resolved: [] };
    },
    changeEntity: (record) => ({ ...record, source: { ...record.source, number: `${record.source.number}-changed` } }),
    countCreated: async (externalRef) => rows.filter(({ ref }) => ref === externalRef).length,
    unknownId: () => '999',
    ...(by === null ? {} : { confirmation: { make: turn('made'), refuse: turn('refused') } }),
    setFault: async () => {},
    secretTexts: [],
    close: async () => {},
  };
  const side = async () => ({
    open,
    countSignIns: async () => 0,
    makeReference: async () => ({ naturalKey: '', targetId: '' }),
    close: async () => {},
  });
  return { vendor, entities: { order: async () => order }, side };
}

function confirmingSource(confirms: readonly string[] | null) {
  const order = sourceEntity('order', {
    settings: noSettings,
    batch: { count: 1 },
    pollIntervalMs: 60_000,
    absence: 'unknown',
    ...(confirms === null ? {} : { confirms }),
    fetch: async () => [],
    poll: async function* () {},
  });
  return defineSource({
    test: async () => ({ ok: true, checks: [] }),
    scopes: [],
    values: {},
    entities: { order },
  });
}

async function listFailures(suite: TargetSuite): Promise<string[]> {
  const failures: string[] = [];
  for (const { name, run } of listTargetCases(suite))
    if (/handle|inbound|confirmation|nothing differs|an update by/.test(name))
      await run().catch(() => failures.push(name));
  return failures;
}

describe('the suite of targets, of what they confirm later', () => {
  it.each(['poll', 'inbound', null] as const)('passes a vendor that does what it declares (%s)', async (by) => {
    expect(await listFailures(makeFake(by, null))).toEqual([]);
  });

  it.each<['poll' | 'inbound' | null, Lie, RegExp]>([
    ['poll', 'says created', /it accepts with a handle/],
    ['poll', 'gives no handle', /it accepts with a handle/],
    ['poll', 'has one handle for all', /it accepts with a handle/],
    ['poll', 'polls nothing', /it accepts with a handle/],
    ['poll', 'polls another', /it accepts with a handle/],
    ['poll', 'never refuses', /where the target refuses after all/],
    ['poll', 'ends before it shows', /as long as what it accepts takes to show/],
    ['inbound', 'says created', /it accepts, without a handle/],
    ['inbound', 'a handle that nothing polls', /it accepts, without a handle/],
    ['inbound', 'shows at once', /knows no document yet/],
    [null, 'a handle that nothing polls', /has no handle that nothing polls/],
  ])('finds out, confirmed by %s: %s', async (by, lie, where) => {
    expect(await listFailures(makeFake(by, lie))).toContainEqual(expect.stringMatching(where));
  });

  it.each(['poll', 'inbound'] as const)('passes a vendor that accepts changes as it declares (%s)', async (by) => {
    expect(await listFailures(makeFake(by, null, true))).toEqual([]);
  });

  it.each<['poll' | 'inbound' | null, Lie, boolean]>([
    ['poll', 'changes at once', true],
    ['inbound', 'changes at once', true],
    ['poll', 'a change without a handle', true],
    ['poll', 'accepts a change, undeclared', false],
    [null, 'accepts a change, undeclared', false],
  ])('finds out, of changes confirmed by %s: %s', async (by, lie, ofUpdates) => {
    expect(await listFailures(makeFake(by, lie, ofUpdates))).toEqual([expect.stringMatching(/an update by/)]);
  });

  it('fails where nothing confirms what is declared', async () => {
    const suite = makeFake('poll', null);
    const order = async () => {
      const harness = await suite.entities.order?.();
      if (harness === undefined) throw new TypeError('there is one');
      const { confirmation: _confirmation, ...rest } = harness;
      return rest;
    };
    const failures = await listFailures({ ...suite, entities: { order } });
    expect(failures).toContainEqual(expect.stringMatching(/it accepts with a handle/));
  });

  it('no vendor waits for a confirmation from inbound that nothing it reads gives', () => {
    const { oauth: _none, ...vendor } = makeFake('inbound', null).vendor;
    const design = { ...vendor, settings: z.strictObject({}) };
    expect(() => defineVendor({ ...design, source: null })).toThrow(/fake: its order is confirmed from inbound/);
    expect(() => defineVendor({ ...design, source: confirmingSource(null) })).toThrow(/nothing that it reads confirms/);
  });
});
