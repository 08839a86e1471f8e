import { describe, expect, it } from 'vitest';
import { type Commit, countUncreated, judge } from '../../src/chaos/oracle/verdict.ts';
import { noteOfState, type SentOrder } from '../../src/chaos/traffic.ts';

const REFERENCE = 'shop/1';

function sentOrder(change: Partial<SentOrder> = {}): Map<string, SentOrder> {
  const order: SentOrder = {
    id: '1',
    name: '#1001',
    email: 'a@example.com',
    placedAt: 0,
    isPrompt: true,
    state: 1,
    quantity: 4,
    cancelled: false,
    ...change,
  };
  return new Map([[order.id, order]]);
}

function commit(action: string, state: number, change: Partial<Commit> = {}): Commit {
  return {
    externalRef: REFERENCE,
    kind: 'Orders',
    id: '17',
    action,
    at: '2026-01-01T00:00:00Z',
    remarks: noteOfState(state),
    ...change,
  };
}

function document(state: number, quantity = 4, cancelled = false) {
  return {
    DocEntry: 17,
    U_EntrepotRef: REFERENCE,
    Comments: noteOfState(state),
    Cancelled: cancelled ? 'tYES' : 'tNO',
    DocumentLines: [
      { ItemCode: 'A00003', Quantity: quantity },
      { ItemCode: 'A00001', Quantity: 1 },
    ],
  };
}

const WELL = {
  sent: sentOrder(),
  commits: [commit('create', 0), commit('update', 1)],
  orders: [document(1)],
  partners: [],
};
const CLEAN = { lost: [], duplicated: [], outOfOrder: [], stale: [] };

describe('the verdict', () => {
  it('finds nothing where all is well', () => {
    expect(judge(WELL)).toEqual(CLEAN);
  });

  it('finds a lost order, but none that was cancelled before it was imported', () => {
    expect(judge({ ...WELL, commits: [], orders: [] }).lost).toHaveLength(1);
    expect(judge({ ...WELL, sent: sentOrder({ cancelled: true }), commits: [], orders: [] })).toEqual(CLEAN);
  });

  it('counts what is on its way', () => {
    expect([countUncreated(WELL.sent, WELL.commits), countUncreated(WELL.sent, [])]).toEqual([0, 1]);
  });

  it('finds a second document, also when only the log still knows of it', () => {
    expect(
      judge({ ...WELL, commits: [commit('create', 1), commit('create', 1, { id: '18' })] }).duplicated,
    ).toHaveLength(1);
    expect(judge({ ...WELL, orders: [document(1), document(1)] }).duplicated).toHaveLength(1);
  });

  it('finds a document that nobody sent, and two partners of one address', () => {
    const stranger = commit('create', 0, { externalRef: 'shop/2' });
    expect(judge({ ...WELL, commits: [...WELL.commits, stranger] }).duplicated).toHaveLength(1);
    const partners = ['C1', 'C2'].map((CardCode) => ({ CardCode, EmailAddress: 'a@example.com' }));
    expect(judge({ ...WELL, partners }).duplicated).toHaveLength(1);
  });

  it('finds an older state written after a newer one, and a write after the cancellation', () => {
    const back = [commit('create', 0), commit('update', 2), commit('update', 1)];
    expect(judge({ ...WELL, commits: back }).outOfOrder).toHaveLength(1);
    expect(
      judge({ ...WELL, commits: [commit('create', 0), commit('cancel', 0), commit('update', 1)] }).outOfOrder,
    ).toHaveLength(1);
  });

  it.each([
    ['an older note', document(0)],
    ['another quantity', document(1, 5)],
    ['a cancellation that never was', document(1, 4, true)],
  ])('finds %s', (_, stale) => {
    expect(judge({ ...WELL, orders: [stale] }).stale).toHaveLength(1);
  });

  it("finds a line that is missing, there twice, or nobody's", () => {
    const well = document(1);
    const linesLike = (lines: typeof well.DocumentLines) =>
      judge({ ...WELL, orders: [{ ...well, DocumentLines: lines }] }).stale;
    expect(linesLike(well.DocumentLines.slice(0, 1))).toHaveLength(1);
    expect(linesLike([...well.DocumentLines, { ItemCode: 'A00001', Quantity: 1 }])).toHaveLength(1);
    expect(linesLike([...well.DocumentLines, { ItemCode: 'A00009', Quantity: 1 }])).toHaveLength(1);
  });

  it('finds a cancellation that did not arrive', () => {
    expect(judge({ ...WELL, sent: sentOrder({ cancelled: true }) }).stale).toHaveLength(1);
  });
});
