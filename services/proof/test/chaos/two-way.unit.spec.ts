import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/chaos/two-way/changes.ts';
import { judgeTwoWay } from '../../src/chaos/two-way/verdict.ts';
import type { Row } from '../../src/model-vendor/rows.ts';

const OWNERS = { name: 'left', phone: 'right' } as const;
const CLEAN = { lost: [], duplicated: [], outOfOrder: [], stale: [] };
const ENTERED: Row = { name: 'left 1', phone: 'left 1', note: 'left 1' };

/** A customer entered on the left, with its row on the right; then what happens, in order. */
class Log {
  readonly changes: Change[] = [];
  readonly #rows: Record<string, Row> = {};

  constructor() {
    this.#add('left', 'person', 'create', ENTERED);
  }
  carry(): this {
    return this.#add('right', 'api', 'create', ENTERED);
  }
  edit(system: 'left' | 'right', change: Partial<Row>): this {
    return this.#add(system, 'person', 'update', change);
  }
  write(system: 'left' | 'right', change: Partial<Row>): this {
    return this.#add(system, 'api', 'update', change);
  }
  judge(quietSince: number | null = null) {
    return judgeTwoWay({ changes: this.changes, owners: OWNERS, quietSince });
  }
  #add(system: 'left' | 'right', by: Change['by'], action: Change['action'], change: Partial<Row>): this {
    const row = { ...(this.#rows[system] ?? ENTERED), ...change };
    this.#rows[system] = row;
    const reference = system === 'left' ? null : 'left/left-1';
    const at = new Date(1_000 * this.changes.length).toISOString();
    this.changes.push({ system, id: `${system}-1`, reference, action, by, row, at });
    return this;
  }
}

describe('the verdict on customers that are edited in two systems', () => {
  it('finds nothing where each side has the other side’s edits', () => {
    const log = new Log().carry().edit('left', { name: 'left 2' }).edit('right', { note: 'right 3' });
    expect(log.write('right', { name: 'left 2' }).write('left', { note: 'right 3' }).judge()).toEqual(CLEAN);
  });

  it('finds a customer that did not arrive, and one that arrived twice', () => {
    expect(new Log().judge().lost).toHaveLength(1);
    expect(new Log().carry().carry().judge().duplicated).toHaveLength(1);
  });

  it('finds the row that an echo made of our own', () => {
    const { changes } = new Log().carry();
    const echo: Change = { ...(changes[0] as Change), id: 'left-2', reference: 'right/right-1', by: 'api' };
    const verdict = judgeTwoWay({ changes: [...changes, echo], owners: OWNERS, quietSince: null });
    expect(verdict.duplicated).toEqual([{ id: 'left/left-2', what: expect.stringContaining('right/right-1') }]);
  });

  it('finds rows that differ', () => {
    expect(new Log().carry().edit('left', { note: 'left 2' }).judge().stale).toHaveLength(1);
  });

  it('finds an edit that was overwritten by what it had replaced', () => {
    const log = new Log().carry().edit('right', { phone: 'right 2' }).write('right', { phone: 'left 1' });
    expect(log.judge()).toMatchObject({ lost: [{ id: 'left/left-1 phone' }], outOfOrder: [] });
  });

  it.each([
    ['name', 'left 3', true],
    ['name', 'right 2', false],
    ['phone', 'right 2', true],
    ['phone', 'left 3', false],
    // Nobody owns it.
    ['note', 'left 3', true],
    ['note', 'right 2', true],
  ] as const)('of two edits that met of the %s, %s may count: %s', (group, value, isRight) => {
    const log = new Log()
      .carry()
      .edit('right', { [group]: 'right 2' })
      .edit('left', { [group]: 'left 3' });
    const { lost, stale } = log.write(value === 'left 3' ? 'right' : 'left', { [group]: value }).judge();
    expect([lost.length, stale.length]).toEqual([isRight ? 0 : 1, 0]);
  });

  it.each(['name', 'phone', 'note'] as const)('an edit of the %s by one who saw the other side’s counts', (group) => {
    const seen = new Log()
      .carry()
      .edit('left', { [group]: 'left 2' })
      .write('right', { [group]: 'left 2' });
    seen.edit('right', { [group]: 'right 3' });
    expect(seen.write('left', { [group]: 'right 3' }).judge()).toEqual(CLEAN);
  });

  it('finds an older value that came back after a newer one', () => {
    const log = new Log().carry().edit('left', { note: 'left 2' }).write('right', { note: 'left 2' });
    log.edit('left', { note: 'left 3' }).write('right', { note: 'left 3' }).write('right', { note: 'left 2' });
    expect(log.write('right', { note: 'left 3' }).judge().outOfOrder).toHaveLength(1);
  });

  it('finds more writes than the edits explain, and writes when all was quiet', () => {
    const log = new Log().carry();
    for (let round = 0; round < 2; round += 1) log.write('right', {});
    expect(log.judge().duplicated).toHaveLength(1);
    expect(log.judge(1_500).outOfOrder).toHaveLength(2);
    expect(log.judge(10_000).outOfOrder).toEqual([]);
  });
});
