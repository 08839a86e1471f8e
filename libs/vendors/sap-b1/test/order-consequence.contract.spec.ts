import { createOrder, Decimal, type Order } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { FoundDocument, LineMapping, MapContext, PlannedDocument, UpdateOutcome } from '@entrepot/vendor-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LineInput, makeFlow, makeOrder } from './orders-for-tests.ts';
import { call, target, test } from './sandbox-under-test.ts';

interface State {
  readonly document: PlannedDocument;
  readonly lineMap: readonly LineMapping[];
  readonly current: FoundDocument;
}

async function plan(
  order: Order,
  flow: FlowSettings,
  lineMap: readonly LineMapping[] = [],
  fields: Record<string, unknown> = {},
  lineFields: MapContext['lineFields'] = {},
) {
  const outcome = target.entity('order').map(order, {
    connection: test.connection,
    flow,
    fields: fields as never,
    lineFields,
    resolved: [],
    facts: await target.prepare(call),
    sourceKey: `shop/${order.source.id}`,
    existing: {},
    lineMap,
    now: () => Date.now(),
  });
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return { document: outcome.documents[0] as PlannedDocument, lineMap: outcome.lineMap };
}

async function find(document: PlannedDocument): Promise<FoundDocument> {
  const [hit] = await target.entity('order').find(document, call);
  if (hit === undefined) throw new Error('not found');
  return hit;
}

async function deliver(order: Order, flow = makeFlow(), fields: Record<string, unknown> = {}): Promise<State> {
  const planned = await plan(order, flow, [], fields);
  await target.entity('order').create(planned.document, call);
  return { ...planned, current: await find(planned.document) };
}

/** Brings the order to its next state; answers what became of it, and what the read-back still finds but for what was noted. */
async function change(before: State, order: Order, flow = makeFlow(), fields: Record<string, unknown> = {}) {
  const next = await plan(order, flow, before.lineMap, fields);
  const outcome = await target.entity('order').update(next.document, await find(next.document), call);
  const current = await find(next.document);
  const noted = new Set(listNoted(outcome));
  const differences = target.entity('order').compare(next.document, current, flow);
  return { outcome, current, next, left: differences.filter(({ path }) => !noted.has(path)) };
}

const listNoted = (outcome: UpdateOutcome) =>
  'notCarriedOver' in outcome ? (outcome.notCarriedOver ?? []).map(({ path }) => path) : [];
const bodyOf = (document: FoundDocument) =>
  document.body as { DocumentLines: Record<string, unknown>[] } & Record<string, Record<string, unknown>>;
const sapMove = (state: State, move: string, body: unknown = {}) =>
  test.control('POST', `/orders/${state.current.targetId}/${move}`, body);

const lines: LineInput[] = [
  { id: 'a', price: '10.00', quantity: '2' },
  { id: 'b', sku: 'CAP-NAVY', price: '19.99' },
];
const orderOf = (more: Parameters<typeof makeOrder>[0]['more'] = {}, given: readonly LineInput[] = lines) =>
  makeOrder({ lines: given, more });

