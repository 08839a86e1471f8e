import type { Flow } from '@entrepot/store';
import { afterEach, describe, expect, it } from 'vitest';
import type { ModelRecord } from '../src/testing/model-record.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;

function order(version: number, rest: Partial<ModelRecord> = {}): ModelRecord {
  return { deleted: false, id: '1', version, content: `v${version}`, ...rest };
}

let process: SinkProcess | null = null;
afterEach(async () => {
  await process?.stop();
  process = null;
});

async function deliver(world: World, limitMs = 10 * MINUTE_MS): Promise<void> {
  process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), limitMs)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
  process = null;
}

describe('one delivery', () => {
  it('is looked up, created, read back and recorded', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.requests).toEqual(['fence', 'find', 'create', 'read']);
    expect(world.links.links.get('erp|order|shop/1')).toMatchObject({
      deliveredVersion: 1,
      documents: [{ targetId: '1', intent: null }],
    });
    expect(world.attempts()[0]?.documents).toMatchObject([{ externalRef: 'shop/1', targetId: '1' }]);
  });

  it('waits for an update of a process that died before it believes that content changed back is there', async () => {
    const world = new World();
    world.append('order', order(1, { content: 'first' }));
    await deliver(world);
    const overtaken = world.append('order', order(2, { content: 'second' }));
    world.target.faults.set('update', ['late']);
    const dying = new SinkProcess(world, 'one');
    world.clock.schedule(500, () => dying.kill());
    expect(await world.clock.drive(dying.work(), MINUTE_MS)).toBe('died');
    // Conflated into the newer version, which looks as if nothing were left to do.
    world.finished.add(overtaken.offset);
    world.append('order', order(3, { content: 'first' }));
    await deliver(world);
    await world.clock.drive(world.clock.sleep(MINUTE_MS, new AbortController().signal), 2 * MINUTE_MS);
    expect(world.target.documents).toMatchObject([{ content: 'first' }]);
  });

  it('tells what the target takes no more and nobody needs, as a note and not as a failure or a mismatch', async () => {
    const world = new World();
    for (const rest of [{}, { cancelled: true }, { content: 'note' }]) {
      world.append('order', order(world.outcomes().length + 1, rest));
      await deliver(world);
    }
    expect(world.outcomes()).toEqual(['verified', 'verified', 'unchanged']);
    expect(world.attempts().at(-1)?.error).toMatchObject({
      code: 'not-carried-over',
      fields: [{ path: 'state' }, { path: 'content', expected: 'note' }],
    });
    expect(world.links.links.get('erp|order|shop/1')).toMatchObject({ deliveredVersion: 3 });
  });

  it('is unchanged the second time, without a call', async () => {
    const world = new World();
    world.append('order', order(1));
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'unchanged']);
    expect(world.target.requests.filter((each) => each !== 'fence')).toHaveLength(3);
  });

  it('is sent again when an operator forces it', async () => {
    const world = new World();
    world.append('order', order(1));
    world.append('order', order(1), { force: true, operationId: 'op', attempt: 2 });
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'verified']);
  });

  it('is superseded below the delivered version, even when forced', async () => {
    const world = new World();
    world.append('order', order(2));
    world.append('order', order(1));
    world.append('order', order(1), { force: true });
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'superseded', 'superseded']);
    expect(world.target.documents).toMatchObject([{ version: 2 }]);
  });

  it('is superseded by a newer version that was tried, whatever became of that one', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    world.append('order', order(3));
    world.append('order', order(2), { attempt: 2 });
    world.target.faults.set('update', ['rejected']);
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'failed', 'superseded']);
  });

  it('takes an equal version of other content for a change', async () => {
    const world = new World();
    world.append('order', order(1));
    world.append('order', order(1, { content: 'other' }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'verified']);
    expect(world.target.documents).toMatchObject([{ content: 'other' }]);
  });

  describe('of a state that is published once more in a newer schema', () => {
    const repeat = (world: World, version: number, content: string): void => {
      world.append('order', order(version, { content }), {}, version - 1);
    };

    it('is unchanged without a call, and the link follows the version', async () => {
      const world = new World();
      world.append('order', order(1, { content: 'a' }));
      await deliver(world);
      const before = world.links.links.get('erp|order|shop/1');
      const requests = world.target.requests.length;
      repeat(world, 2, 'a');
      await deliver(world);
      expect(world.outcomes()).toEqual(['verified', 'unchanged']);
      expect(world.attempts()[1]?.documents).toMatchObject([{ targetId: '1' }]);
      expect(world.target.requests.slice(requests).filter((each) => each !== 'fence')).toEqual([]);
      expect(world.links.links.get('erp|order|shop/1')).toEqual({ ...before, deliveredVersion: 2, epoch: 2 });
    });

    it('writes nothing after the mapping was changed, and leaves that to the next change', async () => {
      const world = new World();
      world.append('order', order(1, { content: 'a' }));
      await deliver(world);
      const flow = world.flows.get('order:shop:erp');
      if (flow !== undefined) world.flows.set(flow.id, { ...flow, mappingRevision: 2 });
      repeat(world, 2, 'a');
      await deliver(world);
      expect(world.outcomes()).toEqual(['verified', 'unchanged']);
      expect(world.links.links.get('erp|order|shop/1')).toMatchObject({ deliveredVersion: 2, mappingRevision: 1 });
    });

    it('lets a newer version win, whichever comes first', async () => {
      const world = new World();
      world.append('order', order(1, { content: 'a' }));
      await deliver(world);
      world.append('order', order(3, { content: 'b' }));
      repeat(world, 2, 'a');
      await deliver(world);
      expect(world.outcomes()).toEqual(['verified', 'verified', 'superseded']);
      expect(world.target.documents).toMatchObject([{ content: 'b' }]);
    });

    it('is written when the target is between two states after all', async () => {
      const world = new World();
      world.append('order', order(1, { content: 'a' }));
      await deliver(world);
      world.append('order', order(2, { content: 'b' }));
      world.target.faults.set('update', ['rejected']);
      await deliver(world);
      world.append('order', order(4, { content: 'a' }), {}, 3);
      await deliver(world);
      expect(world.outcomes().at(-1)).toBe('verified');
      expect(world.target.requests.at(-1)).toBe('read');
    });

    it('does not keep the version before it from being created', async () => {
      const world = new World();
      const { entrepot_hash: contentHash = '' } = world.append('order', order(1)).headers;
      world.published.set('order/shop/1', { version: 2, contentHash });
      await deliver(world);
      expect(world.outcomes()).toEqual(['verified']);
      expect(world.target.documents).toHaveLength(1);
    });
  });

  it('sends what is unchanged again after the mapping was changed', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    const flow = world.flows.get('order:shop:erp');
    if (flow !== undefined) world.flows.set(flow.id, { ...flow, mappingRevision: 2 });
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'verified']);
  });

  it("gives the mapper what the flow's expressions give, for the record and for each line", async () => {
    const world = new World({ fields: { U_Id: 'note' }, lineFields: { U_Title: '$uppercase(title)' } });
    const lines = [
      { id: 'l1', title: 'mug' },
      { id: 'l2', title: 'tee' },
    ];
    world.append('order', order(1, { lines }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.contexts.get('order')).toMatchObject({
      fields: { U_Id: null },
      lineFields: { l1: { U_Title: 'MUG' }, l2: { U_Title: 'TEE' } },
    });
  });

  it("fails with the setting's name when an expression for lines fails, before anything is written", async () => {
    const world = new World({ lineFields: { U_Sum: '1 + title' } });
    world.append('order', order(1, { lines: [{ id: 'l1', title: 'mug' }] }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['failed']);
    expect(world.attempts()[0]?.error).toMatchObject({
      code: 'expression-failed',
      fields: [{ path: 'lineFields.U_Sum' }],
    });
    expect(world.target.documents).toEqual([]);
  });

  it('fails in words by settings that an older release saved and this one cannot use; corrected, it goes on', async () => {
    const world = new World();
    const flow = world.flows.get('order:shop:erp') as Flow;
    const problems = [{ path: 'settings.totalTolerance', message: 'must be an amount of zero or more' }];
    world.flows.set(flow.id, { ...flow, usable: false, problems });
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['failed']);
    expect(world.attempts()[0]?.error).toMatchObject({
      code: 'flow-settings-invalid',
      message: expect.stringContaining('settings.totalTolerance must be an amount'),
    });
    world.flows.set(flow.id, flow);
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['failed', 'verified']);
  });

  it('cancels what is there, and creates nothing that is already cancelled', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    world.append('order', order(2, { cancelled: true }));
    world.append('order', order(1, { id: '2', cancelled: true }));
    await deliver(world);
    expect(world.outcomes().sort()).toEqual(['unchanged', 'verified', 'verified']);
    expect(world.target.documents).toMatchObject([{ ref: 'shop/1', cancelled: true }]);
  });

  it('does not create what a newer published version may have made pointless', async () => {
    const world = new World();
    world.append('order', order(1));
    world.published.set('order/shop/1', { version: 2, contentHash: 'other' });
    await deliver(world);
    expect(world.attempts()).toMatchObject([{ outcome: 'superseded', supersededBy: 2 }]);
    expect(world.target.documents).toHaveLength(0);
    expect(world.links.links.get('erp|order|shop/1')?.documents).toEqual([]);
  });

  it('adopts a draft as accepted, and posts it no second time', async () => {
    const world = new World();
    world.target.draftNext = true;
    world.append('order', order(1));
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['accepted', 'accepted']);
    expect(world.target.documents).toHaveLength(1);
    const [draft] = world.target.documents;
    if (draft !== undefined) draft.draft = false;
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes().at(-1)).toBe('verified');
  });

  it('cancelled while its draft waits says what to do with the draft, and is done when that is gone', async () => {
    const world = new World();
    world.target.draftNext = true;
    world.append('order', order(1));
    await deliver(world);
    world.append('order', order(2, { cancelled: true }));
    await deliver(world);
    expect(world.attempts().at(-1)).toMatchObject({ outcome: 'accepted', error: { code: 'cancellation-pending' } });
    world.target.documents.length = 0;
    world.append('order', order(2, { cancelled: true }), { attempt: 2 });
    await deliver(world);
    expect(world.outcomes().at(-1)).toBe('unchanged');
    expect(world.target.documents).toHaveLength(0);
  });

  it('cancelled when its document is gone from the target already has nothing to do', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    world.target.documents.length = 0;
    world.append('order', order(2, { cancelled: true }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified', 'unchanged']);
  });

  it('names two documents with one reference instead of taking the first', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    const [first] = world.target.documents;
    if (first !== undefined) world.target.documents.push({ ...first, id: '99' });
    world.links.links.clear();
    world.append('order', order(2));
    await deliver(world);
    expect(world.attempts().at(-1)).toMatchObject({ outcome: 'mismatch', error: { code: 'duplicate' } });
  });

  it('says that a link is new only before the first intent of a record that has none', async () => {
    const world = new World();
    const told: (boolean | undefined)[] = [];
    const { recordIntent } = world.links;
    world.links.recordIntent = (key, intent, epoch) => {
      told.push(intent.likelyNew);
      return recordIntent(key, intent, epoch);
    };
    world.append('order', order(1));
    await deliver(world);
    expect(told).toEqual([true]);
    world.target.documents.length = 0;
    world.append('order', order(2), { force: true });
    await deliver(world);
    expect(told).toEqual([true, false]);
  });

  it('reports a document that is gone from the target, and makes it anew only when forced', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    world.target.documents.length = 0;
    world.append('order', order(2));
    world.append('order', order(2), { force: true, attempt: 2 });
    await deliver(world);
    expect(world.attempts().slice(1)).toMatchObject([
      { outcome: 'failed', error: { code: 'target-document-gone' } },
      { outcome: 'verified' },
    ]);
    expect(world.target.documents).toHaveLength(1);
  });

  it('obeys a mark set by hand', async () => {
    const world = new World();
    const record = world.append('order', order(1));
    const key = { target: 'erp', entity: 'order' as const, sourceKey: 'shop/1' };
    await world.links.recordIntent(
      key,
      { role: 'x', subId: null, externalRef: 'x', sentAtMicros: null, atMicros: 0 },
      0,
    );
    await world.links.clearIntent(key, { role: 'x', subId: null }, 0);
    const link = world.links.links.get('erp|order|shop/1');
    const mark = {
      deliveryId: record.headers.entrepot_delivery ?? '',
      kind: 'discarded' as const,
      by: 'ann',
      reason: 'test',
      atMicros: 1,
    };
    if (link !== undefined) world.links.links.set(link._id, { ...link, marks: [mark] });
    await deliver(world);
    expect(world.outcomes()).toEqual(['discarded']);
    expect(world.target.requests).toEqual(['fence']);
  });

  it('fails with words when its flow is switched off or gone', async () => {
    const world = new World();
    world.append('order', order(1));
    world.append('order', order(1, { id: '2' }), { flow: 'order:nobody:erp' });
    const flow = world.flows.get('order:shop:erp');
    if (flow !== undefined) world.flows.set(flow.id, { ...flow, active: false });
    await deliver(world);
    expect(
      world
        .attempts()
        .map(({ error }) => error?.code)
        .sort(),
    ).toEqual(['flow-deleted', 'flow-switched-off']);
  });
});

