import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideRepetition,
  decideVersion,
  isLaterRead,
  type LastVersion,
  type ReadVersion,
} from '../src/publish/reads.ts';

const last = (given: Partial<LastVersion> = {}): LastVersion => ({
  version: 100,
  contentHash: 'a',
  readEndedAtMicros: 50,
  reader: 'me',
  state: 'confirmed',
  ...given,
});
const read = (given: Partial<ReadVersion> = {}): ReadVersion => ({
  contentHash: 'b',
  stampMicros: 90,
  readBeganAtMicros: 60,
  reader: 'me',
  ...given,
});

describe('one decision', () => {
  it.each([
    ['never published: the stamp', null, read(), { action: 'publish', version: 90 }],
    [
      'never published, no stamp: the time of the read',
      null,
      read({ stampMicros: null }),
      { action: 'publish', version: 60 },
    ],
    ['same content, confirmed', last(), read({ contentHash: 'a' }), { action: 'none', version: 100 }],
    [
      'same content, confirmed, by an older read',
      last(),
      read({ contentHash: 'a', readBeganAtMicros: 1 }),
      { action: 'none', version: 100 },
    ],
    [
      'same content, unconfirmed: once more',
      last({ state: 'intended' }),
      read({ contentHash: 'a' }),
      { action: 'publish', version: 100 },
    ],
    ['other content, unconfirmed: higher', last({ state: 'intended' }), read(), { action: 'publish', version: 101 }],
    [
      'other content, coarse stamp: higher all the same',
      last(),
      read({ stampMicros: 100 }),
      { action: 'publish', version: 101 },
    ],
    ['other content, later stamp', last(), read({ stampMicros: 500 }), { action: 'publish', version: 500 }],
    [
      'other content, by a read that may have seen less',
      last(),
      read({ readBeganAtMicros: 49 }),
      { action: 'read-again', fromMicros: 50 },
    ],
    [
      "other content, by a read that another replica's clock may have seen first",
      last({ reader: 'another' }),
      read({ readBeganAtMicros: 250_049 }),
      { action: 'read-again', fromMicros: 250_050 },
    ],
    [
      'other content, by a read later than any clock of another replica',
      last({ reader: null }),
      read({ readBeganAtMicros: 250_050 }),
      { action: 'publish', version: 101 },
    ],
    [
      'the same content, restored over a state that no read saw',
      last(),
      read({ contentHash: 'a', restored: true }),
      { action: 'publish', version: 101 },
    ],
    [
      'a stamp from the far future is not believed',
      null,
      read({ stampMicros: 9e15 }),
      { action: 'publish', version: 60 },
    ],
  ] as const)('%s', (_name, before, given, decision) => {
    expect(decideVersion(before, given)).toEqual(decision);
  });
});

describe('a read that found nothing new', () => {
  it.each([
    ['by the same clock, no later', 'me', 50, false],
    ['by the same clock, later', 'me', 51, true],
    ['by another clock, earlier for certain', 'another', 50 - 250_000, false],
    ['by another clock, perhaps later', 'another', 51 - 250_000, true],
  ])('%s: is noted or not', (_name, reader, readEndedAtMicros, isLater) => {
    expect(isLaterRead(last(), { readEndedAtMicros, reader })).toBe(isLater);
    expect(isLaterRead(last({ reader: null }), { readEndedAtMicros: 51 - 250_000, reader })).toBe(true);
  });
});

describe('a state that stands in the topic', () => {
  it.each([
    ['the last one: the next version', last(), 100, 'a', 101],
    ['the last one, never confirmed: it stands there all the same', last({ state: 'intended' }), 100, 'a', 101],
    ['repeated already', last({ version: 101 }), 100, 'a', null],
    [
      'noted as repeated, perhaps never sent: the same version',
      last({ version: 101, state: 'intended' }),
      100,
      'a',
      101,
    ],
    ['overtaken by other content', last({ contentHash: 'b', version: 101 }), 100, 'a', null],
    [
      'overtaken by content that came back, perhaps never sent',
      last({ version: 102, state: 'intended' }),
      100,
      'a',
      null,
    ],
    ['of other content with the same version', last({ contentHash: 'b' }), 100, 'a', null],
    ['of which nothing is noted', null, 100, 'a', null],
  ] as const)('%s', (_name, before, version, contentHash, expected) => {
    expect(decideRepetition(before, { version, contentHash })).toBe(expected);
  });
});

/**
 * A model of the whole: a source whose content changes (and is taken back), replicas that read it by clocks of their own, a store with
 * compare-and-set, a topic. Each actor is a sequence of steps; fast-check decides who goes next, and who crashes between which steps.
 */
