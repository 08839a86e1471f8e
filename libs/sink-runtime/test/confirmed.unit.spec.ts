import { afterEach, describe, expect, it } from 'vitest';
import { handleLaneRecord } from '../src/delivery/deliver.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;
const order = { deleted: false, id: '1', version: 1, content: 'v1' };
const confirmed = { reference: 'shop/1', role: 'order', subId: null, targetId: '1', number: '1' };

let process: SinkProcess | null = null;
afterEach(async () => {
  await process?.stop();
  process = null;
});

async function work(world: World): Promise<void> {
  process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
  process = null;
}

/** A target that has taken the order, and made it a document since. */
async function takeOrder(): Promise<World> {
  const world = new World();
  world.target.draftNext = true;
  world.append('order', order);
  await work(world);
  expect(world.outcomes()).toEqual(['accepted']);
  const [document] = world.target.documents;
  if (document !== undefined) document.draft = false;
  world.target.requests.length = 0;
  return world;
}

function linkOf(world: World) {
  return world.links.links.get('erp|order|shop/1');
}

function reportsOf(world: World, kind: 'confirmed' | 'stray') {
  return world.reports.filter((report) => report.kind === kind);
}

describe('a confirmation', () => {
  it('makes the document the link’s, without a call, and is reported; the next attempt verifies it', async () => {
    const world = await takeOrder();
    world.confirm({ ...confirmed, number: '512', lines: [{ sourceLineId: 'l1', targetLine: '0' }] });
    await work(world);
    expect(world.target.requests).toEqual(['fence']);
    expect(linkOf(world)?.documents).toMatchObject([
      {
        externalRef: 'shop/1',
        targetId: '1',
        targetNumber: '512',
        draft: false,
        intent: null,
        lines: [{ sourceLineId: 'l1', targetLine: '0' }],
      },
    ]);
    const document = {
      role: 'order',
      subId: null,
      externalRef: 'shop/1',
      targetId: '1',
      targetNumber: '512',
      draft: false,
    };
    expect(reportsOf(world, 'confirmed')).toEqual([
      {
        kind: 'confirmed',
        reportId: 'confirmed/entrepot.internal.lane.model/0/1',
        entity: 'order',
        connection: 'shop',
        sourceId: '1',
        to: 'erp',
        document,
        atMicros: expect.any(Number),
      },
    ]);
    world.append('order', order, { attempt: 2 });
    await work(world);
    expect(world.outcomes()).toEqual(['accepted', 'verified']);
    expect(world.target.requests).not.toContain('find');
    expect(world.target.documents).toHaveLength(1);
  });

  it('told twice changes the link once, and is reported both times', async () => {
    const world = await takeOrder();
    world.confirm(confirmed);
    await work(world);
    const link = linkOf(world);
    world.confirm(confirmed);
    await work(world);
    expect(linkOf(world)).toBe(link);
    expect(reportsOf(world, 'confirmed')).toHaveLength(2);
  });

  it('before the acceptance is noted waits for the attempt, and is not undone by it', async () => {
    const world = new World();
    world.target.draftNext = true;
    world.append('order', order);
    const early = world.confirm(confirmed);
    // Both at once, as records of different queues are handled.
    const one = new SinkProcess(world, 'one');
    const confirmEarly = async (): Promise<void> => {
      while (!world.target.requests.includes('create')) await world.clock.sleep(1, one.stopping.signal);
      await handleLaneRecord(one.parts, early, one.stopping.signal);
    };
    await world.clock.drive(Promise.all([one.work(world.records.slice(0, 1)), confirmEarly()]), MINUTE_MS);
    one.kill();
    expect(world.outcomes()).toEqual(['accepted']);
    expect(linkOf(world)?.documents).toMatchObject([{ targetId: '1', draft: false }]);
    expect(reportsOf(world, 'confirmed')).toHaveLength(1);
  });

  it('ends the doubt about a create without an answer', async () => {
    const world = new World();
    world.target.faults.set('create', ['cut-after']);
    world.append('order', order);
    const dying = new SinkProcess(world, 'one');
    world.clock.schedule(300, () => dying.kill());
    expect(await world.clock.drive(dying.work(), MINUTE_MS)).toBe('died');
    expect(linkOf(world)?.documents).toMatchObject([{ targetId: null, intent: { epoch: 1 } }]);
    const [record] = world.records;
    if (record !== undefined) world.finished.add(record.offset);
    world.confirm(confirmed);
    await work(world);
    expect(linkOf(world)?.documents).toMatchObject([{ targetId: '1', intent: null }]);
  });

  it('of a process that dies before it is reported is handled again by its successor', async () => {
    for (const call of [1, 2, 3, 4, 5, 6, 7, 8]) {
      for (const when of ['before', 'after'] as const) {
        const world = await takeOrder();
        world.confirm(confirmed);
        const dying = new SinkProcess(world, 'two', { call, when });
        const end = await world.clock.drive(dying.work(), MINUTE_MS);
        if (end === 'died') await work(world);
        dying.kill();
        expect(linkOf(world)?.documents).toMatchObject([{ targetId: '1', draft: false }]);
        expect(reportsOf(world, 'confirmed').length).toBeGreaterThanOrEqual(1);
        expect(world.finished.size).toBe(world.records.length);
      }
    }
  });

  it('waits while the database is away', async () => {
    const world = await takeOrder();
    world.databaseDownUntilMs = world.clock.monotonicMs() + 20_000;
    world.confirm(confirmed);
    await work(world);
    expect(linkOf(world)?.documents).toMatchObject([{ targetId: '1', draft: false }]);
    expect(reportsOf(world, 'stray')).toEqual([]);
  });

  it('of a writer whose epoch is over changes nothing', async () => {
    const world = await takeOrder();
    const link = linkOf(world);
    if (link === undefined) throw new TypeError('there is a link');
    world.links.links.set(link._id, { ...link, epoch: 9 });
    const lane = world.lanes.get('erp');
    world.confirm(confirmed);
    const late = new SinkProcess(world, 'one');
    void late.work().catch(() => {});
    await world.clock.drive(world.clock.sleep(2_000, new AbortController().signal), MINUTE_MS);
    expect(linkOf(world)).toMatchObject({ epoch: 9, documents: [{ draft: true }] });
    expect(reportsOf(world, 'confirmed')).toEqual([]);
    late.kill();
    // The owner of the later epoch.
    world.lanes.set('erp', { epoch: 9, owner: null, untilMs: 0, session: lane?.session ?? null });
    await work(world);
    expect(linkOf(world)).toMatchObject({ epoch: 10, documents: [{ draft: false }] });
  });
});

