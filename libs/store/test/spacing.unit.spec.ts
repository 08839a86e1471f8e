import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGroupedReader, createGroupedWriter, createSpacing, type GroupedOperation } from '../src/index.ts';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('spacing of batches', () => {
  it('lets the first batch begin immediately, and one after a rest', () => {
    const spacing = createSpacing(40);
    expect(spacing.waitMs(1_000)).toBe(0);
    spacing.began(5, 1_000);
    expect(spacing.waitMs(1_040)).toBe(0);
  });

  it('keeps a batch back that follows a gathered one too soon', () => {
    const spacing = createSpacing(40);
    spacing.began(2, 1_000);
    expect(spacing.waitMs(1_010)).toBe(30);
  });

  it('stops waiting where nothing joins: a caller that writes one after the other', () => {
    const spacing = createSpacing(40);
    spacing.began(2, 1_000);
    for (const atMs of [1_040, 1_080]) {
      spacing.began(1, atMs);
      expect(spacing.waitMs(atMs + 5)).toBe(35);
    }
    spacing.began(1, 1_120);
    expect(spacing.waitMs(1_125)).toBe(0);
  });

  it('never has more gathered batches begin than intervals fit, and never makes one wait longer than an interval', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 80 }), (gapsMs) => {
        const spacing = createSpacing(40);
        let nowMs = 0;
        const beginnings: number[] = [];
        for (const gapMs of gapsMs) {
          nowMs += gapMs;
          const waitMs = spacing.waitMs(nowMs);
          expect(waitMs).toBeLessThanOrEqual(40);
          nowMs += waitMs;
          spacing.began(2, nowMs);
          beginnings.push(nowMs);
        }
        const lastsMs = nowMs - (beginnings[0] ?? 0);
        expect(beginnings.length).toBeLessThanOrEqual(Math.floor(lastsMs / 40) + 1);
      }),
    );
  });
});

describe('spaced groups', () => {
  it('a writer gathers what comes within the interval into one batch', async () => {
    const batches: number[] = [];
    const writer = createGroupedWriter<GroupedOperation>({
      minIntervalMs: 200,
      writeBatch: async (batch) => {
        batches.push(batch.length);
        return batch.map(() => 'applied' as const);
      },
    });
    await Promise.all([writer.submit({ id: 'a' }), writer.submit({ id: 'b' })]);
    const later = [writer.submit({ id: 'c' })];
    await sleep(20);
    later.push(writer.submit({ id: 'd' }));
    await Promise.all(later);
    expect(batches).toEqual([2, 2]);
  });

  it('a writer does not keep a full batch back', async () => {
    const beganMs: number[] = [];
    const writer = createGroupedWriter<GroupedOperation>({
      minIntervalMs: 60_000,
      maxBatch: 2,
      writeBatch: async (batch) => {
        beganMs.push(performance.now());
        return batch.map(() => 'applied' as const);
      },
    });
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => writer.submit({ id })));
    expect(beganMs).toHaveLength(2);
  });

  it('a reader gathers what is asked within the interval, and answers each', async () => {
    const batches: (readonly string[])[] = [];
    const reader = createGroupedReader<string, string>({
      minIntervalMs: 200,
      readBatch: async (questions) => {
        batches.push(questions);
        return (question) => question.toUpperCase();
      },
    });
    await Promise.all([reader.read('a'), reader.read('b')]);
    const later = [reader.read('c')];
    await sleep(20);
    later.push(reader.read('d'));
    expect(await Promise.all(later)).toEqual(['C', 'D']);
    expect(batches).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
});