interface World {
  micros: number;
  /** Rises with each change of the source. */
  moment: number;
  store: LastVersion | null;
  topic: { version: number; moment: number; repeats?: number }[];
}

type Decide = typeof decideVersion;
type Repeat = typeof decideRepetition;

const TICK_MICROS = 20_000;
/** How wrong the clock of each replica is: as much as it may be. */
const WRONG_BY_MICROS = [-100_000, 100_000, 0];
/** Of few contents each comes back again and again. */
const contentAt = (moment: number): number => moment % 3;

function* replicaRead(world: World, actor: number, reader: string, decide: Decide): Generator<void, void> {
  const nowMicros = (): number => world.micros + (WRONG_BY_MICROS[actor] ?? 0);
  let again = false;
  for (;;) {
    world.micros += TICK_MICROS;
    const readBeganAtMicros = nowMicros();
    yield;
    const { moment } = world;
    yield;
    world.micros += TICK_MICROS;
    const readEndedAtMicros = nowMicros();
    yield;
    let known = world.store;
    for (;;) {
      // Stamps are coarse: many changes share one.
      const stampMicros = Math.floor(moment / 4);
      const contentHash = `h${contentAt(moment)}`;
      const decision = decide(known, { contentHash, stampMicros, readBeganAtMicros, reader, again });
      if (decision.action === 'none') {
        if (known === null || !isLaterRead(known, { readEndedAtMicros, reader })) return;
        yield;
        if (world.store?.version === decision.version) {
          const noted = Math.max(world.store.readEndedAtMicros, readEndedAtMicros);
          const of = world.store.reader === reader ? reader : null;
          world.store = { ...world.store, readEndedAtMicros: noted, reader: of };
          return;
        }
        known = world.store;
        continue;
      }
      if (decision.action === 'read-again') {
        while (nowMicros() < decision.fromMicros) {
          world.micros += TICK_MICROS;
          yield;
        }
        break;
      }
      yield;
      const { version, readEndedAtMicros: ended, reader: by } = world.store ?? {};
      if (version !== known?.version || ended !== known?.readEndedAtMicros || by !== known?.reader) {
        known = world.store;
        continue;
      }
      world.store = { version: decision.version, contentHash, readEndedAtMicros, reader, state: 'intended' };
      yield;
      world.topic.push({ version: decision.version, moment });
      yield;
      if (world.store.version === decision.version) {
        world.store = { ...world.store, state: 'confirmed' };
        return;
      }
      // Overtaken: what was just appended may stand behind a newer version.
      again = true;
      break;
    }
  }
}

/** Publishes what stands in the topic once more: all of it from the beginning, again and again, whatever the readers do meanwhile. */
function* republish(world: World, decide: Repeat): Generator<void, void> {
  for (let place = 0; place < world.topic.length; place += 1) {
    const { version: standing, moment } = world.topic[place] as World['topic'][number];
    yield;
    const known = world.store;
    const version = decide(known, { version: standing, contentHash: `h${contentAt(moment)}` });
    yield;
    if (known === null || version === null) continue;
    if (version > known.version) {
      const { version: last, readEndedAtMicros, reader } = world.store ?? {};
      if (last !== known.version || readEndedAtMicros !== known.readEndedAtMicros || reader !== known.reader) continue;
      world.store = { ...known, version, state: 'intended' };
    }
    yield;
    world.topic.push({ version, moment, repeats: standing });
    yield;
    if (world.store?.version === version) world.store = { ...world.store, state: 'confirmed' };
    // Endlessly otherwise: in the product, what stands in the new schema is passed over.
    if (world.topic.length > 400) return;
  }
}

function play(
  steps: readonly { actor: number; crash: boolean; change: boolean }[],
  decide: Decide,
  repeat: Repeat | null = null,
): World {
  const world: World = { micros: 1_000_000, moment: 1, store: null, topic: [] };
  let started = 3;
  const readers = ['0', '1', '2'];
  const begin = (actor: number): Generator<void, void> =>
    actor === 2 && repeat !== null ? republish(world, repeat) : replicaRead(world, actor, readers[actor] ?? '', decide);
  const actors = readers.map((_, actor) => begin(actor));
  for (const { actor, crash, change } of steps) {
    if (change) world.moment += 1;
    const running = actors[actor] as Generator<void, void>;
    // A crash loses everything the replica knew; another process begins with a new read.
    if (crash) readers[actor] = String(started++);
    if (crash || running.next().done) actors[actor] = begin(actor);
  }
  // The source comes to rest, what runs runs out, and one last read (a poll) looks.
  for (const running of actors) while (!running.next().done);
  const final = begin(0);
  while (!final.next().done);
  return world;
}