describe('unanswered writes', () => {
  it.each(['cut-after', 'late'] as const)(
    'finds the document of a create that was %s, and creates no other',
    async (fault) => {
      const world = new World();
      world.target.faults.set('create', [fault]);
      world.append('order', order(1));
      await deliver(world);
      expect(world.outcomes()).toEqual(['in-doubt', 'verified']);
      expect(world.target.documents).toHaveLength(1);
    },
  );

  it('creates again only after the request can no longer take effect', async () => {
    const world = new World();
    world.target.faults.set('create', ['cut-before']);
    world.append('order', order(1));
    const before = world.clock.monotonicMs();
    await deliver(world);
    expect(world.outcomes()).toEqual(['in-doubt', 'verified']);
    expect(world.clock.monotonicMs() - before).toBeGreaterThan(5_000);
    expect(world.attempts()[0]?.notBeforeMicros).toBeGreaterThan(0);
  });

  it('takes a look-up for what was there when it was asked, however late its answer is read', async () => {
    const world = new World();
    world.target.faults.set('create', ['late']);
    world.append('order', order(1));
    // The first look-up after the create: it finds nothing, and its answer comes when nothing sent can still appear.
    world.clock.schedule(1_300, () => {
      world.target.latencyMs = 5_000;
    });
    world.clock.schedule(2_500, () => {
      world.target.latencyMs = 10;
    });
    await deliver(world);
    expect(world.target.documents).toHaveLength(1);
    expect(world.outcomes().at(-1)).toBe('verified');
  });

  it('does not take a state for arrived that an unanswered update of another version may still replace', async () => {
    const world = new World();
    world.append('order', order(1, { content: 'as before' }));
    await deliver(world);
    const changed = world.append('order', order(2, { content: 'changed' }));
    const takenBack = world.append('order', order(3, { content: 'as before' }));
    world.target.faults.set('update', ['late']);
    // Side by side, as from the live and the bulk lane.
    process = new SinkProcess(world, 'one');
    const first = process.work([changed]);
    await world.clock.drive(world.clock.sleep(1_500, new AbortController().signal), MINUTE_MS);
    await world.clock.drive(Promise.all([first, process.work([takenBack])]), MINUTE_MS);
    await world.clock.drive(world.clock.sleep(10_000, new AbortController().signal), MINUTE_MS);
    await world.clock.drive(process.stop(), MINUTE_MS);
    process = null;
    // Its content is the first one's again: the late update came first, and was then taken back.
    expect(world.target.documents).toMatchObject([{ content: 'as before' }]);
  });

  it('holds a later version back until an unanswered update has settled', async () => {
    const world = new World();
    world.append('order', order(1));
    await deliver(world);
    world.append('order', order(2));
    world.append('order', order(3));
    world.target.faults.set('update', ['late']);
    await deliver(world);
    expect(world.target.log.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(world.target.documents).toMatchObject([{ version: 3 }]);
  });
});

describe('outage is not failure', () => {
  it('holds while the target is down, and loses and counts nothing', async () => {
    const world = new World();
    for (let id = 1; id <= 5; id += 1) world.append('order', order(1, { id: String(id) }));
    world.target.down = 'down';
    world.clock.schedule(5 * MINUTE_MS, () => {
      world.target.down = null;
    });
    await deliver(world, 20 * MINUTE_MS);
    expect(world.outcomes()).toEqual(Array(5).fill('verified'));
    expect(world.laneChanges).toContain('held');
    expect(world.target.requests.length).toBeLessThan(500);
  });

  it.each(['database', 'broker'] as const)('holds while the %s is away', async (what) => {
    const world = new World();
    for (let id = 1; id <= 5; id += 1) world.append('order', order(1, { id: String(id) }));
    const until = world.clock.monotonicMs() + MINUTE_MS;
    if (what === 'database') world.databaseDownUntilMs = until;
    else world.brokerDownUntilMs = until;
    await deliver(world, 5 * MINUTE_MS);
    expect(world.outcomes()).toEqual(Array(5).fill('verified'));
    expect(world.target.documents).toHaveLength(5);
  });

  it('new settings do not disturb a delivery that is under way', async () => {
    const world = new World();
    world.append('order', order(1));
    world.target.latencyMs = 2_000;
    const changeDuringCreate = (): void => {
      const connection = world.connections.get('erp');
      if (connection === undefined || !world.target.requests.includes('create'))
        world.clock.schedule(100, changeDuringCreate);
      else world.setConnection({ ...connection, accessRevision: 2 });
    };
    changeDuringCreate();
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    // No answer was lost, so that nothing is looked for again.
    expect(world.target.requests).toEqual(['fence', 'find', 'create', 'read']);
  });

  it('asks for attention once when credentials are refused, and goes on when they are changed', async () => {
    const world = new World();
    world.append('order', order(1));
    world.target.down = 'unauthorized';
    world.clock.schedule(MINUTE_MS, () => {
      world.target.down = null;
      const connection = world.connections.get('erp');
      if (connection !== undefined) world.setConnection({ ...connection, accessRevision: 2, attention: null });
    });
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.laneChanges.filter((state) => state === 'needs-attention')).toHaveLength(1);
    expect(world.target.requests.filter((each) => each === 'fence')).toHaveLength(2);
  });

  it.each([
    ['down', 'connection refused'],
    ['timeout', 'fence had no answer'],
    ['unexpected', 'fence: unexpected'],
    ['rejected', 'fence: rejected'],
    ['conflict', 'fence: conflict'],
    ['bug', 'undefined is not a function'],
  ] as const)('holds in words while it cannot be fenced (%s), and is tried again', async (fault, words) => {
    const world = new World();
    world.target.faults.set('fence', [fault, fault]);
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.requests.filter((each) => each === 'fence')).toHaveLength(3);
    expect(world.laneChanges.slice(0, 2)).toEqual(['held', 'running']);
    expect(world.laneReasons.slice(0, 2)).toEqual([`the lane cannot be fenced, and is tried again: ${words}`, null]);
  });

  it('a connection that cannot be opened is told in words, and opened when it can be', async () => {
    const world = new World();
    world.openingFaults.push(new Error('no address'), new Error('no address'));
    world.append('order', order(1));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.laneReasons[0]).toBe('the connection cannot be opened: no address');
    expect(world.laneChanges[0]).toBe('needs-attention');
    expect(world.laneChanges).toContain('running');
  });

  it('asks for attention also when the database is away at that moment', async () => {
    const world = new World();
    world.append('order', order(1));
    world.target.down = 'unauthorized';
    const attention = () => world.connections.get('erp')?.attention ?? null;
    let whileAway: string | null = 'not looked';
    world.clock.schedule(1, () => {
      world.databaseDownUntilMs = world.clock.monotonicMs() + MINUTE_MS / 2;
    });
    world.clock.schedule(MINUTE_MS / 4, () => {
      whileAway = attention();
    });
    world.clock.schedule(MINUTE_MS, () => {
      world.target.down = null;
      const connection = world.connections.get('erp');
      // A person settles what is shown, and nothing else.
      if (connection !== undefined && attention() !== null) world.setConnection({ ...connection, attention: null });
    });
    await deliver(world);
    expect(world.target.requests).toContain('fence');
    expect(whileAway).toBeNull();
    expect(world.outcomes()).toEqual(['verified']);
  });

  it('says anew that it waits for a person when it has its lane again, since another may have said otherwise meanwhile', async () => {
    const world = new World();
    world.append('order', order(1));
    world.target.down = 'unauthorized';
    world.clock.schedule(MINUTE_MS / 4, () => {
      // Longer than a lease.
      world.databaseDownUntilMs = world.clock.monotonicMs() + MINUTE_MS / 4;
    });
    world.clock.schedule(MINUTE_MS, () => {
      world.target.down = null;
      const connection = world.connections.get('erp');
      if (connection !== undefined) world.setConnection({ ...connection, attention: null });
    });
    await deliver(world);
    const epochs = world.laneEpochs.filter((_epoch, index) => world.laneChanges[index] === 'needs-attention');
    expect(epochs).toEqual([1, 2]);
    expect(world.outcomes()).toEqual(['verified']);
  });

  it('opens the target anew after a person’s test, since an open one remembers the refusal', async () => {
    const world = new World();
    world.append('order', order(1));
    world.target.down = 'unauthorized';
    let openedBefore = 0;
    world.clock.schedule(MINUTE_MS, () => {
      world.target.down = null;
      openedBefore = world.target.opened;
      const connection = world.connections.get('erp');
      if (connection !== undefined) world.setConnection({ ...connection, attention: null });
    });
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.opened).toBe(openedBefore + 1);
  });

  it('waits as long as a throttling target asks for', async () => {
    const world = new World();
    world.append('order', order(1));
    world.target.faults.set('create', ['throttled', 'throttled']);
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.documents).toHaveLength(1);
  });
});

