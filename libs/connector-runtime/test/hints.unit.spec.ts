import type { BrokerRecord, OutgoingRecord } from '@entrepot/broker';
import { createSilentLogger } from '@entrepot/service-kit';
import { expect, it, vi } from 'vitest';
import { createHintHandler, formatInboxMessage } from '../src/consumers/handle-hint.ts';
import type { ConnectorMetrics } from '../src/metrics.ts';
import type { SyncOutcome } from '../src/publish/record-sync.ts';
import type { OpenConnection } from '../src/sources/open-connections.ts';
import { ConnectionClosed } from '../src/sources/record-reader.ts';

const never = new AbortController().signal;
const outcome: SyncOutcome = { result: 'not-found' };

function hint(sourceId: string, deletion = false): BrokerRecord {
  const value = formatInboxMessage({
    connection: 'shop',
    entity: 'order',
    sourceId,
    cause: deletion ? 'orders/delete' : 'orders/updated',
    deletion,
    creation: false,
    receivedAtMicros: 1,
  });
  return { topic: 'inbox', partition: 0, offset: 0n, key: sourceId, value, headers: {}, timestampMs: 0 };
}

function setUp() {
  const world = {
    known: true,
    held: true,
    throttled: null as string | null,
    polls: 0,
    endPoll: () => {},
    synced: [] as string[],
    told: [] as unknown[],
    sent: [] as OutgoingRecord[],
  };
  const waiting: { resolve: (outcome: SyncOutcome) => void; reject: (error: Error) => void }[] = [];
  const handle = createHintHandler({
    vendor: 'test',
    sync: {
      pending: 0,
      republish: async () => ({ result: 'passed' }),
      sync: ({ sourceId }, { toldAtMicros }) => {
        world.synced.push(sourceId);
        world.told.push(toldAtMicros);
        return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
      },
    },
    connections: {
      find: () =>
        world.known
          ? ({
              hold: { state: () => ({ held: world.held }) },
              throttledBecause: () => world.throttled,
            } as OpenConnection)
          : 'unknown',
    },
    findPoller: () => ({
      pollNow: async () => {
        world.polls += 1;
        await new Promise<void>((resolve) => {
          world.endPoll = resolve;
        });
      },
    }),
    publisher: {
      send: async (topic, record) => {
        world.sent.push(record);
        return { topic, partition: 0, offset: '0' };
      },
      close: async () => {},
    },
    log: createSilentLogger(),
    metrics: { hintSeconds: { observe: () => {} } } as unknown as ConnectorMetrics,
    nowMicros: () => 2,
    mostWaiting: 2,
  });
  return { world, handle, waiting };
}

it('of a held connection only so many hints wait; one poll finds the rest, deletions wait all the same', async () => {
  const { world, handle, waiting } = setUp();
  const first = [handle(hint('1'), never), handle(hint('2'), never)];
  await Promise.all([handle(hint('3'), never), handle(hint('4'), never)]);
  expect(world).toMatchObject({ synced: ['1', '2'], polls: 1 });
  const deletion = handle(hint('5', true), never);
  expect(world.synced).toEqual(['1', '2', '5']);
  for (const { resolve } of waiting) resolve(outcome);
  await Promise.all([...first, deletion]);
  const later = handle(hint('6'), never);
  waiting.at(-1)?.resolve(outcome);
  await later;
  expect(world).toMatchObject({ synced: ['1', '2', '5', '6'], polls: 1 });
  // No earlier read has seen a removal: it is always followed.
  expect(world.told).toEqual([1, 1, undefined, 1]);
});

it('what is left to a poll that is under way is left to one more, and to no other', async () => {
  const { world, handle, waiting } = setUp();
  const first = [handle(hint('1'), never), handle(hint('2'), never), handle(hint('3'), never)];
  await first[2];
  // The listing may be past what these tell of.
  await Promise.all([handle(hint('4'), never), handle(hint('5'), never)]);
  expect(world.polls).toBe(1);
  world.endPoll();
  await vi.waitFor(() => expect(world.polls).toBe(2));
  world.endPoll();
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(world.polls).toBe(2);
  for (const { resolve } of waiting) resolve(outcome);
  await Promise.all(first);
});

it('of a throttled connection, which reads on bit by bit, only so many wait too', async () => {
  const { world, handle, waiting } = setUp();
  Object.assign(world, { held: false, throttled: 'the budget is short' });
  const first = [handle(hint('1'), never), handle(hint('2'), never)];
  await handle(hint('3'), never);
  expect(world).toMatchObject({ synced: ['1', '2'], polls: 1 });
  for (const { resolve } of waiting) resolve(outcome);
  await Promise.all(first);
});

it('however many, the hints of a connection that works are all followed', async () => {
  const { world, handle, waiting } = setUp();
  world.held = false;
  const all = ['1', '2', '3', '4'].map((id) => handle(hint(id), never));
  expect(world.synced).toHaveLength(4);
  for (const { resolve } of waiting) resolve(outcome);
  await Promise.all(all);
});

it('a deletion whose connection was switched off is told as unmapped, a change is left to the polls', async () => {
  const { world, handle, waiting } = setUp();
  const both = [handle(hint('1'), never), handle(hint('2', true), never)];
  for (const { reject } of waiting) reject(new ConnectionClosed('switched off'));
  await Promise.all(both);
  expect(world.sent).toHaveLength(1);
  expect(JSON.parse(String(world.sent[0]?.value))).toMatchObject({ sourceId: '2', error: { code: 'connection-off' } });
});

it('a hint of a connection that does not exist is told as unmapped', async () => {
  const { world, handle, waiting } = setUp();
  world.known = false;
  const handled = handle(hint('1'), never);
  waiting[0]?.reject(new ConnectionClosed('there is no connection shop'));
  await handled;
  expect(JSON.parse(String(world.sent[0]?.value))).toMatchObject({
    kind: 'unmapped',
    sourceId: '1',
    error: { code: 'unknown-connection' },
  });
});

it.each([
  ['nothing', null],
  ['no JSON', Buffer.from('{')],
  ['JSON nested ten thousand levels deep', Buffer.from('['.repeat(10_000) + ']'.repeat(10_000))],
  ['a hint without a record', Buffer.from('{"connection":"shop","entity":"order","sourceId":""}')],
  ['a hint of __proto__', Buffer.from('{"__proto__":{"connection":"shop","entity":"order","sourceId":"1"}}')],
  ['a connection that no key can hold', Buffer.from('{"connection":"a/b","entity":"order","sourceId":"1"}')],
])('%s is told as a dead letter, by its place', async (_what, value) => {
  const { world, handle } = setUp();
  await handle({ ...hint('1'), value }, never);
  expect(world.synced).toEqual([]);
  expect(JSON.parse(String(world.sent[0]?.value))).toMatchObject({
    kind: 'stray',
    record: { topic: 'inbox', partition: 0, offset: '0' },
    error: { kind: 'decode', code: 'stray-record' },
  });
});
