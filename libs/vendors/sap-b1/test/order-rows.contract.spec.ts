import { createOrder, Decimal, type Order } from '@entrepot/canonical';
import type { FoundDocument, LineMapping, MapContext } from '@entrepot/vendor-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, change, deliver, find, inSap, listNoted, orderOf, plan, sapMove } from './order-changes-for-tests.ts';
import { makeFlow } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { call, target, useSandbox } from './sandbox-under-test.ts';

useSandbox();

describe('fields of lines by the mapping', () => {
  const field = { Description: 'x', Type: 'db_Alpha', Size: 50, TableName: 'RDR1' };
  beforeEach(() => inSap('UserFieldsMD', { ...field, Name: 'Engraving' }));
  const engrave = (order: Order, known: readonly LineMapping[], lineFields: MapContext['lineFields']) =>
    plan(order, makeFlow(), known, {}, lineFields);

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
    const next = await engrave(orderOf(), first.lines, {
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
    expect(target.entity('order').stateHash(documentOf('order'), after)).not.toBe(
      target.entity('order').stateHash(documentOf('order'), created),
    );
  });

  it('after delivery they are noted, and no failure', async () => {
    const before = await deliver(orderOf());
    await sapMove(before, 'deliver', { quantities: { 0: 2 } });
    const next = await engrave(orderOf(), before.lines, { a: { U_Engraving: 'late' } });
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
