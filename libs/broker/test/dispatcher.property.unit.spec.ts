import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Member, World } from './dispatcher-world.ts';

const limits = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 20 }),
  maxConcurrentPerPartition: fc.integer({ min: 1, max: 8 }),
  maxQueuedRecords: fc.integer({ min: 1, max: 60 }),
  maxQueuedBytes: fc.constant(100_000),
});

/** Order per key, one handler per key, nothing started after a loss, bounded queues, and no commit past unfinished work: at every step. */
test('keeps every promise under random delays, failures, rebalances, pauses, stale fetches and conflation', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.integer(),
        partitions: fc.integer({ min: 1, max: 4 }),
        conflate: fc.boolean(),
        rests: fc.boolean(),
        limits,
      }),
      async (options) => {
        const world = new World(options);
        const members = [new Member(world), new Member(world)];
        world.rebalance(members);
        for (let step = 0; step < 25; step += 1) {
          const member = members[Math.floor(world.random() * 2)] as Member;
          const partition = Math.floor(world.random() * options.partitions);
          for (let count = Math.floor(world.random() * 12); count > 0; count -= 1) {
            world.append(Math.floor(world.random() * options.partitions));
          }
          const dice = world.random();
          if (dice < 0.2) world.rebalance(members);
          else if (dice < 0.3) member.dispatcher.hold('t', partition);
          else if (dice < 0.4) member.dispatcher.release('t', partition);
          else if (dice < 0.45) member.dispatcher.suspend();
          else if (dice < 0.5) member.join([], -1);
          else if (dice < 0.55) member.dispatcher.unsuspend();
          await world.clock.runUntil(world.clock.nowMs + Math.floor(world.random() * 80));
        }
        // Calm: everything must be finished and committed in bounded time.
        world.calm = true;
        for (const member of members)
          for (let index = 0; index < options.partitions; index += 1) member.dispatcher.release('t', index);
        world.rebalance(members);
        for (let waited = 0; waited < 60 && !world.isDone(); waited += 1)
          await world.clock.runUntil(world.clock.nowMs + 500);
        expect(world.faults).toEqual([]);
        expect(world.isDone(), 'everything is finished and committed').toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});
