import type { LaneHeaders } from '@entrepot/canonical';
import { defineTarget } from '@entrepot/vendor-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineMicros, nextLookMicros } from '../src/acceptance/deadline.ts';
import { handleLaneRecord } from '../src/delivery/deliver.ts';
import { TakingTarget } from './model/taking-target.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const order = { deleted: false, id: '1', version: 1, content: 'v1' };
const confirmed = { reference: 'shop/1', role: 'order', subId: null, targetId: '1', number: '1' };

function openWorld(by: 'poll' | 'inbound', withinMs = 4 * HOUR_MS): { world: World; target: TakingTarget } {
  const world = new World();
  const target = new TakingTarget(world.target, by, withinMs);
  world.adapt = (definition) => target.adapt(definition);
  return { world, target };
}

async function work(world: World): Promise<void> {
  const process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
}

async function deliver(world: World, lane: Partial<LaneHeaders> = {}): Promise<void> {
  world.append('order', order, lane);
  await work(world);
}

/** The database goes away as the target takes an order, and comes back under the same lease. */
function loseDatabaseAtCreate(world: World, target: TakingTarget, andThen: () => void = () => {}): void {
  world.adapt = (definition) => {
    const taking = target.adapt(definition);
    const { order } = taking.entities;
    if (order === undefined) throw new TypeError('the model takes orders');
    const create: typeof order.create = (...args) => {
      if (world.databaseDownUntilMs === 0) {
        world.databaseDownUntilMs = world.clock.monotonicMs() + 3_000;
        andThen();
      }
      return order.create(...args);
    };
    return defineTarget({ ...taking, entities: { ...taking.entities, order: { ...order, create } } });
  };
}

async function pass(world: World, ms: number): Promise<void> {
  await world.clock.drive(world.clock.sleep(ms, new AbortController().signal), ms + MINUTE_MS);
}

function documentsOf(world: World) {
  return world.links.links.get('erp|order|shop/1')?.documents;
}

describe('what a target confirms by a handle', () => {
  it('is polled, without a look-up and without a second create, until it is the document', async () => {
    const { world, target } = openWorld('poll');
    await deliver(world);
    const [first] = world.attempts();
    const atMicros = first?.documents[0]?.accepted?.atMicros ?? 0;
    expect(first).toMatchObject({
      outcome: 'accepted',
      error: { code: 'confirmation-pending' },
      documents: [
        {
          targetId: null,
          draft: true,
          accepted: { handle: 'queue/1', atMicros: expect.any(Number), untilMicros: atMicros + 4 * HOUR_MS * 1_000 },
        },
      ],
    });
    // Two seconds, since it was accepted just now.
    expect((first?.notBeforeMicros ?? 0) - (first?.endedAtMicros ?? 0)).toBeLessThanOrEqual(2_000_000);
    await pass(world, 10 * MINUTE_MS);
    world.target.requests.length = 0;
    await deliver(world, { attempt: 2 });
    expect(world.target.requests).toEqual(['fence', 'read']);
    const second = world.attempts().at(-1);
    expect(second).toMatchObject({ outcome: 'accepted', documents: [{ accepted: { handle: 'queue/1', atMicros } }] });
    // Half of ten minutes later.
    expect((second?.notBeforeMicros ?? 0) - (second?.endedAtMicros ?? 0)).toBeGreaterThan(290_000_000);
    target.make();
    await deliver(world, { attempt: 3 });
    expect(world.outcomes()).toEqual(['accepted', 'accepted', 'verified']);
    expect(documentsOf(world)).toMatchObject([{ targetId: '1', targetNumber: '1', draft: false, accepted: null }]);
    expect(world.attempts().at(-1)?.documents[0]).not.toHaveProperty('accepted');
    expect(world.target.log).toHaveLength(1);
  });

  it.each([false, true])(
    'and refuses after all fails with its words, and is sent again once a person has corrected it (with an id: %s)',
    async (givesIds) => {
      const { world, target } = openWorld('poll');
      target.givesIds = givesIds;
      await deliver(world);
      target.refuse('queue/1');
      await deliver(world, { attempt: 2 });
      expect(world.attempts().at(-1)).toMatchObject({
        outcome: 'failed',
        error: { code: 'late', advice: 'Correct it.' },
      });
      expect(documentsOf(world)).toEqual([]);
      await deliver(world, { attempt: 3 });
      expect(world.attempts().at(-1)).toMatchObject({
        outcome: 'accepted',
        documents: [{ accepted: { handle: 'queue/2' } }],
      });
      expect(world.target.documents).toHaveLength(1);
    },
  );

  it('goes on after a restart', async () => {
    const { world, target } = openWorld('poll');
    world.append('order', order);
    const dying = new SinkProcess(world, 'one');
    world.clock.schedule(2_000, () => dying.kill());
    await world.clock.drive(Promise.race([dying.work(), dying.died]), MINUTE_MS);
    await pass(world, MINUTE_MS);
    target.make();
    await deliver(world, { attempt: 2 });
    expect(world.outcomes().at(-1)).toBe('verified');
    expect(world.target.documents).toHaveLength(1);
  });
});

