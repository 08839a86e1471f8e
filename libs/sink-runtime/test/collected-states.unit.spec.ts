import type { CollectKey } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;
const CUSTOMER: CollectKey = { entity: 'customer', sourceKey: 'shop/c1' };
const OF_ORDER: CollectKey = {
  entity: 'customer',
  connection: 'shop',
  orderingKey: { entity: 'order', sourceId: '1' },
};

function makeWorld(): World {
  const world = new World();
  world.target.collects = ['customer'];
  return world;
}

async function keep(world: World, id: string, version: number, text?: string): Promise<void> {
  const value = { id, deleted: false, source: { connection: 'shop', id, version } };
  await world.latestStates.keep({
    vendor: 'model',
    entity: 'customer',
    connection: 'shop',
    sourceId: id,
    orderingKey: { entity: 'order', sourceId: '1' },
    version,
    offset: BigInt(version),
    deleted: false,
    value: Buffer.from(text ?? JSON.stringify(value)),
  });
}

async function deliver(world: World, basedOn: readonly CollectKey[], version = 1): Promise<void> {
  world.append('order', { deleted: false, id: '1', version, content: `v${version}`, basedOn });
  const process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
}

describe('a plan that is based on the latest states of other records', () => {
  it('has them: of one record, or of all that are about one', async () => {
    const world = makeWorld();
    for (const [id, version] of [
      ['c1', 3],
      ['c1', 2],
      ['c2', 7],
    ] as const)
      await keep(world, id, version);
    await deliver(world, [CUSTOMER]);
    await deliver(world, [OF_ORDER], 2);
    await deliver(world, [{ entity: 'customer', sourceKey: 'shop/none' }], 3);
    const contents = world.target.log.map(({ version }) => version);
    expect(contents).toEqual([1, 2, 3]);
    expect(world.outcomes()).toEqual(['verified', 'verified', 'verified']);
    expect(world.target.contexts.get('order')?.collected({ entity: 'customer', sourceKey: 'shop/none' })).toEqual([]);
    await deliver(world, [OF_ORDER], 4);
    expect(world.target.documents).toMatchObject([{ content: 'v4+c1@3+c2@7' }]);
  });

  it('waits until the states that passed before are there, and writes nothing meanwhile', async () => {
    const world = makeWorld();
    world.latestStates.complete = false;
    await keep(world, 'c1', 3);
    await deliver(world, [CUSTOMER]);
    expect(world.attempts()).toMatchObject([
      {
        outcome: 'waiting',
        waitingOn: [{ entity: 'customer', sourceKey: null, match: 'all of shop' }],
        error: { code: 'states-incomplete', message: expect.stringContaining('customer of shop') },
      },
    ]);
    expect(world.target.requests).not.toContain('create');
    world.latestStates.complete = true;
    await deliver(world, [CUSTOMER], 2);
    expect(world.target.documents).toMatchObject([{ content: 'v2+c1@3' }]);
  });

  it('fails in words where one of them cannot be read, or is of another record', async () => {
    const world = makeWorld();
    await keep(world, 'c1', 1, JSON.stringify({ id: 'c1', source: { connection: 'shop', id: 'c2' } }));
    await deliver(world, [CUSTOMER]);
    expect(world.attempts()).toMatchObject([
      {
        outcome: 'failed',
        error: { message: expect.stringContaining('customer shop/c1, which the plan is based on') },
      },
    ]);
  });

  it('fails where they are more than one plan can hold', async () => {
    const world = makeWorld();
    for (let index = 0; index <= 2_000; index += 1) await keep(world, `c${index}`, 1);
    await deliver(world, [OF_ORDER]);
    expect(world.attempts()).toMatchObject([{ outcome: 'failed', error: { code: 'too-many-states' } }]);
  });

  it('fails as a bug where a vendor asks for an entity that it does not declare: its states are not kept', async () => {
    const world = makeWorld();
    await deliver(world, [{ entity: 'product', sourceKey: 'shop/p' }]);
    expect(world.attempts()).toMatchObject([
      { outcome: 'failed', error: { kind: 'bug', message: expect.stringContaining('product') } },
    ]);
  });
});
