import { describe, expect, it } from 'vitest';
import { GatheredLookup, groupBy } from '../src/ingest/gathered-lookup.ts';

describe('GatheredLookup', () => {
  it('asks once for all that came together, and answers each', async () => {
    const asked: (readonly number[])[] = [];
    const lookup = new GatheredLookup<number, string>(async (numbers) => {
      asked.push(numbers);
      return (number) => `answer ${number}`;
    });
    expect(await Promise.all([1, 2, 3].map((number) => lookup.ask(number)))).toEqual([
      'answer 1',
      'answer 2',
      'answer 3',
    ]);
    expect(await lookup.ask(4)).toBe('answer 4');
    expect(asked).toEqual([[1, 2, 3], [4]]);
  });

  it('tells all askers of a failed look, and looks again for the next', async () => {
    let failures = 1;
    const lookup = new GatheredLookup<number, number>(async () => {
      if (failures-- > 0) throw new Error('no primary');
      return (number) => number;
    });
    const ends = await Promise.allSettled([lookup.ask(1), lookup.ask(2)]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await lookup.ask(3)).toBe(3);
  });
});

it('groups questions by name, in the order they came', () => {
  expect(groupBy(['a1', 'b1', 'a2'], (text) => text.slice(0, 1))).toEqual([['a1', 'a2'], ['b1']]);
});
