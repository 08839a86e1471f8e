import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupedReader } from '../src/index.ts';

interface Counter {
  readonly _id: string;
  readonly value: number;
}

/** Stands for the database: each batch sees the values of the moment it is sent, and is answered after some turns. */
function createFakeDatabase(failsAt: ReadonlySet<number>) {
  const values = new Map<string, number>();
  const batches: (readonly string[])[] = [];
  async function readBatch(ids: readonly string[]): Promise<(id: string) => Counter | null> {
    const number = batches.push(ids);
    expect(new Set(ids).size).toBe(ids.length);
    const seen = ids.flatMap((id) => (values.has(id) ? [{ _id: id, value: values.get(id) as number }] : []));
    for (let turn = 0; turn < number % 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    if (failsAt.has(number)) throw new Error('connection lost');
    return (id) => seen.find(({ _id }) => _id === id) ?? null;
  }
  return { values, batches, readBatch };
}

describe('grouped reader', () => {
  it('gives each caller its own document, never older than when it asked', async () => {
    const steps = fc.array(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), write: fc.boolean(), pause: fc.boolean() }),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.uniqueArray(fc.nat(10)),
        async (input, maxBatch, failing) => {
          const database = createFakeDatabase(new Set(failing));
          const reader = createGroupedReader({ readBatch: database.readBatch, maxBatch });
          const reads: Promise<void>[] = [];
          for (const { id, write, pause } of input) {
            if (write) database.values.set(id, (database.values.get(id) ?? 0) + 1);
            const known = database.values.get(id);
            const check = reader.read(id).then(
              (document) => {
                if (known !== undefined) expect(document?._id).toBe(id);
                expect(document?.value ?? 0).toBeGreaterThanOrEqual(known ?? 0);
              },
              (error: Error) => expect(error.message).toBe('connection lost'),
            );
            reads.push(check);
            if (pause) await new Promise((resolve) => setImmediate(resolve));
          }
          await Promise.all(reads);
          expect(Math.max(0, ...database.batches.map(({ length }) => length))).toBeLessThanOrEqual(maxBatch);
        },
      ),
    );
  });

  it('asks once for what was asked while two batches were under way', async () => {
    const answers: (() => void)[] = [];
    const batches: (readonly string[])[] = [];
    const reader = createGroupedReader<string, string>({
      readBatch: (ids) => {
        batches.push(ids);
        return new Promise((resolve) => answers.push(() => resolve((id) => id)));
      },
    });
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const first = reader.read('a');
    await turn();
    const second = reader.read('b');
    await turn();
    const rest = ['c', 'd', 'a', 'c'].map((id) => reader.read(id));
    await turn();
    expect(batches).toEqual([['a'], ['b']]);
    answers[0]?.();
    await first;
    await turn();
    expect(batches).toEqual([['a'], ['b'], ['c', 'd', 'a']]);
    for (const answer of answers) answer();
    await Promise.all([second, ...rest]);
  });

  it('with one batch under way asks the next for all that gathered meanwhile', async () => {
    const batches: (readonly number[])[] = [];
    const reader = createGroupedReader<number, string>({
      readBatch: async (numbers) => {
        batches.push(numbers);
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        return (number) => `answer ${number}`;
      },
      maxUnderWay: 1,
    });
    const first = reader.read(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await Promise.all([first, reader.read(2), reader.read(3)])).toEqual(['answer 1', 'answer 2', 'answer 3']);
    expect(batches).toEqual([[1], [2, 3]]);
  });
});