describe('errors of one record', () => {
  it.each(['unexpected', 'conflict'] as const)(
    'tries %s twice in place, then leaves it to the schedule',
    async (fault) => {
      const world = new World();
      world.target.faults.set('create', [fault, fault]);
      world.append('order', order(1));
      await deliver(world);
      expect(world.outcomes()).toEqual(['verified']);
      world.target.faults.set('create', [fault, fault, fault]);
      world.append('order', order(1, { id: '2' }));
      await deliver(world);
      expect(world.attempts().at(-1)).toMatchObject({ outcome: 'retrying', error: { kind: fault } });
    },
  );

  it('fails a rejected, an unmappable and a buggy one, and delivers their neighbours', async () => {
    const world = new World();
    world.append('order', order(1, { id: 'bad' }));
    world.append('order', order(1, { id: 'worse', content: 'unmappable' }));
    world.append('order', order(1, { id: 'good' }));
    world.target.faults.set('create', ['rejected']);
    await deliver(world);
    const byId = new Map(world.attempts().map((attempt) => [attempt.sourceId, attempt]));
    expect(byId.get('worse')).toMatchObject({ outcome: 'failed', error: { kind: 'mapping' } });
    expect([byId.get('bad')?.outcome, byId.get('good')?.outcome].sort()).toEqual(['failed', 'verified']);
    world.target.faults.set('find', ['bug']);
    world.append('order', order(1, { id: 'bug' }));
    await deliver(world);
    expect(world.attempts().at(-1)).toMatchObject({ outcome: 'failed', error: { kind: 'bug', code: 'TypeError' } });
    expect(world.attempts().at(-1)?.error?.stack).toContain('target-model');
  });

  it('takes unavailability for the record’s own trouble when others get through', async () => {
    const world = new World();
    world.target.faults.set('create', Array(6).fill('down'));
    world.append('order', order(1));
    await deliver(world, 30 * MINUTE_MS);
    expect(world.outcomes()).toEqual(['retrying']);
  });
});