describe('what the source empties becomes empty in the target', () => {
  it('the note', async () => {
    const before = await deliver(orderOf({ note: 'leave at door' }));
    expect(bodyOf(before.current).Comments).toBe('leave at door');
    const { outcome, current, left } = await change(before, orderOf({ note: null }));
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current).Comments ?? '').toBe('');
    expect(left).toEqual([]);
  });

  it('own fields of the flow', async () => {
    const field = { TableName: 'ORDR', Name: 'Channel', Description: 'Channel', Type: 'db_Alpha', Size: 50 };
    await inSap('UserFieldsMD', field);
    const before = await deliver(orderOf(), makeFlow(), { U_Channel: 'web' });
    expect(bodyOf(before.current).U_Channel).toBe('web');
    const { outcome, current, left } = await change(before, orderOf(), makeFlow(), { U_Channel: null });
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current).U_Channel ?? null).toBeNull();
    expect(left).toEqual([]);
  });

  it('sales employee and shipping type, where the flow maps them', async () => {
    const flow = makeFlow({}, { valueMaps: { tax: { '0': 'EX' }, salesPerson: { s1: '1' }, shipVia: { ups: '1' } } });
    const ref = (id: string) => ({ id, number: null, name: null, externalIds: [] });
    const before = await deliver(orderOf({ salesperson: ref('s1'), shipVia: ref('ups') }), flow);
    expect(bodyOf(before.current)).toMatchObject({ SalesPersonCode: 1, TransportationCode: 1 });
    const { outcome, current, left } = await change(before, orderOf(), flow);
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current)).toMatchObject({ SalesPersonCode: -1, TransportationCode: null });
    expect(left).toEqual([]);
  });

  it('second address line and company', async () => {
    const order = orderOf();
    const full = { ...order.shipTo, lines: ['1 Main Street', 'Flat 2'], company: 'Example Ltd' } as Order['shipTo'];
    const before = await deliver({ ...order, shipTo: full });
    expect(Object.values(bodyOf(before.current).AddressExtension ?? {})).toEqual(
      expect.arrayContaining(['Flat 2', 'Example Ltd']),
    );
    const { outcome, current, left } = await change(before, order);
    expect(outcome.status).toBe('applied');
    const texts = Object.entries(bodyOf(current).AddressExtension ?? {})
      .filter(([name]) => name.startsWith('ShipTo'))
      .map(([, value]) => value);
    expect(texts).not.toContain('Flat 2');
    expect(texts).not.toContain('Example Ltd');
    expect(left).toEqual([]);
  });

  it('a cash rounding that is over', async () => {
    const rounded = orderOf();
    const cash = { base: { amount: new Decimal('0.01'), currency: 'USD' }, document: null };
    const total = { base: { amount: new Decimal('40'), currency: 'USD' }, document: null };
    const totals = {
      original: rounded.totals.original,
      current: { ...rounded.totals.current, cashRounding: cash, total },
    };
    const before = await deliver({ ...rounded, totals });
    expect(bodyOf(before.current).DocTotal).toBe(40);
    const { outcome, current, left } = await change(before, rounded);
    expect(outcome.status).toBe('applied');
    expect(bodyOf(current).DocTotal).toBe(39.99);
    expect(left).toEqual([]);
  });

  it('what was emptied in the source and is not empty in SAP is a difference, and moves the hash', async () => {
    const { document, current } = await deliver(orderOf());
    const touched = { ...current, body: { ...bodyOf(current), Comments: 'somebody wrote here' } };
    expect(
      target
        .entity('order')
        .compare(document, touched, makeFlow())
        .map(({ path }) => path),
    ).toEqual(['Comments']);
    for (const name of ['Comments', 'SalesPersonCode', 'U_Channel', 'OpeningRemarks']) {
      const other = { ...current, body: { ...bodyOf(current), [name]: 'x' } };
      expect(target.entity('order').stateHash(other)).not.toBe(target.entity('order').stateHash(current));
    }
  });
});

