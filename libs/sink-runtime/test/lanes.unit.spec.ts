import { PartitionLost } from '@entrepot/broker';
import { describe, expect, it } from 'vitest';
import { deliverRecord } from '../src/delivery/deliver.ts';
import { SinkProcess, World } from './model/world.ts';

const MINUTE_MS = 60_000;
/** The record is under way at the target then, and not answered yet. */
const IN_THE_MIDDLE_MS = 1_000;
const LANE = [0];

/** A delivery begun by consumer 0 of a process whose target answers slowly; `lose` takes the lane away from that consumer. */
function begin(consumers: number) {
  const world = new World();
  world.target.latencyMs = 2 * IN_THE_MIDDLE_MS;
  const process = new SinkProcess(world, 'one');
  for (let consumer = 0; consumer < consumers; consumer += 1) process.lanes.expect(consumer);
  process.lanes.assign(0, LANE, []);
  const read = new AbortController();
  const record = world.append('order', { deleted: false, id: '1', version: 1, content: 'v1' });
  const delivery = deliverRecord(process.parts, record, process.lanes.follow(0, read.signal)).then(
    () => 'delivered',
    (error: unknown) => (error instanceof PartitionLost ? 'lost' : error),
  );
  const lose = (): void => {
    read.abort(new PartitionLost('lane/0'));
    process.lanes.lose(0, LANE);
    process.lanes.assign(0, [], LANE);
  };
  const pass = (ms: number): Promise<void> =>
    world.clock.drive(world.clock.sleep(ms, new AbortController().signal), MINUTE_MS);
  return { world, process, delivery, lose, pass };
}

describe('a lane whose partition', () => {
  it.each([
    ['after', 20],
    ['before', -20],
  ])('moves to another consumer of the process, told %s the loss, goes on undisturbed', async (_order, laterMs) => {
    const { world, process, delivery, lose, pass } = begin(2);
    const take = (): void => process.lanes.assign(1, LANE, []);
    world.clock.schedule(IN_THE_MIDDLE_MS, lose);
    world.clock.schedule(IN_THE_MIDDLE_MS + laterMs, take);
    expect(await world.clock.drive(delivery, MINUTE_MS)).toBe('delivered');
    await pass(10_000);
    expect(world.outcomes()).toEqual(['verified']);
    expect(world.target.requests).toEqual(['takeOver', 'find', 'create', 'read']);
    expect(world.lanes.get('erp')).toMatchObject({ epoch: 1, owner: 'one' });
    await world.clock.drive(process.stop(), MINUTE_MS);
  });

  it.each([
    ['the only consumer', 1, 10],
    ['a consumer, and no other of the process gets it', 2, 400],
  ])('is lost by %s is given up, its work ended', async (_who, consumers, withinMs) => {
    const { world, process, delivery, lose, pass } = begin(consumers);
    await pass(IN_THE_MIDDLE_MS);
    expect(world.lanes.get('erp')).toMatchObject({ owner: 'one' });
    lose();
    expect(await world.clock.drive(delivery, withinMs)).toBe('lost');
    // The target, too, has to end what it was asked.
    await pass(2 * IN_THE_MIDDLE_MS);
    expect(world.lanes.get('erp')).toMatchObject({ owner: null });
    await world.clock.drive(process.stop(), MINUTE_MS);
  });

  it('moves within the process and is lost afterwards ends what the first consumer began', async () => {
    const { world, process, delivery, lose, pass } = begin(2);
    await pass(IN_THE_MIDDLE_MS);
    lose();
    process.lanes.assign(1, LANE, []);
    await pass(500);
    process.lanes.assign(1, [], LANE);
    expect(await world.clock.drive(delivery, 400)).toBe('lost');
    await world.clock.drive(process.stop(), MINUTE_MS);
  });

  it('stays, but whose consumer stops: its work ends at once', async () => {
    const { world, process, pass } = begin(2);
    const read = new AbortController();
    const followed = process.lanes.follow(0, read.signal);
    read.abort(new Error('the consumption is stopping'));
    expect(followed.aborted).toBe(true);
    await pass(1);
    await world.clock.drive(process.stop(), MINUTE_MS);
  });
});
