import { beforeEach, expect, test } from 'vitest';
import type { Undecodable } from '../src/consumption.ts';
import { Dispatcher, type DispatcherOptions, type PartitionOffset, RunningKeys } from '../src/dispatcher/index.ts';
import type { BrokerRecord } from '../src/record.ts';
import { SimulatedClock } from './dispatcher-world.ts';

const P0 = { topic: 't', partition: 0 };
let clock: SimulatedClock;
let commits: PartitionOffset[];
let paused: Set<number>;
/** Handlers called, by value, with what ends them. */
let calls: { value: string; signal: AbortSignal; resolve: () => void; reject: (error: Error) => void }[];

beforeEach(() => {
  clock = new SimulatedClock();
  commits = [];
  paused = new Set();
  calls = [];
});

function makeDispatcher(options: Partial<DispatcherOptions> = {}, locks?: RunningKeys): Dispatcher {
  return new Dispatcher(
    {
      handler: (record, signal) =>
        new Promise((resolve, reject) =>
          calls.push({ value: record.value?.toString() ?? '', signal, resolve, reject }),
        ),
      onBug: async () => undefined,
      commitIntervalMs: 100,
      ...options,
    },
    {
      schedule: clock.schedule,
      pause: (_, partition) => void paused.add(partition),
      resume: (_, partition) => void paused.delete(partition),
      commit: async (_, offsets) => void commits.push(...offsets),
    },
    locks,
  );
}

/** Feeds `key:value` texts from `from` on, and after them what cannot be decoded, if anything. */
function feed(
  dispatcher: Dispatcher,
  texts: readonly string[],
  from: bigint,
  partition = 0,
  undecodable: Undecodable | null = null,
) {
  const records = texts.map((text, index): BrokerRecord => {
    const [key = '', value = ''] = text.split(':');
    return {
      topic: 't',
      partition,
      offset: from + BigInt(index),
      key,
      value: Buffer.from(value),
      headers: {},
      timestampMs: Number(from) + index,
    };
  });
  const end = from + BigInt(records.length);
  return dispatcher.accept({
    topic: 't',
    partition,
    fetchedOffset: from,
    lastOffset: end - 1n,
    undecodable,
    count: records.length,
    recordAt: (index) => records[index] as BrokerRecord,
    highWatermark: end,
  });
}

const started = () => calls.map(({ value }) => value);
const call = (value: string) => calls.findLast((each) => each.value === value) as (typeof calls)[number];
const settle = () => clock.runUntil(clock.nowMs);

test('keys run beside each other, one key in order, and commits stop at the first unfinished record', async () => {
  const dispatcher = makeDispatcher();
  const { epoch } = dispatcher.assign([P0]);
  expect(feed(dispatcher, ['a:1'], 0n)).toEqual({ kind: 'unpositioned' });
  dispatcher.position(epoch, P0, 0n);
  expect(feed(dispatcher, ['a:1', 'b:2', 'a:3', 'c:4'], 0n)).toEqual({ kind: 'taken', next: 4n });
  expect(started()).toEqual(['1', '2', '4']);
  call('2').resolve();
  call('4').resolve();
  await clock.runUntil(300);
  expect(commits).toEqual([]);
  call('1').resolve();
  await clock.runUntil(600);
  expect(started()).toEqual(['1', '2', '4', '3']);
  expect(commits).toEqual([{ ...P0, offset: 2n }]);
  call('3').resolve();
  await clock.runUntil(900);
  expect(commits.at(-1)).toEqual({ ...P0, offset: 4n });
});

test('accounting for a dropped version is told when its partition is lost', async () => {
  const signals: AbortSignal[] = [];
  const dispatcher = makeDispatcher({
    latestWins: () => 'x',
    onConflated: (_record, _by, signal) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    },
  });
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, ['a:x1'], 0n);
  feed(dispatcher, ['a:x2', 'a:x3'], 1n);
  await settle();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  dispatcher.assign([]);
  await settle();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

