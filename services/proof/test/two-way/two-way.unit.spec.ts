import { Outage } from '@entrepot/sink-runtime/core';
import { VendorError } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Truths } from './stores.ts';
import { GROUPS, type Group, type Row } from './system.ts';
import { TwoWay } from './world.ts';

/** `TWO_WAY_SEED`: explores from another seed than the fixed one. */
const REPLAY = { seed: Number(process.env.TWO_WAY_SEED ?? 20_261_130) };

const LIMIT_MS = 3_600_000;
/** Of one round: an edit on each side, the merge carried to the other side, and the repair of what crossed. */
const MAX_WRITES_A_ROUND = 6;

/** Numbers from 0 to 1, the same for the same seed. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const valuesOf = ({ name, phone }: Row): Row => ({ name, phone });

function only(rows: ReadonlyMap<string, Row>): readonly [string, Row] {
  expect(rows.size).toBe(1);
  return [...rows][0] as [string, Row];
}

const editArb = fc.record({ groups: fc.subarray([...GROUPS]), afterMs: fc.integer({ min: 0, max: 2_000 }) });
const roundsArb = fc.array(fc.record({ left: editArb, right: editArb }), { minLength: 1, maxLength: 4 });
const truthArb = fc.constantFrom<Truths | undefined>(undefined, { name: 'source', phone: 'target' });

interface Edited {
  readonly value: string;
  readonly atMs: number;
}

describe('two flows that go opposite ways, with edits on both sides', () => {
  it('lose no edit, decide what both sides changed as the flows say, and come to rest', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), roundsArb, truthArb, async (seed, rounds, truth) => {
        const world = new TwoWay(chanceOf(seed), truth === undefined ? {} : { left: truth });
        const { clock, left, right } = world;
        const run = async (): Promise<void> => {
          const id = left.enter({ name: 'Ann', phone: '1' });
          await world.settle();
          const [otherId] = only(right.rows);
          for (const [number, round] of rounds.entries()) {
            const edits = new Map<string, Edited>();
            const before = valuesOf(only(left.rows)[1]);
            const writes = left.writes + right.writes;
            const sides = [
              { side: 'left', system: left, row: id, ...round.left },
              { side: 'right', system: right, row: otherId, ...round.right },
            ];
            await Promise.all(
              sides.map(async ({ side, system, row, groups, afterMs }) => {
                await clock.sleep(afterMs, new AbortController().signal);
                const change = Object.fromEntries(groups.map((group) => [group, `${side} ${number}`]));
                if (groups.length > 0) system.edit(row, change);
                for (const group of groups)
                  edits.set(`${side} ${group}`, { value: `${side} ${number}`, atMs: clock.monotonicMs() });
              }),
            );
            await world.settle();
            const [[leftId, one], [rightId, other]] = [only(left.rows), only(right.rows)];
            expect([leftId, rightId]).toEqual([id, otherId]);
            expect(valuesOf(other)).toEqual(valuesOf(one));
            for (const group of GROUPS) {
              const byLeft = edits.get(`left ${group}`);
              const byRight = edits.get(`right ${group}`);
              const possible = listPossible(group, before, byLeft, byRight, truth);
              expect(possible, `${group} is ${one[group]}`).toContain(one[group]);
            }
            expect(left.writes + right.writes - writes).toBeLessThanOrEqual(MAX_WRITES_A_ROUND);
          }
        };
        await clock.drive(run(), LIMIT_MS);
      }),
      { numRuns: Number(process.env.TWO_WAY_RUNS ?? 40), endOnFailure: true, ...REPLAY },
    );
  }, 120_000);
});

/** Edits far apart follow each other: the later one counts. Close together, they meet, and the flows' rule decides. */
function listPossible(
  group: Group,
  before: Row,
  byLeft: Edited | undefined,
  byRight: Edited | undefined,
  truth: Truths | undefined,
): readonly string[] {
  if (byLeft === undefined || byRight === undefined) return [(byLeft ?? byRight)?.value ?? before[group]];
  const [earlier, later] = byLeft.atMs <= byRight.atMs ? [byLeft, byRight] : [byRight, byLeft];
  if (truth === undefined) return later.atMs - earlier.atMs > 500 ? [later.value] : [earlier.value, later.value];
  const owner = truth[group] === 'source' ? byLeft : byRight;
  return [owner.value, later.value];
}

