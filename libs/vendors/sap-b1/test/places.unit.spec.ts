import { Decimal, type Order } from '@entrepot/canonical';
import type { LineMapping } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { mapOrder } from '../src/entities/order/map.ts';
import { contextFor, planOf } from './map-for-tests.ts';
import { makeOrder } from './orders-for-tests.ts';
import { flowOf, placed, WAREHOUSES } from './places-for-tests.ts';

const order = (quantity: string, price = '10.00') => makeOrder({ lines: [{ id: 'a', price, quantity }] });

const sent = (given: Order, pieces: number): Order => ({
  ...given,
  lines: given.lines.map((line) => ({ ...line, quantity: { ...line.quantity, fulfilled: new Decimal(pieces) } })),
});

function rowsOf(given: Order, flow = flowOf(), more: Parameters<typeof contextFor>[2] = {}) {
  return planOf(mapOrder(given, contextFor(flow, {}, more))).lines.map((line) => [
    line.lineNum,
    line.fields.WarehouseCode ?? null,
    line.quantity,
  ]);
}

describe('a line split over places', () => {
  it('becomes a row a place; cancelled groups count for nothing', () => {
    const groups = [
      { location: '1', status: 'CANCELLED', quantity: 2 },
      { location: '2', quantity: 1 },
      { location: '3', quantity: 1 },
    ];
    expect(rowsOf(placed(order('2'), groups))).toEqual([
      [0, 'W-NORTH', '1'],
      [1, 'W-SOUTH', '1'],
    ]);
  });

  it('after fulfilment too; what a closed group did not hand over is elsewhere', () => {
    const groups = [
      { location: '1', status: 'CLOSED', quantity: 2, remaining: 2 },
      { location: '2', status: 'CLOSED', quantity: 1, remaining: 0 },
      { location: '3', status: 'CLOSED', quantity: 1, remaining: 0 },
    ];
    expect(rowsOf(placed(order('2'), groups))).toEqual([
      [0, 'W-NORTH', '1'],
      [1, 'W-SOUTH', '1'],
    ]);
  });

  it('what a closed group did not hand over is with the open one', () => {
    const groups = [
      { location: '1', status: 'CLOSED', quantity: 3, remaining: 2 },
      { location: '2', quantity: 2 },
    ];
    expect(rowsOf(placed(order('3'), groups))).toEqual([
      [0, 'W-CLOSED', '1'],
      [1, 'W-NORTH', '2'],
    ]);
  });

  it('two places of one warehouse are one row; "*" and the default stand in', () => {
    const groups = [
      { location: '2', quantity: 1 },
      { location: '9', quantity: 1 },
      { location: '8', quantity: 2 },
    ];
    expect(rowsOf(placed(order('4'), groups), flowOf({ '2': '01', '*': '02' }))).toEqual([
      [0, '01', '1'],
      [1, '02', '3'],
    ]);
    expect(rowsOf(placed(order('4'), groups), flowOf({ '2': '01' }, { warehouse: '05' }))).toEqual([
      [0, '01', '1'],
      [1, '05', '3'],
    ]);
  });

  it('groups hold less than is wanted: the rest goes by the usual choice', () => {
    const groups = [
      { location: '2', quantity: 1 },
      { location: '3', quantity: 1 },
    ];
    expect(rowsOf(placed(order('3'), groups), flowOf(WAREHOUSES, { warehouse: '01' }))).toEqual([
      [0, 'W-NORTH', '1'],
      [1, 'W-SOUTH', '1'],
      [2, '01', '1'],
    ]);
  });

  it('groups hold more than is wanted: what is handed over comes first', () => {
    const groups = [
      { location: '2', quantity: 2, remaining: 2 },
      { location: '3', status: 'IN_PROGRESS', quantity: 2, remaining: 1 },
    ];
    expect(rowsOf(placed(sent(order('2'), 1), groups))).toEqual([
      [0, 'W-SOUTH', '1'],
      [1, 'W-NORTH', '1'],
    ]);
  });

  it('a hand-over that was taken back counts for nothing: the goods are where the later group is', () => {
    const takenBack = { location: '2', status: 'CLOSED', quantity: 2, remaining: 0 };
    expect(rowsOf(placed(order('2'), [takenBack, { location: '3', quantity: 2 }]))).toEqual([[0, 'W-SOUTH', '2']]);
    const sentAnew = { location: '3', status: 'CLOSED', quantity: 2, remaining: 0 };
    expect(rowsOf(placed(sent(order('2'), 2), [takenBack, sentAnew]))).toEqual([[0, 'W-SOUTH', '2']]);
    const sentHalf = { location: '3', status: 'IN_PROGRESS', quantity: 2, remaining: 1 };
    expect(rowsOf(placed(sent(order('2'), 1), [takenBack, sentHalf]))).toEqual([[0, 'W-SOUTH', '2']]);
  });

  it('the line itself names its warehouse: that counts', () => {
    const given = placed(order('2'), [{ location: '2', quantity: 2 }]);
    const named = {
      ...given,
      lines: given.lines.map((line) => ({
        ...line,
        warehouse: { id: '3', number: null, name: null, externalIds: [] },
      })),
    };
    expect(rowsOf(named)).toEqual([[0, 'W-SOUTH', '2']]);
  });
});

describe('goods that move keep the rows of the others', () => {
  const linked = (lines: readonly LineMapping[]) => ({ existing: () => ({ targetId: '17', lines }) });
  const held = linked([
    { sourceLineId: 'a', targetLine: '0', place: 'W-NORTH' },
    { sourceLineId: 'a', targetLine: '1', place: 'W-SOUTH' },
  ]);

  it('the order of the places is no identity', () => {
    const groups = [
      { location: '3', quantity: 1 },
      { location: '2', quantity: 1 },
    ];
    expect(rowsOf(placed(order('2'), groups), flowOf(), held)).toEqual([
      [1, 'W-SOUTH', '1'],
      [0, 'W-NORTH', '1'],
    ]);
  });

  it('one place empties into a third', () => {
    const groups = [
      { location: '1', quantity: 1 },
      { location: '3', quantity: 1 },
    ];
    expect(rowsOf(placed(order('2'), groups), flowOf(), held)).toEqual([
      [0, 'W-CLOSED', '1'],
      [1, 'W-SOUTH', '1'],
    ]);
  });

  it('all to one place: its row stays, the other goes; and the map tells the places', () => {
    const outcome = mapOrder(placed(order('2'), [{ location: '3', quantity: 2 }]), contextFor(flowOf(), {}, held));
    expect(outcome.ok && outcome.documents[0]?.lines).toEqual([
      { sourceLineId: 'a', targetLine: '1', place: 'W-SOUTH' },
    ]);
  });

  it('a map of before the places were noted keeps its numbers', () => {
    const old = [{ sourceLineId: 'a', targetLine: '4' }];
    expect(rowsOf(placed(order('2'), [{ location: '3', quantity: 2 }]), flowOf(), linked(old))).toEqual([
      [4, 'W-SOUTH', '2'],
    ]);
  });
});
