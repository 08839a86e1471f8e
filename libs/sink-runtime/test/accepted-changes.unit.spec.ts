import { describe, expect, it } from 'vitest';
import { TakingTarget } from './model/taking-target.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const order = { deleted: false, id: '1', version: 1, content: 'v1' };
const changed = { ...order, version: 2, content: 'v2' };
const confirmed = { reference: 'shop/1', role: 'order', subId: null, targetId: '1', number: '1' };

async function work(world: World): Promise<void> {
  const process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
}

async function deliver(world: World, state: object, lane: { attempt?: number; force?: boolean } = {}): Promise<void> {
  world.append('order', { ...order, ...state }, lane);
  await work(world);
}

async function pass(world: World, ms: number): Promise<void> {
  await world.clock.drive(world.clock.sleep(ms, new AbortController().signal), ms + MINUTE_MS);
}

/** A target that has the order's first version, and takes changes of it. */
async function openWorld(by: 'poll' | 'inbound'): Promise<{ world: World; target: TakingTarget }> {
  const world = new World();
  const target = new TakingTarget(world.target, by, 4 * HOUR_MS);
  target.takesChanges = true;
  world.adapt = (definition) => target.adapt(definition);
  await deliver(world, order);
  target.make();
  if (by === 'inbound') {
    world.confirm(confirmed);
    await work(world);
  }
  await deliver(world, order, { attempt: 2 });
  expect(world.outcomes()).toEqual(['accepted', 'verified']);
  world.target.requests.length = 0;
  world.target.log.length = 0;
  return { world, target };
}

const lastOf = (world: World) => world.attempts().at(-1);
const acceptanceOf = (world: World) => world.links.links.get('erp|order|shop/1')?.documents[0]?.accepted;

describe.each(['poll', 'inbound'] as const)('a change that a target only takes (%s)', (by) => {
  it('is sent once, looked at, and verified when it has taken effect', async () => {
    const { world, target } = await openWorld(by);
    await deliver(world, changed);
    const first = lastOf(world);
    expect(first).toMatchObject({
      outcome: 'accepted',
      error: { code: 'confirmation-pending', message: expect.stringContaining('a change of the order shop/1') },
      documents: [{ targetId: '1', draft: false, accepted: { handle: by === 'poll' ? 'change/1/1' : null } }],
    });
    expect((first?.notBeforeMicros ?? 0) - (first?.endedAtMicros ?? 0)).toBeLessThanOrEqual(2_000_000);
    await pass(world, 10 * MINUTE_MS);
    await deliver(world, changed, { attempt: 2 });
    expect(lastOf(world)).toMatchObject({ outcome: 'accepted' });
    target.carryOut();
    await deliver(world, changed, { attempt: 3 });
    expect(lastOf(world)).toMatchObject({ outcome: 'verified', error: null });
    expect(lastOf(world)?.documents[0]).not.toHaveProperty('accepted');
    expect(acceptanceOf(world)).toBeNull();
    expect(world.target.log).toEqual([{ ref: 'shop/1', version: 2, kind: 'update' }]);
  });

  it('is sent once though the process that sent it ends', async () => {
    const { world, target } = await openWorld(by);
    for (let call = 1; call <= 12; call += 1) {
      const state = { ...order, version: call + 1, content: `v${call + 1}` };
      world.append('order', state);
      const dying = new SinkProcess(world, 'two', { call, when: 'after' });
      await world.clock.drive(Promise.race([dying.work(), dying.died]), MINUTE_MS);
      dying.kill();
      await pass(world, MINUTE_MS);
      await work(world);
      target.carryOut();
      await deliver(world, state, { attempt: 2 });
      const sent = world.target.log.filter(({ version }) => version === state.version);
      expect(sent.length, `call ${call}`).toBe(1);
      expect(lastOf(world)?.outcome, `call ${call}`).toMatch(/^(verified|unchanged)$/);
    }
  });

  it('that is overdue is a matter of a person, and sent again only by force', async () => {
    const { world, target } = await openWorld(by);
    await deliver(world, changed);
    await deliver(world, changed, { attempt: 2, force: true });
    expect(lastOf(world)?.outcome).toBe('accepted');
    await pass(world, 4 * HOUR_MS);
    await deliver(world, changed, { attempt: 3 });
    expect(lastOf(world)).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'confirmation-overdue',
        message: expect.stringContaining('has not carried it out'),
        advice: expect.stringContaining('retry with force'),
      },
    });
    expect(world.target.log).toHaveLength(1);
    target.refuseChange('change/1/1');
    await deliver(world, changed, { attempt: 4, force: true });
    expect(world.target.log).toHaveLength(by === 'poll' ? 1 : 2);
    await deliver(world, changed, { attempt: 5, force: true });
    target.carryOut();
    await deliver(world, changed, { attempt: 6 });
    expect(lastOf(world)?.outcome).toBe('verified');
    expect(world.target.log).toHaveLength(2);
  });

  it('that took effect otherwise than planned is not sent again by itself', async () => {
    const { world, target } = await openWorld(by);
    await deliver(world, changed);
    const [document] = world.target.documents;
    if (document !== undefined) document.content = 'another';
    target.carryOut();
    await deliver(world, changed, { attempt: 2 });
    // By a handle the target says that it is done; what only shows may still come.
    expect(lastOf(world)?.outcome).toBe(by === 'poll' ? 'mismatch' : 'accepted');
    await deliver(world, changed, { attempt: 3 });
    expect(world.target.log).toHaveLength(by === 'poll' ? 2 : 1);
  });
});