describe('a record that was just created', () => {
  it('is not created a second time where its state cannot be noted, and look-ups do not show it yet', async () => {
    const world = new TwoWay(chanceOf(1));
    const { right, states, clock } = world;
    const find = right.find.bind(right);
    let shownFromMs = Number.POSITIVE_INFINITY;
    right.find = (reference) => (clock.monotonicMs() < shownFromMs ? [] : find(reference));
    const replace = states.replace.bind(states);
    states.replace = async (key, before, after) => {
      if (key.connection !== 'right' || Number.isFinite(shownFromMs)) return replace(key, before, after);
      shownFromMs = clock.monotonicMs() + 900;
      throw new Outage('database', new Error('down'));
    };
    const run = async (): Promise<void> => {
      world.left.enter({ name: 'Ann', phone: '1' });
      await world.settle();
    };
    await clock.drive(run(), LIMIT_MS);
    expect(Number.isFinite(shownFromMs)).toBe(true);
    expect(valuesOf(only(right.rows)[1])).toEqual({ name: 'Ann', phone: '1' });
    only(world.left.rows);
  });
});

describe('an edit that restores what was there before our write', () => {
  it('is carried to the other side, though the connector never read what it undid', async () => {
    let unread = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const world = new TwoWay(chanceOf(seed));
      const { left, right, reports } = world;
      const read = right.read.bind(right);
      let isArmed = false;
      right.read = (id) => {
        const isWritten = reports.filter(({ to, outcome }) => to === 'right' && outcome === 'verified').length === 2;
        if (isArmed && isWritten && right.rows.get(id)?.phone === '2') {
          isArmed = false;
          unread += 1;
          right.edit(id, { phone: '1' });
        }
        return read(id);
      };
      const run = async (): Promise<void> => {
        const id = left.enter({ name: 'Ann', phone: '1' });
        await world.settle();
        isArmed = true;
        left.edit(id, { phone: '2' });
        await world.settle();
      };
      await world.clock.drive(run(), LIMIT_MS);
      const value = isArmed ? '2' : '1';
      expect([only(left.rows)[1].phone, only(right.rows)[1].phone], `seed ${seed}`).toEqual([value, value]);
    }
    expect(unread).toBeGreaterThan(0);
  });
});

describe('a write whose end nobody noted', () => {
  it('is still known as ours after a later one was refused', async () => {
    // The right side decides, if the name in it is a person's.
    const world = new TwoWay(chanceOf(1), { left: { name: 'target' } });
    const { left, right, states } = world;
    const replace = states.replace.bind(states);
    const update = right.update.bind(right);
    const faults: string[] = [];
    let id: string | null = null;
    states.replace = async (key, before, after) => {
      const isEnd = key.connection === 'right' && before?.writing != null && after.writing === null;
      if (id === null || !isEnd || faults.length > 0) return replace(key, before, after);
      faults.push('unnoted');
      left.edit(id, { name: 'Cid' });
      throw new Outage('database', new Error('down'));
    };
    right.update = (...args) => {
      if (args[1].name !== 'Cid' || faults.length > 1) return update(...args);
      faults.push('refused');
      throw new VendorError('conflict', 'changed meanwhile');
    };
    const run = async (): Promise<void> => {
      const entered = left.enter({ name: 'Ann', phone: '1' });
      await world.settle();
      id = entered;
      left.edit(id, { name: 'Bob' });
      await world.settle();
    };
    await world.clock.drive(run(), LIMIT_MS);
    expect(faults).toEqual(['unnoted', 'refused']);
    expect([only(left.rows)[1].name, only(right.rows)[1].name]).toEqual(['Cid', 'Cid']);
  });
});

describe('an edit that follows our write', () => {
  it('stands, though another field was changed before the write was read back', async () => {
    const world = new TwoWay(chanceOf(1), { left: { name: 'source' } });
    const { left, right, states } = world;
    const replace = states.replace.bind(states);
    const update = right.update.bind(right);
    const edited: string[] = [];
    right.update = (id, ...args) => {
      update(id, ...args);
      if (edited.length > 0) return;
      edited.push('phone');
      right.edit(id, { phone: '2' });
    };
    states.replace = async (key, before, after) => {
      const isReplaced = await replace(key, before, after);
      if (key.connection === 'right' && before?.writing != null && after.writing === null && edited.length === 1) {
        edited.push('name');
        right.edit(key.targetId, { name: 'Eve' });
      }
      return isReplaced;
    };
    const run = async (): Promise<void> => {
      const id = left.enter({ name: 'Ann', phone: '1' });
      await world.settle();
      left.edit(id, { name: 'Bob' });
      await world.settle();
    };
    await world.clock.drive(run(), LIMIT_MS);
    expect(edited).toEqual(['phone', 'name']);
    const both = { name: 'Eve', phone: '2' };
    expect([valuesOf(only(left.rows)[1]), valuesOf(only(right.rows)[1])]).toEqual([both, both]);
  });
});