const steps = fc.array(
  fc.record({
    actor: fc.nat(2),
    crash: fc.integer({ min: 0, max: 11 }).map((n) => n === 0),
    change: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  }),
  { maxLength: 120 },
);

/** Latest wins: what a consumer that skips lower versions ends with, and what it saw on the way. */
function findFault(world: World): string | null {
  /** Published once more, a version was seen at several moments. */
  const byVersion = new Map<number, { first: number; last: number }>();
  const contents = new Map<number, number>();
  for (const { version, moment } of world.topic) {
    if ((contents.get(version) ?? contentAt(moment)) !== contentAt(moment))
      return `version ${version} means two contents`;
    contents.set(version, contentAt(moment));
  }
  for (const { version, moment, repeats } of world.topic) {
    if (repeats !== undefined) continue;
    const seen = byVersion.get(version) ?? { first: moment, last: moment };
    byVersion.set(version, { first: Math.min(seen.first, moment), last: Math.max(seen.last, moment) });
  }
  // A repetition is as old as what it repeats, whichever copy of that it was made from.
  for (const { version, repeats } of world.topic.toSorted((a, b) => a.version - b.version)) {
    const repeated = repeats === undefined || byVersion.has(version) ? undefined : byVersion.get(repeats);
    if (repeated !== undefined) byVersion.set(version, { first: repeated.last, last: repeated.last });
  }
  const ordered = [...byVersion].sort(([a], [b]) => a - b).map(([, seen]) => seen);
  for (let i = 1; i < ordered.length; i += 1)
    if ((ordered[i]?.first ?? 0) < (ordered[i - 1]?.last ?? 0)) return 'a higher version shows an older state';
  if (contentAt(ordered.at(-1)?.last ?? 0) !== contentAt(world.moment))
    return 'the last version is not the present state';
  return world.store?.state === 'confirmed' ? null : 'the last version is not confirmed';
}

describe('any replicas, any interleaving, a crash at any step', () => {
  it('versions rise with the content, never regress, and end with the present state', () => {
    fc.assert(
      fc.property(steps, (given) => {
        expect(findFault(play(given, decideVersion))).toBeNull();
      }),
      { numRuns: 3_000 },
    );
  });

  it('states that are published once more meanwhile change nothing of it', () => {
    fc.assert(
      fc.property(steps, (given) => {
        expect(findFault(play(given, decideVersion, decideRepetition))).toBeNull();
      }),
      { numRuns: 3_000 },
    );
  });

  it('the check catches that whatever stands in the topic is published once more', () => {
    const mutant: Repeat = (last, { version }) => (last === null ? null : Math.max(last.version, version) + 1);
    const result = fc.check(
      fc.property(steps, (given) => findFault(play(given, decideVersion, mutant)) === null),
      { numRuns: 20_000 },
    );
    expect(result.failed).toBe(true);
  });

  it('without a crash between sending and confirming, the topic ends with the highest version', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const { topic } = play(
          given.map((step) => ({ ...step, crash: false })),
          decideVersion,
        );
        expect(topic.at(-1)?.version).toBe(Math.max(...topic.map(({ version }) => version)));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, Decide]>([
    [
      'reads may publish whenever they began',
      (l, r) => decideVersion(l, { ...r, readBeganAtMicros: Number.MAX_SAFE_INTEGER - 9e13 }),
    ],
    [
      'the stamp alone is the version',
      (l, r) => {
        const decision = decideVersion(l, r);
        return decision.action === 'publish' ? { ...decision, version: r.stampMicros ?? 0 } : decision;
      },
    ],
    ['unconfirmed counts as published', (l, r) => decideVersion(l === null ? null : { ...l, state: 'confirmed' }, r)],
    [
      'never one more',
      (l, r) => {
        const decision = decideVersion(l, r);
        return decision.action === 'publish' ? { ...decision, version: l?.version ?? 0 } : decision;
      },
    ],
    [
      'clocks of replicas are compared as if they were one',
      (l, r) => decideVersion(l === null ? null : { ...l, reader: r.reader }, r),
    ],
  ])('the check catches: %s', (_name, mutant) => {
    const result = fc.check(
      fc.property(steps, (given) => findFault(play(given, mutant)) === null),
      { numRuns: 20_000 },
    );
    expect(result.failed).toBe(true);
  });
});