describe('what is confirmed from inbound', () => {
  it('is looked at before its deadline only when the confirmation comes, and then verified', async () => {
    const { world, target } = openWorld('inbound');
    await deliver(world);
    const [first] = world.attempts();
    expect(first).toMatchObject({ outcome: 'accepted', documents: [{ accepted: { handle: null } }] });
    expect(first?.notBeforeMicros).toBe(first?.documents[0]?.accepted?.untilMicros);
    target.make();
    world.confirm({ ...confirmed, number: 'SO-1' });
    await work(world);
    expect(documentsOf(world)).toMatchObject([{ targetId: '1', targetNumber: 'SO-1', draft: false, accepted: null }]);
    await deliver(world, { attempt: 2 });
    expect(world.outcomes()).toEqual(['accepted', 'verified']);
  });

  it('never: a person is asked after the deadline, and nothing is sent before that person says so', async () => {
    const { world } = openWorld('inbound');
    await deliver(world);
    await deliver(world, { attempt: 2, force: true, createAnew: ['shop/1'] });
    expect(world.outcomes()).toEqual(['accepted', 'accepted']);
    await pass(world, 4 * HOUR_MS);
    await deliver(world, { attempt: 3 });
    expect(world.attempts().at(-1)).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'confirmation-overdue',
        message: expect.stringContaining('shop/1'),
        advice: expect.stringContaining('createAnew: ["shop/1"]'),
      },
    });
    expect(world.target.log).toHaveLength(1);
    await deliver(world, { attempt: 4, force: true, createAnew: ['shop/1'] });
    expect(world.outcomes().at(-1)).toBe('accepted');
    expect(world.target.log).toHaveLength(2);
    // Of the second sending, whose deadline is a new one.
    await pass(world, HOUR_MS);
    await deliver(world, { attempt: 5 });
    expect(world.outcomes().at(-1)).toBe('accepted');
  });

  it('after the deadline: the delivery still ends by it', async () => {
    const { world, target } = openWorld('inbound');
    await deliver(world);
    await pass(world, 5 * HOUR_MS);
    await deliver(world, { attempt: 2 });
    target.make();
    world.confirm(confirmed);
    await work(world);
    await deliver(world, { attempt: 3 });
    expect(world.outcomes()).toEqual(['accepted', 'failed', 'verified']);
    expect(world.target.log).toHaveLength(1);
  });

  it('sent without an answer counts as taken: nobody sends it a second time', async () => {
    const { world, target } = openWorld('inbound');
    world.target.faults.set('create', ['cut-after']);
    await deliver(world);
    expect(world.outcomes()).toEqual(['accepted']);
    await pass(world, HOUR_MS);
    await deliver(world, { attempt: 2 });
    expect(world.outcomes()).toEqual(['accepted', 'accepted']);
    target.make();
    world.confirm(confirmed);
    await work(world);
    await deliver(world, { attempt: 3 });
    expect(world.outcomes().at(-1)).toBe('verified');
    expect(world.target.log).toHaveLength(1);
  });

  it('of a process that dies at any call is sent once, and ends by its confirmation', async () => {
    for (let call = 4; call <= 16; call += 1) {
      for (const when of ['before', 'after'] as const) {
        const { world, target } = openWorld('inbound');
        world.append('order', order);
        const dying = new SinkProcess(world, 'two', { call, when });
        await world.clock.drive(Promise.race([dying.work(), dying.died]), MINUTE_MS);
        dying.kill();
        await pass(world, MINUTE_MS);
        await work(world);
        await deliver(world, { attempt: 2 });
        expect(world.target.log.length, `call ${call}, ${when}`).toBeLessThanOrEqual(1);
        if (world.target.log.length === 0) continue;
        target.make();
        world.confirm(confirmed);
        await work(world);
        await deliver(world, { attempt: 3 });
        expect(world.outcomes().at(-1), `call ${call}, ${when}`).toBe('verified');
      }
    }
  });

  it('deleted at its source meanwhile is not taken for one that never was there', async () => {
    const { world } = openWorld('inbound');
    await deliver(world);
    world.append('order', { ...order, version: 2, deleted: true });
    await work(world);
    expect(world.outcomes()).toEqual(['accepted', 'accepted']);
  });
});