describe('a newer version, while a change is to come', () => {
  it('waits for the end of a change that is polled, and makes the older delivery superseded', async () => {
    const { world, target } = await openWorld('poll');
    await deliver(world, changed);
    await deliver(world, { version: 3, content: 'v3' });
    expect(lastOf(world)?.outcome).toBe('accepted');
    expect(world.target.log.map(({ version }) => version)).toEqual([2]);
    target.carryOut();
    await deliver(world, { version: 3, content: 'v3' }, { attempt: 2 });
    expect(lastOf(world)).toMatchObject({ outcome: 'accepted', documents: [{ accepted: { handle: 'change/1/2' } }] });
    await deliver(world, changed, { attempt: 2 });
    expect(lastOf(world)).toMatchObject({ outcome: 'superseded', supersededBy: 3 });
    target.carryOut();
    await deliver(world, { version: 3, content: 'v3' }, { attempt: 3 });
    expect(lastOf(world)?.outcome).toBe('verified');
    expect(world.target.log.map(({ version }) => version)).toEqual([2, 3]);
  });

  it('is sent though the process ends that was about to send it', async () => {
    const { world, target } = await openWorld('poll');
    for (let call = 1; call <= 24; call += 1) {
      const [earlier, newer] = [2 * call, 2 * call + 1].map((version) => ({
        ...order,
        version,
        content: `v${version}`,
      }));
      const dying = new SinkProcess(world, 'two', { call, when: 'after' });
      for (const state of [earlier, newer]) {
        world.append('order', { ...order, ...state });
        await world.clock.drive(Promise.race([dying.work(), dying.died]), MINUTE_MS);
        target.carryOut();
      }
      dying.kill();
      await pass(world, MINUTE_MS);
      await work(world);
      for (const attempt of [2, 3]) {
        target.carryOut();
        await deliver(world, { ...newer }, { attempt });
      }
      expect(lastOf(world)?.outcome, `call ${call}`).toMatch(/^(verified|unchanged)$/);
      expect(world.outcomes(), `call ${call}`).not.toContain('mismatch');
    }
  });

  it('is sent, where the earlier change was refused', async () => {
    const { world, target } = await openWorld('poll');
    await deliver(world, changed);
    target.refuseChange('change/1/1');
    await deliver(world, { version: 3, content: 'v3' });
    expect(lastOf(world)).toMatchObject({ outcome: 'accepted' });
    target.carryOut();
    await deliver(world, { version: 3, content: 'v3' }, { attempt: 2 });
    expect(lastOf(world)?.outcome).toBe('verified');
  });

  it('is looked at when its confirmation comes, which does not end the wait by itself', async () => {
    const { world, target } = await openWorld('inbound');
    await deliver(world, changed);
    world.confirm({ ...confirmed, number: 'SO-1' });
    await work(world);
    expect(world.links.links.get('erp|order|shop/1')?.documents[0]).toMatchObject({
      targetNumber: 'SO-1',
      accepted: { handle: null },
    });
    await deliver(world, changed, { attempt: 2 });
    expect(lastOf(world)?.outcome).toBe('accepted');
    target.carryOut();
    await deliver(world, changed, { attempt: 3 });
    expect(lastOf(world)?.outcome).toBe('verified');
  });

  it('is sent on top of one that only shows', async () => {
    const { world, target } = await openWorld('inbound');
    await deliver(world, changed);
    await deliver(world, { version: 3, content: 'v3' });
    target.carryOut();
    await deliver(world, { version: 3, content: 'v3' }, { attempt: 2 });
    expect(lastOf(world)?.outcome).toBe('verified');
    expect(world.target.log.map(({ version }) => version)).toEqual([2, 3]);
  });
});

it('a change that is refused after all fails with the words of the target, and a retry sends it again', async () => {
  const { world, target } = await openWorld('poll');
  await deliver(world, changed);
  target.refuseChange('change/1/1');
  await deliver(world, changed, { attempt: 2 });
  expect(lastOf(world)).toMatchObject({ outcome: 'failed', error: { code: 'late', advice: 'Correct it.' } });
  await deliver(world, changed, { attempt: 3 });
  expect(lastOf(world)).toMatchObject({ outcome: 'accepted', documents: [{ accepted: { handle: 'change/1/2' } }] });
  expect(world.target.log).toHaveLength(2);
});