describe('dependencies', () => {
  const customer = { sourceKey: 'shop/c1', email: 'ann@example.com' };

  it('waits for an absent item by name, and goes on when it is there', async () => {
    const world = new World();
    world.append('order', order(1, { sku: 'SKU-9' }));
    await deliver(world);
    expect(world.attempts()).toMatchObject([
      {
        outcome: 'waiting',
        waitingOn: [{ entity: 'product', match: 'SKU-9', sourceKey: null }],
        error: {
          message: 'Not in the target yet: product "SKU-9"',
          advice: expect.stringContaining('Correct the SKU at the source'),
        },
      },
    ]);
    world.target.items.add('SKU-9');
    world.append('order', order(1, { sku: 'SKU-9' }), { attempt: 2 });
    await deliver(world);
    expect(world.outcomes()).toEqual(['waiting', 'verified']);
  });

  it('makes one customer of two orders at once, and of the customer’s own delivery', async () => {
    const world = new World();
    world.append('order', order(1, { id: '1', customer }));
    world.append('order', order(1, { id: '2', customer }));
    world.append('customer', { deleted: false, id: 'c1', version: 5, content: customer.email });
    await deliver(world);
    expect(world.target.documents.filter(({ kind }) => kind === 'customer')).toHaveLength(1);
    expect(world.target.documents.filter(({ kind }) => kind === 'order')).toHaveLength(2);
  });

  it('leaves a customer as it is who is found by reference, whatever the order knew of it', async () => {
    const world = new World();
    const held = { id: 'C20', ref: 'shop/c1', kind: 'customer', version: 5, content: 'Ann', cancelled: false };
    world.target.documents.push({ ...held, draft: false, email: 'ann@newer.example.com' });
    world.append('order', order(1, { customer }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.documents.filter(({ kind }) => kind === 'customer')).toMatchObject([held]);
  });

  it('uses the one customer who is there by e-mail, and asks a person when there are two', async () => {
    const world = new World();
    const made = {
      ref: '',
      kind: 'customer',
      version: 0,
      content: 'x',
      cancelled: false,
      draft: false,
      email: customer.email,
    };
    world.target.documents.push({ ...made, id: 'C20' });
    world.append('order', order(1, { customer }));
    await deliver(world);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.links.links.get('erp|customer|shop/c1')).toMatchObject({ documents: [{ targetId: 'C20' }] });
    world.target.documents.push({ ...made, id: 'C21' });
    world.append('order', order(1, { id: '2', customer: { sourceKey: 'shop/c2', email: customer.email } }));
    await deliver(world, 30 * MINUTE_MS);
    expect(world.attempts().at(-1)).toMatchObject({ outcome: 'mismatch', error: { code: 'ambiguous-match' } });
  });
});