describe('a change of no consequence is no failure', () => {
  it.each(['close', 'cancel', 'deliver'])(
    'a note and an address after the order was taken to its end: %s',
    async (move) => {
      const before = await deliver(orderOf());
      if (move === 'deliver') await sapMove(before, 'deliver');
      else await moveInSap(before, move);
      const later = orderOf({ note: 'call before' });
      const { outcome, left } = await change(before, {
        ...later,
        shipTo: { ...later.shipTo, city: 'Albany' } as never,
      });
      expect(outcome.status).toBe('unchanged');
      expect(listNoted(outcome)).toEqual([
        ...(move === 'cancel' ? ['Cancelled'] : []),
        'Comments',
        'AddressExtension.ShipToCity',
      ]);
      expect(left).toEqual([]);
    },
  );

  it('nothing differs: nothing is noted', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver');
    expect((await change(before, orderOf())).outcome).toEqual({ status: 'unchanged' });
  });

  it.each([
    ['goods', [{ ...lines[0], quantity: '1' }, lines[1]]],
    ['money', [{ ...lines[0], price: '11.00' }, lines[1]]],
    ['a line more', [...lines, { id: 'c', sku: 'TOTE-NATURAL', price: '14.00' }]],
  ] as const)('a change of %s still needs a person', async (_what, given) => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver');
    const { outcome } = await change(before, orderOf({}, given as unknown as LineInput[]));
    expect(outcome).toMatchObject({ status: 'refused', error: { code: 'order-closed' } });
  });

  it('shipping dearer after closing needs a person too', async () => {
    const before = await deliver(makeOrder({ lines, shipping: { price: '5.00' } }));
    await sapMove(before, 'deliver');
    const { outcome } = await change(before, makeOrder({ lines, shipping: { price: '6.00' } }));
    expect(outcome).toMatchObject({ status: 'refused', error: { code: 'order-closed' } });
  });

  it('closed short, and the shop takes off what was not delivered: noted, and no failure', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver', { quantities: { 0: 1, 1: 1 } });
    await moveInSap(before, 'close');
    const { outcome, left } = await change(
      before,
      orderOf({}, [{ ...lines[0], quantity: '1' }, lines[1]] as LineInput[]),
    );
    expect(outcome.status).toBe('unchanged');
    expect(listNoted(outcome)).toEqual([
      'DocumentLines[LineNum=0].Quantity',
      'DocumentLines[LineNum=0].LineTotal',
      'DocTotal',
    ]);
    expect(left).toEqual([]);
    const more = await change(before, orderOf({}, [{ ...lines[0], quantity: '3' }, lines[1]] as LineInput[]));
    expect(more.outcome).toMatchObject({ status: 'refused', error: { code: 'order-closed' } });
  });

  it('delivered and refunded without restock: unchanged', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver');
    const order = orderOf();
    const refunded = {
      ...order,
      lines: order.lines.map((line) =>
        line.id === 'a'
          ? { ...line, quantity: { ...line.quantity, current: new Decimal(1), fulfilled: new Decimal(2) } }
          : line,
      ),
    };
    expect((await change(before, refunded)).outcome).toEqual({ status: 'unchanged' });
  });
});

describe('fields of lines by the mapping', () => {
  const field = { Description: 'x', Type: 'db_Alpha', Size: 50, TableName: 'RDR1' };
  beforeEach(() => inSap('UserFieldsMD', { ...field, Name: 'Engraving' }));
  const engrave = (order: Order, lineMap: readonly LineMapping[], lineFields: MapContext['lineFields']) =>
    plan(order, makeFlow(), lineMap, {}, lineFields);

  it('are written, changed and emptied, and seen when they differ', async () => {
    const first = await engrave(orderOf(), [], {
      a: { U_Engraving: 'for Ada', FreeText: 'gift' },
      b: { U_Engraving: null },
    });
    await target.entity('order').create(first.document, call);
    const created = await find(first.document);
    expect(bodyOf(created).DocumentLines).toMatchObject([{ U_Engraving: 'for Ada', FreeText: 'gift' }, {}]);
    expect(bodyOf(created).DocumentLines[1]?.U_Engraving ?? null).toBeNull();
    expect(target.entity('order').compare(first.document, created, makeFlow())).toEqual([]);
    const next = await engrave(orderOf(), first.lineMap, {
      a: { U_Engraving: null, FreeText: 'gift' },
      b: { U_Engraving: 'B' },
    });
    expect(
      target
        .entity('order')
        .compare(next.document, created, makeFlow())
        .map(({ path }) => path),
    ).toEqual(['DocumentLines[LineNum=0].U_Engraving', 'DocumentLines[LineNum=1].U_Engraving']);
    expect(await target.entity('order').update(next.document, created, call)).toEqual({ status: 'applied' });
    const after = await find(next.document);
    expect(bodyOf(after).DocumentLines[0]?.U_Engraving ?? null).toBeNull();
    expect(bodyOf(after).DocumentLines[1]?.U_Engraving).toBe('B');
    expect(target.entity('order').compare(next.document, after, makeFlow())).toEqual([]);
    expect(target.entity('order').stateHash(after)).not.toBe(target.entity('order').stateHash(created));
  });

  it('after delivery they are noted, and no failure', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver', { quantities: { 0: 2 } });
    const next = await engrave(orderOf(), before.lineMap, { a: { U_Engraving: 'late' } });
    expect(await target.entity('order').update(next.document, await find(next.document), call)).toEqual({
      status: 'unchanged',
      notCarriedOver: [{ path: 'DocumentLines[LineNum=0].U_Engraving', expected: 'late', actual: '' }],
    });
  });
});

