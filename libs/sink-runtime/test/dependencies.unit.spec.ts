import { afterEach, describe, expect, it } from 'vitest';
import type { ModelRecord } from '../src/testing/model-record.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;

function order(id: string, customer: ModelRecord['customer'], version = 1): ModelRecord {
  return { deleted: false, id, version, content: `v${version}`, ...(customer === undefined ? {} : { customer }) };
}

let process: SinkProcess | null = null;
afterEach(async () => {
  await process?.stop();
  process = null;
});

async function deliver(world: World): Promise<void> {
  process = new SinkProcess(world, 'one');
  expect(await world.clock.drive(process.work(), 10 * MINUTE_MS)).toBe('done');
  await world.clock.drive(process.stop(), MINUTE_MS);
  process = null;
}

const partner = (id: string, key: string) => ({
  id,
  ref: `by-hand/${id}`,
  kind: 'customer',
  version: 0,
  content: key,
  cancelled: false,
  draft: false,
  email: key,
});
const customersOf = (world: World) => world.target.documents.filter(({ kind }) => kind === 'customer');
const usedBy = (world: World) => world.target.contexts.get('order')?.resolved.map(({ targetId }) => targetId);

describe('a dependency that the source knows by its key in the target', () => {
  const company = { sourceKey: 'shop/c1', email: 'C-NW', askedFirst: 'target' } as const;

  it('is taken by that key, made by nobody, and noted in its link', async () => {
    const world = new World();
    world.target.documents.push(partner('C-NW', 'C-NW'));
    world.append('order', order('1', company));
    world.append('order', order('2', company));
    await deliver(world);
    expect(customersOf(world)).toHaveLength(1);
    expect(usedBy(world)).toEqual(['C-NW']);
    expect(world.links.links.get('erp|customer|shop/c1')?.documents).toMatchObject([{ targetId: 'C-NW' }]);
  });

  it('is made once where nothing has the key, also by two at once', async () => {
    const world = new World();
    world.append('order', order('1', company));
    world.append('order', order('2', company));
    await deliver(world);
    expect(customersOf(world)).toHaveLength(1);
  });

  it('is the linked one as long as nothing has the key, and the one with the key from then on', async () => {
    const world = new World();
    world.append('order', order('1', { ...company, askedFirst: 'link', email: 'other' }));
    await deliver(world);
    const [first] = customersOf(world);
    world.append('order', order('2', company));
    await deliver(world);
    expect(usedBy(world)).toEqual([first?.id]);
    world.target.documents.push(partner('C-NW', 'C-NW'));
    world.append('order', order('3', company));
    await deliver(world);
    expect(usedBy(world)).toEqual(['C-NW']);
    expect(world.links.links.get('erp|customer|shop/c1')?.documents).toMatchObject([{ targetId: 'C-NW' }]);
    expect(customersOf(world)).toHaveLength(2);
  });

  it('is for a person when several have the key', async () => {
    const world = new World();
    world.target.documents.push(partner('A', 'C-NW'), partner('B', 'C-NW'));
    world.append('order', order('1', company));
    await deliver(world);
    expect(world.outcomes()).toEqual(['mismatch']);
  });

  it.each(['link', 'target'] as const)(
    'is left out where it is not needed and absent (%s first)',
    async (askedFirst) => {
      const world = new World();
      world.append('order', order('1', { ...company, askedFirst, whenAbsent: 'ignore' }));
      await deliver(world);
      expect(world.outcomes()).toEqual(['verified']);
      expect(usedBy(world)).toEqual([]);
      expect(customersOf(world)).toEqual([]);
    },
  );
});

it('a dependency on one document does not take another one of that record', async () => {
  const world = new World();
  world.append('order', order('1', { sourceKey: 'shop/c1', email: 'ann@example.com' }));
  await deliver(world);
  const [first] = customersOf(world);
  world.append(
    'order',
    order('2', { sourceKey: 'shop/c1', email: 'other', document: { role: 'customer', subId: null } }),
  );
  await deliver(world);
  expect(usedBy(world)).toEqual([first?.id]);
  const contact = { role: 'contact', subId: 'C-1' };
  world.append('order', order('3', { sourceKey: 'shop/c1', email: 'else', document: contact, whenAbsent: 'ignore' }));
  await deliver(world);
  expect(usedBy(world)).toEqual([]);
});
