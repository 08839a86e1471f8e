import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupedWriter, type GroupedOperation, type WriteResult } from '../src/index.ts';

/** Compare-and-set on a counter: applies only when the stored value is `expected`. */
interface Step extends GroupedOperation {
  readonly sequence: number;
  readonly expected: number;
}

/** Stands for the database: applies batches in any order, fails some as a whole and some operations by themselves. */
function createFakeDatabase(order: (length: number) => number[], failsAt: ReadonlySet<number>) {
  const values = new Map<string, number>();
  const applied: Step[] = [];
  const batches: number[] = [];
  let inFlight = 0;
  async function writeBatch(batch: readonly Step[]): Promise<WriteResult[]> {
    inFlight += 1;
    expect(inFlight).toBe(1);
    expect(new Set(batch.map((step) => step.id)).size).toBe(batch.length);
    batches.push(batch.length);
    const results: WriteResult[] = [];
    for (const index of order(batch.length)) {
      const step = batch[index] as Step;
      await Promise.resolve();
      if ((values.get(step.id) ?? 0) === step.expected) {
        values.set(step.id, step.expected + 1);
        applied.push(step);
        results[index] = 'applied';
      } else {
        results[index] = 'refused';
      }
    }
    inFlight -= 1;
    if (failsAt.has(batches.length)) throw new Error('connection lost');
    return results;
  }
  return { writeBatch, applied, batches };
}

describe('grouped writer', () => {
  it('tells each caller its own result, in order per id, never two of one id in a batch', async () => {
    const steps = fc.array(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), expected: fc.nat(4), pause: fc.boolean() }),
      {
        maxLength: 60,
      },
    );
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        fc.uniqueArray(fc.nat(10)),
        async (input, maxBatch, backwards, failing) => {
          const order = (length: number): number[] => {
            const indexes = Array.from({ length }, (_, index) => index);
            return backwards ? indexes.reverse() : indexes;
          };
          const database = createFakeDatabase(order, new Set(failing));
          const writer = createGroupedWriter<Step>({ writeBatch: database.writeBatch, maxBatch });
          const outcomes: Promise<boolean | 'unknown'>[] = [];
          for (const [sequence, { id, expected, pause }] of input.entries()) {
            outcomes.push(writer.submit({ id, expected, sequence }).catch(() => 'unknown' as const));
            if (pause) await new Promise((resolve) => setImmediate(resolve));
          }
          await writer.drain();
          const results = await Promise.all(outcomes);
          const applied = new Set(database.applied.map((step) => step.sequence));
          for (const [sequence, result] of results.entries()) {
            if (result !== 'unknown') expect(result).toBe(applied.has(sequence));
          }
          // What a plain loop over the input would have applied, as every operation waits for those before it on its id.
          const values = new Map<string, number>();
          const inOrder = input.flatMap(({ id, expected }, sequence) => {
            if ((values.get(id) ?? 0) !== expected) return [];
            values.set(id, expected + 1);
            return [sequence];
          });
          expect([...applied].sort((a, b) => a - b)).toEqual(inOrder);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('gathers what comes while a batch is under way', async () => {
    const database = createFakeDatabase((length) => Array.from({ length }, (_, index) => index), new Set());
    const writer = createGroupedWriter<Step>({ writeBatch: database.writeBatch });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => writer.submit({ id: `k${index}`, expected: 0, sequence: index })),
    );
    expect(database.batches).toEqual([500, 500]);
  });

  it('fails only the operation that failed by itself', async () => {
    const writer = createGroupedWriter({
      writeBatch: async (batch) =>
        batch.map((operation) => (operation.id === 'bad' ? new Error('too large') : 'applied')),
    });
    const results = await Promise.allSettled([writer.submit({ id: 'good' }), writer.submit({ id: 'bad' })]);
    expect(results).toMatchObject([
      { status: 'fulfilled', value: true },
      { status: 'rejected', reason: { message: 'too large' } },
    ]);
  });
});