test('versions of one record that wait are conflated to the newest, which keeps its place; the dropped ones are accounted for', async () => {
  const conflated: string[] = [];
  let refuse = true;
  const dispatcher = makeDispatcher({
    latestWins: (record) => (record.value?.toString().startsWith('x') ? 'x' : null),
    onConflated: async (record, by) => {
      if (refuse) throw new Error('report refused');
      conflated.push(`${record.value}→${by.value}`);
    },
  });
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, ['a:x1'], 0n);
  feed(dispatcher, ['a:x2', 'a:adjustment', 'a:x3', 'a:x4'], 1n);
  for (const value of ['x1', 'adjustment', 'x4']) {
    call(value).resolve();
    await settle();
  }
  expect(started()).toEqual(['x1', 'adjustment', 'x4']);
  await clock.runUntil(1_000);
  expect(commits.at(-1)?.offset, 'a dropped version is unfinished until it is accounted for').toBe(1n);
  refuse = false;
  await clock.runUntil(5_000);
  expect(conflated.toSorted()).toEqual(['x2→x3', 'x3→x4']);
  expect(commits.at(-1)?.offset).toBe(5n);
});

test('a handler that throws is reported once; "retry" runs it again; a report that fails is repeated', async () => {
  const bugs: string[] = [];
  const dispatcher = makeDispatcher({
    onBug: async (record, error) => {
      bugs.push(`${record.value} ${(error as Error).message}`);
      if (bugs.length === 1) throw new Error('no Kafka');
      return record.value?.toString() === '2' && bugs.length < 4 ? 'retry' : undefined;
    },
  });
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, ['a:1', 'a:2'], 0n);
  call('1').reject(new TypeError('bug'));
  await clock.runUntil(1_000);
  expect(bugs).toEqual(['1 bug', '1 bug']);
  call('2').reject(new Error('down'));
  await clock.runUntil(2_000);
  expect(started()).toEqual(['1', '2', '2']);
  call('2').resolve();
  await clock.runUntil(3_000);
  expect(commits.at(-1)?.offset).toBe(2n);
});

test('a partition that stays keeps its running handlers and its finished work over a rebalance', async () => {
  const dispatcher = makeDispatcher();
  dispatcher.position(dispatcher.assign([P0, { topic: 't', partition: 1 }]).epoch, P0, 0n);
  feed(dispatcher, ['a:1', 'b:2', 'c:3', 'a:4'], 0n);
  call('1').resolve();
  call('3').resolve();
  await settle();
  dispatcher.suspend();
  expect(feed(dispatcher, ['d:5'], 4n)).toEqual({ kind: 'unassigned' });
  const { epoch, lost } = dispatcher.assign([P0]);
  expect(lost).toEqual([{ topic: 't', partition: 1 }]);
  // Nothing was committed; the first record is finished nevertheless.
  expect(dispatcher.position(epoch, P0, 0n)).toBe(1n);
  feed(dispatcher, ['b:2', 'c:3', 'a:4', 'd:5'], 1n);
  await settle();
  expect(started()).toEqual(['1', '2', '3', '4', '5']);
  expect(call('2').signal.aborted).toBe(false);
  for (const value of ['2', '4', '5']) call(value).resolve();
  await clock.runUntil(500);
  expect(commits.at(-1)?.offset).toBe(5n);
});

test('a lost partition: signals aborted, completions ignored, and its key stays taken until the old handler returns', async () => {
  const dispatcher = makeDispatcher();
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, ['a:1', 'b:2'], 0n);
  expect(dispatcher.assign([]).lost).toEqual([P0]);
  expect(calls.every(({ signal }) => signal.aborted)).toBe(true);
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, ['a:1', 'b:2'], 0n);
  expect(started()).toEqual(['1', '2']);
  call('1').reject(new Error('aborted'));
  call('2').resolve();
  await clock.runUntil(500);
  expect(commits).toEqual([]);
  expect(started()).toEqual(['1', '2', '1', '2']);
  call('1').resolve();
  call('2').resolve();
  await clock.runUntil(1_000);
  expect(commits.at(-1)?.offset).toBe(2n);
});