describe('a prerequisite that a target only takes', () => {
  it('is waited for, and a person is asked past its deadline: the delivery names what its confirmation lets go on', async () => {
    const world = new World();
    world.adapt = (definition) => {
      const { customer } = definition.entities;
      if (customer === undefined) throw new TypeError('the model takes customers');
      const taking: typeof customer = {
        ...customer,
        confirmation: { by: 'inbound', withinMs: HOUR_MS },
        create: async (planned, client, call) => {
          await customer.create(planned, client, call);
          return { targetId: null, targetNumber: null, status: 'accepted' };
        },
        find: async () => [],
        findByNaturalKey: async () => [],
      };
      return defineTarget({ ...definition, entities: { ...definition.entities, customer: taking } });
    };
    const needing = { ...order, customer: { sourceKey: 'shop/c1', email: 'ann@example.com' } };
    world.append('order', needing);
    await work(world);
    const awaited = { entity: 'customer', sourceKey: 'shop/c1', match: 'a***@example.com' };
    expect(world.attempts().at(-1)).toMatchObject({ outcome: 'waiting', waitingOn: [awaited] });
    await pass(world, HOUR_MS);
    world.append('order', needing, { attempt: 2 });
    await work(world);
    expect(world.attempts().at(-1)).toMatchObject({
      outcome: 'failed',
      error: { code: 'confirmation-overdue' },
      waitingOn: [awaited],
    });
    expect(world.target.log.map(({ kind }) => kind)).toEqual(['create']);
  });
});

describe('what a target took while the database was away', () => {
  it.each([
    ['by a handle', 'poll', null],
    ['from inbound', 'inbound', null],
    ['from inbound, without an answer', 'inbound', 'cut-after'],
  ] as const)('is not forgotten, and not sent again: confirmed %s', async (_what, by, fault) => {
    const { world, target } = openWorld(by);
    loseDatabaseAtCreate(world, target);
    world.target.faults.set('create', [fault]);
    await deliver(world);
    expect(world.outcomes()).toEqual(['accepted']);
    expect(world.target.log).toHaveLength(1);
    const handle = by === 'poll' ? 'queue/1' : null;
    expect(documentsOf(world)).toMatchObject([{ draft: true, intent: null, accepted: { handle } }]);
  });

  it('is not forgotten for a newer version, which would be sent as if nothing were there', async () => {
    const { world, target } = openWorld('inbound');
    loseDatabaseAtCreate(world, target, () => world.append('order', { ...order, version: 2, content: 'v2' }));
    world.target.faults.set('create', ['cut-after']);
    world.append('order', order);
    await work(world);
    await work(world);
    expect(world.outcomes()).toEqual(['accepted', 'accepted']);
    expect(world.target.log).toHaveLength(1);
  });

  it('is not forgotten for its confirmation, and does not undo it', async () => {
    const { world, target } = openWorld('inbound');
    loseDatabaseAtCreate(world, target);
    world.append('order', order);
    const early = world.confirm(confirmed);
    const one = new SinkProcess(world, 'one');
    const confirmEarly = async (): Promise<void> => {
      while (world.target.log.length === 0) await world.clock.sleep(1, one.stopping.signal);
      target.make();
      await handleLaneRecord(one.parts, early, one.stopping.signal);
    };
    await world.clock.drive(Promise.all([one.work(world.records.slice(0, 1)), confirmEarly()]), MINUTE_MS);
    one.kill();
    expect(documentsOf(world)).toMatchObject([{ targetId: '1', draft: false }]);
    expect(world.target.log).toHaveLength(1);
  });
});

describe('a document that is overdue', () => {
  it('is sent again once a person names it, who has looked for it, and by no other retry', async () => {
    const { world } = openWorld('inbound');
    await deliver(world);
    await pass(world, 5 * HOUR_MS);
    for (const createAnew of [[], ['shop/1/payment/p1'], ['shop/2']]) {
      await deliver(world, { attempt: 2, force: true, createAnew });
      expect(world.attempts().at(-1)).toMatchObject({ outcome: 'failed', error: { code: 'confirmation-overdue' } });
    }
    expect(world.target.log).toHaveLength(1);
    await deliver(world, { attempt: 3, force: true, createAnew: ['shop/1'] });
    expect(world.target.log).toHaveLength(2);
  });
});

describe('when an accepted document is looked at again', () => {
  const terms = fc.record({
    by: fc.constantFrom('poll', 'inbound'),
    withinMs: fc.integer({ min: 1, max: 10 * 86_400_000 }),
  });
  const atMicros = fc.integer({ min: 0, max: 4_000_000_000_000_000 });
  const waitedMicros = fc.integer({ min: 0, max: 12 * 86_400_000_000 });

  it('lies in the future and not after the deadline, and never once that is over', () => {
    fc.assert(
      fc.property(terms, atMicros, waitedMicros, (given, accepted, waited) => {
        const now = accepted + waited;
        const next = nextLookMicros(given, accepted, now);
        if (now >= deadlineMicros(given, accepted)) return next === null;
        return next !== null && Number.isSafeInteger(next) && next > now && next <= deadlineMicros(given, accepted);
      }),
    );
  });

  it('is polled some tens of times at most within an hour', () => {
    const given = { by: 'poll', withinMs: HOUR_MS } as const;
    let polls = 0;
    for (let next = nextLookMicros(given, 0, 0); next !== null; next = nextLookMicros(given, 0, next)) polls += 1;
    expect(polls).toBeGreaterThan(10);
    expect(polls).toBeLessThan(40);
  });
});
