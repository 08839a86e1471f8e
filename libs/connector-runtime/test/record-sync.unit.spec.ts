import type { OutgoingRecord, Publisher } from '@entrepot/broker';
import {
  type ConfirmedDocument,
  createOrder,
  entityTopic,
  parseEventHeaders,
  UNMAPPED_TOPIC,
} from '@entrepot/canonical';
import type { Codec } from '@entrepot/codec';
import { createSilentLogger } from '@entrepot/service-kit';
import { type Published, type PublishedDocument, publishedId } from '@entrepot/store';
import type { Absence, ShownState } from '@entrepot/vendor-kit';
import { describe, expect, it } from 'vitest';
import type { ConnectorMetrics } from '../src/metrics.ts';
import { createRecordSync, type SyncTrigger } from '../src/publish/record-sync.ts';
import type { Read } from '../src/sources/read-queue.ts';

const address = { connection: 'shop', entity: 'order', sourceId: '1' } as const;
const trigger: SyncTrigger = { via: 'HINT', snapshot: false, traceparent: null, cause: 'test' };

class Unavailable extends Error {
  readonly retriable = true;
}

/** One record's way with everything around it in memory, and places to break it. */
function setUp() {
  const stored = new Map<string, PublishedDocument>();
  const topic: { topic: string; record: OutgoingRecord }[] = [];
  const world = {
    note: 'first' as string | null,
    stored,
    topic,
    beforeSend: async () => {},
    encode: async (_entity: unknown) => Buffer.from('avro'),
    reads: 0,
    priorities: [] as string[],
    turn: null as Promise<void> | null,
    looks: 0,
    absence: 'deletes' as Absence,
    confirms: undefined as readonly ConfirmedDocument[] | undefined,
    isUnmapped: false,
    states: [] as readonly ShownState[],
    shown: [] as number[],
    confirm: async (_connection: string, _documents: readonly ConfirmedDocument[]): Promise<void> => {},
  };
  const published: Published = {
    get: async (key) => {
      world.looks += 1;
      return stored.get(publishedId(key)) ?? null;
    },
    getMany: async () => new Map(),
    intend: async (key, { expected, ...intent }) => {
      const _id = publishedId(key);
      const current = stored.get(_id) ?? null;
      const isExpected =
        current?.version === expected?.version &&
        current?.readEndedAtMicros === expected?.readEndedAtMicros &&
        current?.reader === expected?.reader;
      if (!isExpected) return { ok: false, current };
      stored.set(_id, { _id, ...intent, state: 'intended' });
      return { ok: true };
    },
    noteRead: async (key, version, read) => {
      const current = stored.get(publishedId(key));
      if (current?.version !== version) return false;
      const readEndedAtMicros = Math.max(current.readEndedAtMicros, read.readEndedAtMicros);
      const reader = current.reader === read.reader ? read.reader : null;
      stored.set(current._id, { ...current, readEndedAtMicros, reader });
      return true;
    },
    confirm: async (key, version) => {
      const current = stored.get(publishedId(key));
      if (current?.version !== version) return false;
      stored.set(current._id, { ...current, state: 'confirmed' });
      return true;
    },
  };
  const publisher: Publisher = {
    send: async (name, record) => {
      await world.beforeSend();
      topic.push({ topic: name, record });
      return { topic: name, partition: 0, offset: '0' };
    },
    close: async () => {},
  };
  let micros = 1_000_000;
  const nowMicros = (): number => {
    micros += 1;
    return micros;
  };
  const stop = new AbortController();
  const sync = createRecordSync({
    vendor: 'test',
    published,
    publisher,
    codec: { encode: (_name: string, entity: unknown) => world.encode(entity) } as unknown as Codec,
    echoes: {
      judge: async () => ({ result: 'known', origin: null, isNews: false }),
      noteShown: async (_read, version) => void world.shown.push(version),
    },
    confirm: (connection, documents) => world.confirm(connection, documents),
    log: createSilentLogger(),
    metrics: new Proxy({}, { get: () => Object.assign(() => {}, { inc: () => {} }) }) as ConnectorMetrics,
    nowMicros,
    signal: stop.signal,
    absenceConfirmMs: 1,
    absenceOf: () => world.absence,
    onUnconfirmed: () => {},
    clock: {
      sleep: async (ms, until) => {
        await new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5)));
        until.throwIfAborted();
        micros += ms * 1_000;
      },
    },
    random: () => 0.5,
    read: async (_address, priority): Promise<Read> => {
      world.reads += 1;
      world.priorities.push(priority);
      if (world.turn !== null) {
        await world.turn;
        // More than clocks of two replicas differ.
        micros += 300_000;
      }
      const { note, confirms } = world;
      const readBeganAtMicros = nowMicros();
      const source = { connection: 'shop', vendor: 'test', id: '1' };
      if (world.isUnmapped) {
        const error = { kind: 'mapping', code: 'totals', message: 'They do not add up', advice: null, fields: [] };
        const fetched = { status: 'unmapped' as const, sourceId: '1', number: null, error, confirms: confirms ?? [] };
        return { fetched, readBeganAtMicros, readEndedAtMicros: nowMicros() };
      }
      return {
        fetched:
          note === null
            ? { status: 'not-found', sourceId: '1' }
            : {
                status: 'found',
                sourceId: '1',
                entity: createOrder({ source, note }),
                stampMicros: 5,
                number: '#1',
                states: world.states,
                ...(confirms === undefined ? {} : { confirms }),
              },
        readBeganAtMicros,
        readEndedAtMicros: nowMicros(),
      };
    },
  });
  const versions = () => topic.map(({ record }) => parseEventHeaders(record.headers ?? {}).version);
  return { world, sync, versions, stop, published, nowMicros };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('record sync', () => {
  it('publishes once, then knows; a change gets a higher version though its stamp stayed', async () => {
    const { world, sync, versions } = setUp();
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published', version: 5 });
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unchanged', version: 5 });
    world.note = 'second';
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published', version: 6 });
    expect(versions()).toEqual([5, 6]);
    expect(sync.pending).toBe(0);
  });

  it('passes on what a record confirms after it is published, and ends when that is acknowledged', async () => {
    const { world, sync } = setUp();
    const document = { reference: 'shop-a/7', role: 'order', subId: null, targetId: '12', number: '512' };
    world.confirms = [document];
    const passed: unknown[] = [];
    let acknowledge = (): void => {};
    world.confirm = async (connection, documents) => {
      passed.push([connection, documents, world.topic.length]);
      await new Promise<void>((resolve) => {
        acknowledge = resolve;
      });
    };
    let ended = false;
    const syncing = sync.sync(address, trigger).finally(() => {
      ended = true;
    });
    while (passed.length === 0) await settle();
    expect(passed).toEqual([['shop', [document], 1]]);
    await settle();
    expect(ended).toBe(false);
    acknowledge();
    expect(await syncing).toMatchObject({ result: 'published' });
    // A process that ended between the two reads it again, unchanged.
    const again = sync.sync(address, trigger);
    while (passed.length === 1) await settle();
    acknowledge();
    expect(await again).toMatchObject({ result: 'unchanged' });
  });

  it('Kafka or the database away: what a record confirms waits', async () => {
    const { world, sync } = setUp();
    world.confirms = [{ reference: 'shop-a/7', role: 'order', subId: null, targetId: '12', number: null }];
    let failures = 2;
    world.confirm = async () => {
      failures -= 1;
      if (failures >= 0) throw new Unavailable('database');
    };
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published' });
    expect(failures).toBe(-1);
  });

  it('a record that is published in vain confirms all the same', async () => {
    const { world, sync } = setUp();
    world.confirms = [{ reference: 'shop-a/7', role: 'order', subId: null, targetId: '12', number: null }];
    let passed = 0;
    world.confirm = async () => {
      passed += 1;
    };
    world.encode = async () => {
      throw Object.assign(new Error('does not fit'), { retriable: false });
    };
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unmapped' });
    expect(passed).toBe(1);
  });

  it('a record that cannot be mapped confirms all the same, before it is reported', async () => {
    const { world, sync } = setUp();
    const document = { reference: 'shop-a/7', role: 'order', subId: null, targetId: '12', number: null };
    world.confirms = [document];
    world.isUnmapped = true;
    const passed: unknown[] = [];
    world.confirm = async (connection, documents) => {
      passed.push([connection, documents, world.topic.length]);
    };
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unmapped', error: { code: 'totals' } });
    expect(passed).toEqual([['shop', [document], 0]]);
    expect(world.topic).toHaveLength(1);
  });

  it('notes shown states under the version that is published, once nobody else can publish it', async () => {
    const { world, sync, versions } = setUp();
    world.states = [{ role: 'customer', targetId: 'C1', reference: null, hash: 'h', fields: {} }];
    await sync.sync(address, trigger);
    world.note = 'second';
    // Taken for new: the version of its stamp is another state's already.
    await sync.sync(address, { ...trigger, likelyNew: true });
    expect(versions()).toEqual([5, 6]);
    expect(world.shown).toEqual([5, 6]);
  });

  it('what is said to be new is published without a look; what is known all the same goes on from its version', async () => {
    const { world, sync, versions } = setUp();
    const creation = { ...trigger, likelyNew: true };
    expect(await sync.sync(address, creation)).toMatchObject({ result: 'published', version: 5 });
    expect(world.looks).toBe(0);
    expect(await sync.sync(address, creation)).toMatchObject({ result: 'unchanged', version: 5 });
    world.note = 'second';
    expect(await sync.sync(address, creation)).toMatchObject({ result: 'published', version: 6 });
    expect(versions()).toEqual([5, 6]);
  });

  it('told of while a read waits for its turn: that read has seen it, and no other is made', async () => {
    const { world, sync, nowMicros } = setUp();
    world.turn = new Promise((resolve) => setTimeout(resolve, 10));
    const first = sync.sync(address, { ...trigger, toldAtMicros: nowMicros() });
    const told = nowMicros();
    const others = [told, told + 5].map((toldAtMicros) => sync.sync(address, { ...trigger, toldAtMicros }));
    await Promise.all([first, ...others]);
    expect(world.reads).toBe(1);
    // One that no time is known of is followed in any case, and so is whoever waits with it.
    world.turn = new Promise((resolve) => setTimeout(resolve, 10));
    const told2 = nowMicros();
    await Promise.all([
      sync.sync(address, trigger),
      sync.sync(address, { ...trigger, toldAtMicros: told2 }),
      sync.sync(address, trigger),
    ]);
    expect(world.reads).toBe(3);
  });

  it('told of what a read has seen already, it does not read again', async () => {
    const { world, sync, nowMicros } = setUp();
    const longAgo = { ...trigger, toldAtMicros: nowMicros() - 500_000 };
    expect(await sync.sync(address, longAgo)).toMatchObject({ result: 'published', version: 5 });
    expect(await sync.sync(address, longAgo)).toMatchObject({ result: 'published', version: 5 });
    expect(world.reads).toBe(1);
    // Another replica's clock may be a little behind: what it heard just before the read may have come after it.
    await sync.sync(address, { ...trigger, toldAtMicros: nowMicros() - 100_000 });
    await sync.sync({ ...address, sourceId: '2' }, longAgo);
    expect(world.reads).toBe(3);
  });

  it('a record that was not there is read again whenever somebody tells of it', async () => {
    const { world, sync, nowMicros } = setUp();
    const longAgo = { ...trigger, toldAtMicros: nowMicros() - 500_000 };
    await sync.sync(address, trigger);
    world.note = null;
    // Each absence is looked at twice.
    await sync.sync(address, trigger);
    expect(world.reads).toBe(3);
    await sync.sync(address, { ...longAgo, toldAtMicros: longAgo.toldAtMicros + 400_000 });
    expect(world.reads).toBe(5);
  });

  it('the registry or Kafka away: the record waits and is published when they are back', async () => {
    const { world, sync, versions } = setUp();
    let failures = 2;
    world.encode = async () => {
      failures -= 1;
      if (failures >= 0) throw new Unavailable('registry');
      return Buffer.from('avro');
    };
    let refusals = 1;
    world.beforeSend = async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Unavailable('kafka');
    };
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published' });
    expect(versions()).toEqual([5]);
  });

  it('a record that does not fit its schema is told as unmapped and uses no version', async () => {
    const { world, sync } = setUp();
    world.encode = async () => {
      throw Object.assign(new Error('lines[0].quantity has 40 digits'), { name: 'InvalidEntity', retriable: false });
    };
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unmapped', error: { code: 'InvalidEntity' } });
    expect(world.stored.size).toBe(0);
    expect(world.topic.map(({ topic }) => topic)).toEqual(['entrepot.internal.unmapped.v1']);
  });

  it('absent for a moment is not deleted; absent twice is', async () => {
    const { world, sync, versions } = setUp();
    await sync.sync(address, trigger);
    world.note = null;
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published' });
    expect(parseEventHeaders(world.topic[1]?.record.headers ?? {}).deleted).toBe(true);
    expect(versions()[1]).toBeGreaterThan(5);
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unchanged' });
    world.note = 'back';
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published' });
  });

  it('absent where absence is unknown: nothing is published, and a person is shown that the source does not show it', async () => {
    const { world, sync } = setUp();
    await sync.sync(address, trigger);
    world.absence = 'unknown';
    world.note = null;
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unmapped', error: { code: 'not-visible' } });
    expect(world.topic.map(({ topic }) => topic)).toEqual([entityTopic('order'), UNMAPPED_TOPIC]);
    expect(JSON.parse(String(world.topic[1]?.record.value))).toMatchObject({
      sourceId: '1',
      error: { kind: 'source' },
    });
    // It comes back unchanged: what stands is still right.
    world.note = 'first';
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unchanged' });
  });

  it('a record never published that is not there is not found', async () => {
    const { world, sync } = setUp();
    world.note = null;
    expect(await sync.sync(address, trigger)).toEqual({ result: 'not-found' });
    // The second look stands aside: it must not hold up what is there.
    expect(world.priorities).toEqual(['live', 'again']);
  });

  it('stopped with a state that was taken back meanwhile: it is not published after all', async () => {
    const { world, sync, versions, published, nowMicros } = setUp();
    await sync.sync(address, trigger);
    world.note = 'second';
    let stopped = true;
    world.encode = async () => {
      if (stopped) {
        stopped = false;
        // Meanwhile the source is as it was, and another replica reads that: nothing new.
        world.note = 'first';
        await published.noteRead(address, 5, { readEndedAtMicros: nowMicros(), reader: 'another' });
      }
      return Buffer.from('avro');
    };
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unchanged', version: 5 });
    expect(versions()).toEqual([5]);
  });

  it('overtaken while it was stopped: the newest version is appended once more', async () => {
    const { world, sync, versions, published, nowMicros } = setUp();
    let stopped = true;
    world.beforeSend = async () => {
      if (!stopped) return;
      stopped = false;
      // Meanwhile another replica sees the next state and publishes it.
      world.note = 'second';
      const { createOrder: make, contentHash } = await import('@entrepot/canonical');
      const hash = contentHash(
        'order',
        make({ source: { connection: 'shop', vendor: 'test', id: '1' }, note: 'second' }),
      );
      await published.intend(address, {
        expected: await published.get(address),
        version: 9,
        contentHash: hash,
        readEndedAtMicros: nowMicros(),
        reader: 'another',
        deleted: false,
      });
      await published.confirm(address, 9);
    };
    await sync.sync(address, trigger);
    await settle();
    expect(versions()).toEqual([5, 9]);
    expect(world.stored.get(publishedId(address))).toMatchObject({ version: 9, state: 'confirmed' });
  });

  it('reads again what another replica, whose clock may be ahead, has just read; once', async () => {
    const { world, sync, versions, published, nowMicros } = setUp();
    await sync.sync(address, trigger);
    const readEndedAtMicros = nowMicros() + 100_000;
    await published.noteRead(address, 5, { readEndedAtMicros, reader: 'another' });
    world.note = 'second';
    world.reads = 0;
    expect(await sync.sync(address, trigger)).toMatchObject({ result: 'published', version: 6 });
    expect(versions()).toEqual([5, 6]);
    expect(world.reads).toBe(2);
    expect(nowMicros()).toBeGreaterThan(readEndedAtMicros + 250_000);
  });

  describe('a state that stands in the topic in an older schema', () => {
    /** What a subscriber has of it. */
    const standing = (record: OutgoingRecord) => {
      const event = parseEventHeaders(record.headers ?? {});
      const { connection, vendor, sourceId: id, version, contentHash } = event;
      const source = { connection, vendor, id, version, contentHash, via: 'HINT', observedAt: 77 } as const;
      return { event, entity: createOrder({ source, note: 'first' }) };
    };
    const admit = async (): Promise<void> => {};
    async function setUpStanding() {
      const all = setUp();
      const encoded: unknown[] = [];
      all.world.encode = async (entity) => {
        encoded.push(entity);
        return Buffer.from('avro');
      };
      await all.sync.sync(address, { ...trigger, traceparent: '00-1-1-00' });
      await settle();
      all.world.reads = 0;
      return { ...all, encoded, state: standing(all.world.topic[0]?.record as OutgoingRecord) };
    }

    it('is published once more with the next version, and says which one it repeats; the source is not asked', async () => {
      const { world, sync, state, encoded } = await setUpStanding();
      expect(await sync.republish(state, admit)).toEqual({ result: 'republished', version: 6 });
      await settle();
      const headers = parseEventHeaders(world.topic[1]?.record.headers ?? {});
      const { eventId: _before, publishedAtMicros: _at, ...kept } = state.event;
      expect(headers).toMatchObject({ ...kept, version: 6, repeats: 5, snapshot: true, traceparent: null });
      expect(headers.eventId).not.toBe(state.event.eventId);
      // Read as it was: when and how it was read from the source did not change.
      expect(encoded.at(-1)).toMatchObject({ note: 'first', source: { version: 6, via: 'HINT', observedAt: 77 } });
      expect(world.stored.get(publishedId(address))).toMatchObject({ version: 6, state: 'confirmed' });
      expect(world.reads).toBe(0);
      expect(await sync.sync(address, trigger)).toMatchObject({ result: 'unchanged', version: 6 });
    });

    it('is published once more only once', async () => {
      const { sync, state, versions } = await setUpStanding();
      await sync.republish(state, admit);
      await settle();
      expect(await sync.republish(state, admit)).toEqual({ result: 'passed' });
      expect(versions()).toEqual([5, 6]);
    });

    it('gives way to a change, also to one that comes while it waits for its turn', async () => {
      const { world, sync, state, versions } = await setUpStanding();
      const change = async (): Promise<void> => {
        world.note = 'second';
        await sync.sync(address, trigger);
      };
      expect(await sync.republish(state, change)).toEqual({ result: 'passed' });
      expect(await sync.republish(state, admit)).toEqual({ result: 'passed' });
      expect(versions()).toEqual([5, 6]);
    });

    it('is sent under the version that was noted, when the process died before it was sent', async () => {
      const { world, sync, state, versions } = await setUpStanding();
      const id = publishedId(address);
      const last = world.stored.get(id) as PublishedDocument;
      world.stored.set(id, { ...last, version: 6, state: 'intended' });
      expect(await sync.republish(state, admit)).toEqual({ result: 'republished', version: 6 });
      expect(versions()).toEqual([5, 6]);
    });

    it('has the newest state published again where another replica overtook it on the way', async () => {
      const { world, sync, state, versions } = await setUpStanding();
      world.note = 'second';
      world.beforeSend = async () => {
        world.beforeSend = async () => {};
        const last = world.stored.get(publishedId(address)) as PublishedDocument;
        world.stored.set(last._id, { ...last, version: 9, contentHash: 'of another replica', reader: 'another' });
      };
      await sync.republish(state, admit);
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(versions()).toEqual([5, 6, 10]);
    });

    it('stays as it stands where it does not fit the schema any more, and uses up no version', async () => {
      const { world, sync, state } = await setUpStanding();
      world.encode = async () => {
        throw Object.assign(new Error('no'), { name: 'InvalidEntity', retriable: false });
      };
      expect(await sync.republish(state, admit)).toMatchObject({ result: 'refused', error: { code: 'InvalidEntity' } });
      expect(world.stored.get(publishedId(address))).toMatchObject({ version: 5 });
    });
  });

  it('stops waiting when the process stops', async () => {
    const { world, sync, stop } = setUp();
    world.encode = async () => {
      throw new Unavailable('registry');
    };
    const waiting = sync.sync(address, trigger);
    setTimeout(() => stop.abort(new Error('stopping')), 20);
    await expect(waiting).rejects.toThrow('stopping');
  });
});
