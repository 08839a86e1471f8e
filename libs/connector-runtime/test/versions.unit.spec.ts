import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideVersion, type LastVersion, type ReadVersion } from '../src/publish/versions.ts';

const last = (given: Partial<LastVersion> = {}): LastVersion => ({
  version: 100,
  contentHash: 'a',
  readEndedAtMicros: 50,
  state: 'confirmed',
  ...given,
});
const read = (given: Partial<ReadVersion> = {}): ReadVersion => ({
  contentHash: 'b',
  stampMicros: 90,
  readBeganAtMicros: 60,
  ...given,
});

describe('one decision', () => {
  it.each([
    ['never published: the stamp', null, read(), { action: 'publish', version: 90, expectedVersion: null }],
    [
      'never published, no stamp: the time of the read',
      null,
      read({ stampMicros: null }),
      { action: 'publish', version: 60, expectedVersion: null },
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
      { action: 'publish', version: 100, expectedVersion: 100 },
    ],
    [
      'other content, unconfirmed: higher',
      last({ state: 'intended' }),
      read(),
      { action: 'publish', version: 101, expectedVersion: 100 },
    ],
    [
      'other content, coarse stamp: higher all the same',
      last(),
      read({ stampMicros: 100 }),
      { action: 'publish', version: 101, expectedVersion: 100 },
    ],
    [
      'other content, later stamp',
      last(),
      read({ stampMicros: 500 }),
      { action: 'publish', version: 500, expectedVersion: 100 },
    ],
    [
      'other content, by a read that may have seen less',
      last(),
      read({ readBeganAtMicros: 49 }),
      { action: 'read-again' },
    ],
    [
      'a stamp from the far future is not believed',
      null,
      read({ stampMicros: 9e15 }),
      { action: 'publish', version: 60, expectedVersion: null },
    ],
  ] as const)('%s', (_name, before, given, decision) => {
    expect(decideVersion(before, given)).toEqual(decision);
  });
});

/**
 * A model of the whole: a source whose content changes, replicas that read it, a store with compare-and-set, a topic. Each actor is a
 * sequence of steps; fast-check decides who goes next, and who crashes between which steps.
 */
interface World {
  clock: number;
  content: number;
  store: LastVersion | null;
  topic: { version: number; content: number }[];
}

type Decide = typeof decideVersion;

function* replicaRead(world: World, decide: Decide): Generator<void, void> {
  let again = false;
  for (;;) {
    world.clock += 1;
    const readBeganAtMicros = world.clock;
    yield;
    const { content } = world;
    yield;
    world.clock += 1;
    const readEndedAtMicros = world.clock;
    yield;
    let known = world.store;
    for (;;) {
      // Stamps are coarse: many changes share one.
      const stampMicros = Math.floor(content / 4);
      const decision = decide(known, { contentHash: `h${content}`, stampMicros, readBeganAtMicros, again });
      if (decision.action === 'none') return;
      if (decision.action === 'read-again') break;
      yield;
      if ((world.store?.version ?? null) !== decision.expectedVersion) {
        known = world.store;
        continue;
      }
      world.store = { version: decision.version, contentHash: `h${content}`, readEndedAtMicros, state: 'intended' };
      yield;
      world.topic.push({ version: decision.version, content });
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

function play(steps: readonly { actor: number; crash: boolean; change: boolean }[], decide: Decide): World {
  const world: World = { clock: 10, content: 1, store: null, topic: [] };
  const actors = Array.from({ length: 3 }, () => replicaRead(world, decide));
  for (const { actor, crash, change } of steps) {
    if (change) world.content += 1;
    const running = actors[actor] as Generator<void, void>;
    // A crash loses everything the replica knew; it, or another, begins with a new read.
    if (crash || running.next().done) actors[actor] = replicaRead(world, decide);
  }
  // The source comes to rest, what runs runs out, and one last read (a poll) looks.
  for (const running of actors) while (!running.next().done);
  const final = replicaRead(world, decide);
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
  const byVersion = new Map<number, number>();
  for (const { version, content } of world.topic) {
    const other = byVersion.get(version);
    if (other !== undefined && other !== content) return `version ${version} means two contents`;
    byVersion.set(version, content);
  }
  const ordered = [...byVersion].sort(([a], [b]) => a - b).map(([, content]) => content);
  for (let i = 1; i < ordered.length; i += 1)
    if ((ordered[i] as number) < (ordered[i - 1] as number)) return 'a higher version shows an older state';
  if (ordered.at(-1) !== world.content) return 'the last version is not the present state';
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
      'always one more',
      (l, r) => {
        const decision = decideVersion(l, r);
        return decision.action === 'publish'
          ? { ...decision, expectedVersion: l?.version ?? null, version: l?.version ?? 0 }
          : decision;
      },
    ],
  ])('the check catches: %s', (_name, mutant) => {
    const result = fc.check(
      fc.property(steps, (given) => findFault(play(given, mutant)) === null),
      { numRuns: 20_000 },
    );
    expect(result.failed).toBe(true);
  });
});
