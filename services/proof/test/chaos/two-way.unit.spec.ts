import type { AdminClient } from '@entrepot/stack/clients';
import { describe, expect, it } from 'vitest';
import { settleTwoWay } from '../../src/chaos/two-way/settle-two-way.ts';
import type { Told } from '../../src/chaos/two-way/told.ts';
import { judgeTwoWay } from '../../src/chaos/two-way/verdict.ts';
import type { Row } from '../../src/model-vendor/rows.ts';
import type { Change } from '../../src/model-vendor/simulator/system.ts';

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
  judge(quietSince: number | null = null, told: readonly Told[] = []) {
    const words = new Map([['left/left-1', told]]);
    return judgeTwoWay({ changes: this.changes, owners: OWNERS, quietSince, told: words });
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

  describe('of an edit over our write that gave way to the value that it had seen', () => {
    function giveWay(group: 'name' | 'phone' | 'note'): Log {
      const log = new Log().carry().edit('left', { [group]: 'left 2' });
      log.write('right', { [group]: 'left 2' }).edit('right', { [group]: 'right 3' });
      return log.write('right', { [group]: 'left 2' });
    }
    const said = (group: string, ...values: string[]): Told[] => [{ group, values }];

    it.each([
      ['by nobody', 'name', [], 1],
      ['with both values', 'name', said('name', 'left 2', 'right 3'), 0],
      ['by one who had lost the values', 'name', said('name'), 0],
      ['of another edit', 'name', said('name', 'left 1', 'right 2'), 1],
      ['of another group', 'name', said('note', 'left 2', 'right 3'), 1],
      // The right side owns the phone, and nobody the note.
      ['against the owner', 'phone', said('phone', 'left 2', 'right 3'), 1],
      ['without an owner', 'note', said('note', 'left 2', 'right 3'), 1],
    ] as const)('said %s (%s), it knows', (_how, group, told, lost) => {
      expect(giveWay(group).judge(null, told).lost).toHaveLength(lost);
    });

    it('asks the ledger, of either side’s deliveries', async () => {
      const { changes } = giveWay('name');
      const fields = [{ path: 'name', expected: 'left 2', actual: 'right 3' }];
      const asked: string[] = [];
      const compare = (code: string) => {
        const admin = {
          get: async (path: string) => {
            asked.push(path);
            if (path.includes('?')) return { items: path.includes('from=left') ? [{ id: 'd/1' }] : [], next: null };
            return { attemptLog: [{ error: null }, { error: { code, fields } }] };
          },
        } as unknown as AdminClient;
        return settleTwoWay(admin, async () => changes).compare(null);
      };
      expect(await compare('target-overwritten')).toEqual(CLEAN);
      expect(asked).toEqual([
        '/v1/deliveries?limit=200&entity=customer&from=left&sourceId=left-1',
        '/v1/deliveries/d%2F1',
        '/v1/deliveries?limit=200&entity=customer&from=right&sourceId=right-1',
      ]);
      expect((await compare('not-carried-over')).lost).toHaveLength(1);
    });

    it('asks nobody where nothing is lost, and counts it lost while the ledger does not answer', async () => {
      const admin = { get: () => Promise.reject(new Error('away')) } as unknown as AdminClient;
      const { changes } = giveWay('name');
      expect((await settleTwoWay(admin, async () => changes).compare(null)).lost).toHaveLength(1);
      expect(await settleTwoWay(admin, async () => new Log().carry().changes).compare(null)).toEqual(CLEAN);
    });
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
