import type { DeliveryView, PlacedOrder } from '@entrepot/stack/clients';
import { describe, expect, it } from 'vitest';
import type { Commit } from '../src/chaos/oracle/verdict.ts';
import { countLeft, judgeCommits, judgeLeft, type LeftState, type OpenWork } from '../src/upgrade/open-work.ts';

const order = (id: string): PlacedOrder => ({ id, gid: `gid://${id}`, name: `#${id}`, total: '1.00 USD' });
const delivery = (sourceId: string, state: LeftState) => ({ id: `d-${sourceId}`, sourceId, state }) as DeliveryView;
const created = (id: string, kind = 'Orders') =>
  ({ externalRef: `shop/${id}`, kind, action: 'create', id, number: id, at: '' }) as Commit;

const STATES: readonly [LeftState, readonly string[]][] = [
  ['failed', ['1']],
  ['retrying', ['2']],
  ['waiting', ['3']],
  ['in-doubt', ['4']],
  ['pending', ['5', '6', '7']],
];
const work: OpenWork = {
  orders: new Map(STATES.map(([state, ids]) => [state, ids.map(order)])),
  hinted: [order('8')],
  deliveries: STATES.flatMap(([state, ids]) => ids.map((id) => delivery(id, state))),
  backlog: 3,
  unreadHints: 2,
};
const ids = ['1', '2', '3', '4', '5', '6', '7', '8'];

describe('what a release has left open', () => {
  it('is counted by state', () => {
    expect(judgeLeft(work)).toEqual([]);
    expect(countLeft(work)).toEqual({
      ...{ failed: 1, retrying: 1, waiting: 1, 'in-doubt': 1, pending: 3 },
      ...{ 'in the lane': 3, 'hints unread': 2 },
    });
  });

  it.each<[string, Partial<OpenWork>]>([
    ['a delivery has ended before', { deliveries: work.deliveries.slice(1) }],
    ['a delivery is in another state', { deliveries: [delivery('1', 'waiting'), ...work.deliveries.slice(1)] }],
    ['the lane is short', { backlog: 2 }],
    ['the hints were read', { unreadHints: 0 }],
  ])('is too little when %s', (_what, change) => {
    expect(judgeLeft({ ...work, ...change })).toHaveLength(1);
  });
});

describe('what the company got', () => {
  it('is one document for each order that was left, whichever release wrote it', () => {
    expect(
      judgeCommits(
        work,
        ids.map((id) => created(id)),
        1,
      ),
    ).toEqual([]);
  });

  it.each<[string, readonly Commit[]]>([
    ['an order has no document', ids.slice(1).map((id) => created(id))],
    ['an order has two', [...ids, '4'].map((id) => created(id))],
    ['an order that was not left open was written', [...ids.map((id) => created(id)), created('99')]],
  ])('is told when %s', (_what, commits) => {
    expect(judgeCommits(work, commits, 0)).toHaveLength(1);
  });
});