test('an unfinished record holds back only so many finished ones', async () => {
  const dispatcher = makeDispatcher({
    limits: { maxQueuedRecords: 2 },
    handler: async (record) => {
      if (record.key === 'stuck')
        await new Promise<void>((resolve) =>
          calls.push({ value: 'stuck', signal: new AbortController().signal, resolve, reject: () => undefined }),
        );
    },
  });
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  let next = 0n;
  for (let index = 0; index < 100 && !paused.has(0); index += 1) {
    const result = feed(dispatcher, [index === 0 ? 'stuck:0' : `k${index}:v`], next);
    if (result.kind === 'taken') next = result.next;
    await settle();
  }
  expect(paused.has(0)).toBe(true);
  expect(next).toBeLessThanOrEqual(16n);
  call('stuck').resolve();
  await clock.runUntil(500);
  expect(paused.has(0)).toBe(false);
  expect(commits.at(-1)?.offset).toBe(next);
});

test('one slow partition leaves places for the others', async () => {
  const dispatcher = makeDispatcher({ limits: { maxConcurrent: 4, maxConcurrentPerPartition: 3 } });
  const P1 = { topic: 't', partition: 1 };
  const { epoch } = dispatcher.assign([P0, P1]);
  for (const place of [P0, P1]) dispatcher.position(epoch, place, 0n);
  feed(dispatcher, ['a:1', 'b:2', 'c:3', 'd:4', 'e:5'], 0n);
  feed(dispatcher, ['a:fast', 'b:next'], 0n, 1);
  expect(started()).toEqual(['1', '2', '3', 'fast']);
  call('fast').resolve();
  await settle();
  expect(started().at(-1)).toBe('next');
});

test('members that share their locks run a key once at a time', async () => {
  const locks = new RunningKeys();
  const options = { keyOf: () => 'order' };
  const [first, second] = [makeDispatcher(options, locks), makeDispatcher(options, locks)];
  first.position(first.assign([P0]).epoch, P0, 0n);
  const P1 = { topic: 't', partition: 1 };
  second.position(second.assign([P1]).epoch, P1, 0n);
  feed(first, ['a:live'], 0n);
  feed(second, ['a:bulk'], 0n, 1);
  expect(started()).toEqual(['live']);
  call('live').resolve();
  await settle();
  expect(started()).toEqual(['live', 'bulk']);
});

test('a partition of a resting topic in which nothing comes is not fetched until its log grows or cannot be asked', async () => {
  const P1 = { topic: 't', partition: 1 };
  const dispatcher = makeDispatcher({ restingTopics: ['t'] });
  const { epoch } = dispatcher.assign([P0, P1]);
  const look = (times: number, end: bigint) => {
    for (let time = 0; time < times; time += 1) dispatcher.noteLogEnd('t', 0, end);
  };
  look(5, 0n);
  expect(paused, 'where reading starts is not known yet').toEqual(new Set());
  for (const place of [P0, P1]) dispatcher.position(epoch, place, 0n);
  feed(dispatcher, ['a:1'], 0n);
  look(5, 1n);
  expect(paused, 'its record is not finished').toEqual(new Set());
  call('1').resolve();
  await settle();
  look(2, 1n);
  expect(paused).toEqual(new Set());
  look(1, 1n);
  expect(paused, 'three looks in a row found nothing').toEqual(new Set([0]));
  look(1, 2n);
  expect(paused, 'its log has grown').toEqual(new Set());
  feed(dispatcher, ['a:2'], 1n);
  call('2').resolve();
  await settle();
  look(3, 2n);
  expect(paused).toEqual(new Set([0]));
  dispatcher.wake('t');
  expect(paused).toEqual(new Set());
  look(3, 2n);
  expect(dispatcher.state().partitions).toContainEqual(expect.objectContaining({ ...P0, resting: true }));
  look(29, 2n);
  expect(paused).toEqual(new Set([0]));
  look(2, 2n);
  expect(paused, 'no rest is for ever, whatever the looks say').toEqual(new Set());
  look(3, 2n);
  expect(paused).toEqual(new Set([0]));
  dispatcher.assign([P0, P1]);
  expect(paused, 'a new assignment reads on at once').toEqual(new Set());
});

test('partitions of other topics are fetched for ever', () => {
  const dispatcher = makeDispatcher({ restingTopics: ['bulk'] });
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  for (let time = 0; time < 5; time += 1) dispatcher.noteLogEnd('t', 0, 0n);
  expect(paused).toEqual(new Set());
});