describe('goods that move', () => {
  const flow = makeFlow({}, { valueMaps: { tax: { '0': 'EX' }, warehouse: { '1': '01', '2': '02', '3': '01' } } });
  const placed = (groups: readonly (readonly [string, number, number?])[]): Order => {
    const order = orderOf();
    return {
      ...order,
      fulfilmentGroups: createOrder({
        fulfilmentGroups: groups.map(([location, quantity, remaining], index) => ({
          id: `g${index}`,
          location: { id: location },
          status: remaining === 0 ? 'CLOSED' : 'OPEN',
          lines: [{ lineId: 'a', quantity: new Decimal(quantity), remaining: new Decimal(remaining ?? quantity) }],
        })),
      }).fulfilmentGroups,
    };
  };
  const rows = (document: FoundDocument) =>
    bodyOf(document)
      .DocumentLines.filter((line) => line.ItemCode === 'MUG-WHITE')
      .map((line) => [line.LineNum, line.WarehouseCode, line.Quantity]);

  it('a row a place, which stay in place as the goods move', async () => {
    const before = await deliver(
      placed([
        ['1', 1],
        ['2', 1],
      ]),
      flow,
    );
    expect(rows(before.current)).toEqual([
      [0, '01', 1],
      [1, '02', 1],
    ]);
    const together = await change(before, placed([['2', 2]]), flow);
    expect(together.outcome.status).toBe('applied');
    expect(rows(together.current)).toEqual([[1, '02', 2]]);
    expect(together.left).toEqual([]);
  });

  it('of which some are delivered from elsewhere: noted, and no failure', async () => {
    const before = await deliver(placed([['1', 2]]), flow);
    await sapMove(before, 'deliver', { quantities: { 0: 2 } });
    const { outcome, current, left } = await change(
      before,
      placed([
        ['1', 1, 0],
        ['2', 1, 0],
      ]),
      flow,
    );
    expect(outcome.status).toBe('unchanged');
    expect(listNoted(outcome)).toContain('DocumentLines[LineNum=0].Quantity');
    expect(rows(current)).toEqual([[0, '01', 2]]);
    expect(left).toEqual([]);
  });

  it('the place of a delivered row changes while another line does: only that one is written', async () => {
    const before = await deliver(placed([['1', 2]]), flow);
    await sapMove(before, 'deliver', { quantities: { 0: 2 } });
    const moved = placed([['2', 2, 0]]);
    const dearer = { ...moved, note: 'call before' };
    const { outcome, current, left } = await change(before, dearer, flow);
    expect(outcome.status).toBe('applied');
    expect(listNoted(outcome)).toEqual(['DocumentLines[LineNum=0].WarehouseCode']);
    expect(rows(current)).toEqual([[0, '01', 2]]);
    expect(bodyOf(current).Comments).toBe('call before');
    expect(left).toEqual([]);
  });
});

async function moveInSap({ current }: State, move: string): Promise<void> {
  await inSap(`Orders(${current.targetId})/${move === 'close' ? 'Close' : 'Cancel'}`);
}

/** A POST as a person's client makes it. */
async function inSap(path: string, body?: unknown): Promise<void> {
  const login = await fetch(`${test.url}/sap-b1/b1s/v2/Login`, {
    method: 'POST',
    body: JSON.stringify({ CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'sandbox' }),
  });
  const { SessionId } = (await login.json()) as { SessionId: string };
  const response = await fetch(`${test.url}/sap-b1/b1s/v2/${path}`, {
    method: 'POST',
    headers: { cookie: `B1SESSION=${SessionId}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
}