describe('a confirmation that fits no link is a dead letter in words, and changes nothing', () => {
  it.each([
    [
      'of an unknown reference',
      { ...confirmed, reference: 'shop/2' },
      {},
      /with the reference shop\/2, which no document/,
    ],
    ['of another record', confirmed, { sourceKey: 'shop/2' }, /which no document of the order shop\/2 has/],
    ['of what follows from the document', { ...confirmed, role: 'invoice' }, {}, /the invoice 1 with the reference/],
    ['for another connection', confirmed, { to: 'elsewhere' }, /elsewhere is no connection of this sink/],
  ])('%s', async (_what, document, rest, words) => {
    const world = await takeOrder();
    const before = linkOf(world);
    world.confirm(document, rest);
    await work(world);
    expect(linkOf(world)).toBe(before);
    expect(reportsOf(world, 'confirmed')).toEqual([]);
    expect(reportsOf(world, 'stray')).toMatchObject([{ error: { message: expect.stringMatching(words) } }]);
  });

  it('of a second document with one reference', async () => {
    const world = await takeOrder();
    world.confirm(confirmed);
    await work(world);
    world.confirm({ ...confirmed, targetId: '2' });
    await work(world);
    expect(linkOf(world)?.documents).toMatchObject([{ targetId: '1' }]);
    expect(reportsOf(world, 'stray')).toMatchObject([
      {
        error: {
          message: expect.stringContaining(
            'confirms the order 2 with the reference shop/1, which the document 1 has already',
          ),
          advice: expect.stringContaining('two documents with one reference'),
        },
      },
    ]);
  });

  it('that cannot be read', async () => {
    const world = await takeOrder();
    const record = world.confirm(confirmed);
    world.records[Number(record.offset)] = {
      ...record,
      headers: { ...record.headers, entrepot_confirmed: '{"reference":5}' },
    };
    await work(world);
    expect(reportsOf(world, 'stray')).toMatchObject([
      { error: { message: expect.stringContaining('its confirmation cannot be read') } },
    ]);
  });
});