test('draining starts nothing, waits for what runs, and aborts it at the deadline', async () => {
  const dispatcher = makeDispatcher();
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, ['a:1', 'a:2', 'b:3'], 0n);
  let drained = false;
  void dispatcher.drain(1_000, 500).then(() => (drained = true));
  call('1').resolve();
  await clock.runUntil(900);
  expect([started(), drained, call('3').signal.aborted]).toEqual([['1', '3'], false, false]);
  await clock.runUntil(1_100);
  expect(call('3').signal.aborted).toBe(true);
  call('3').reject(new Error('aborted'));
  await settle();
  expect(drained).toBe(true);
  await dispatcher.flush();
  expect(commits.at(-1)?.offset).toBe(1n);
  expect(started()).not.toContain('2');
});

test('a batch from elsewhere is refused; a deleted stretch is skipped without forgetting what is queued; a replaced log starts over', async () => {
  const dispatcher = makeDispatcher();
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 5n);
  expect(feed(dispatcher, ['a:1'], 3n)).toEqual({ kind: 'misplaced', expected: 5n });
  feed(dispatcher, ['a:5'], 5n);
  dispatcher.moveTo('t', 0, 20n);
  feed(dispatcher, ['b:20'], 20n);
  call('20').resolve();
  await clock.runUntil(500);
  expect(commits).toEqual([]);
  call('5').resolve();
  await clock.runUntil(1_000);
  expect(commits.at(-1)?.offset).toBe(21n);
  dispatcher.moveTo('t', 0, 0n);
  feed(dispatcher, ['a:0'], 0n);
  call('0').resolve();
  await clock.runUntil(1_500);
  expect(commits.at(-1)?.offset).toBe(1n);
});

test('a partition whose next batch cannot be decoded is held alone, looked at again, and read on where it stopped', async () => {
  const told: (bigint | null)[] = [];
  const dispatcher = makeDispatcher({ onUndecodable: (_, found) => void told.push(found?.offset ?? null) });
  const P1 = { topic: 't', partition: 1 };
  const { epoch } = dispatcher.assign([P0, P1]);
  dispatcher.position(epoch, P0, 0n);
  dispatcher.position(epoch, P1, 0n);
  const broken: Undecodable = { offset: 2n, cause: 'its lz4 frame is cut off' };
  expect(feed(dispatcher, ['a:1', 'b:2'], 0n, 0, broken)).toEqual({ kind: 'taken', next: 2n });
  expect([...paused]).toEqual([0]);
  expect(dispatcher.state().partitions.map(({ undecodable }) => undecodable)).toEqual([broken, null]);
  call('1').resolve();
  call('2').resolve();
  feed(dispatcher, ['c:3'], 0n, 1);
  await clock.runUntil(300);
  expect(started()).toEqual(['1', '2', '3']);
  expect(commits).toContainEqual({ ...P0, offset: 2n });

  dispatcher.lookAgain('t', 0);
  expect([...paused]).toEqual([]);
  expect(feed(dispatcher, [], 2n, 0, broken)).toEqual({ kind: 'taken', next: 2n });
  expect([...paused]).toEqual([0]);
  expect(told).toEqual([2n]);

  dispatcher.lookAgain('t', 0);
  expect(feed(dispatcher, ['a:4'], 2n)).toEqual({ kind: 'taken', next: 3n });
  expect(told).toEqual([2n, null]);
  expect([...paused]).toEqual([]);
  expect(dispatcher.state().partitions[0]?.undecodable).toBeNull();
  call('4').resolve();
  await clock.runUntil(600);
  expect(commits).toContainEqual({ ...P0, offset: 3n });
});

test('a batch that cannot be decoded and is deleted holds nothing any more', () => {
  const dispatcher = makeDispatcher();
  dispatcher.position(dispatcher.assign([P0]).epoch, P0, 0n);
  feed(dispatcher, [], 0n, 0, { offset: 0n, cause: 'broken' });
  expect([...paused]).toEqual([0]);
  dispatcher.moveTo('t', 0, 7n);
  expect([...paused]).toEqual([]);
  expect(dispatcher.state().partitions[0]?.undecodable).toBeNull();
});
