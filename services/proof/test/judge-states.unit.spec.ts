import { expect, it } from 'vitest';
import { countOlder, judgeStates, lastStates } from '../src/upgrade/judge-states.ts';
import type { StandingState } from '../src/upgrade/topic-reader.ts';

const old: StandingState = {
  record: 'orders shop/1',
  version: 5,
  contentHash: 'h',
  repeats: null,
  snapshot: false,
  deleted: false,
  isOlder: true,
};
const good: StandingState = { ...old, version: 6, repeats: 5, snapshot: true, isOlder: false };
const judge = (...after: StandingState[]) => judgeStates(lastStates([old]), [old, ...after]);

it('finds nothing where each last state came once more, as it was', () => {
  expect(judge(good)).toEqual([]);
  expect([countOlder([old]), countOlder([old, good])]).toEqual([1, 0]);
});

it.each<[string, StandingState[]]>([
  ['nothing came', []],
  ['it came twice', [good, { ...good, version: 7, repeats: 6 }]],
  ['it came in the older schema', [{ ...good, isOlder: true }]],
  ['its content is another', [{ ...good, contentHash: 'other' }]],
  ['it is deleted now', [{ ...good, deleted: true }]],
  ['its version is not the next', [{ ...good, version: 9 }]],
  ['it does not say what it repeats', [{ ...good, repeats: null }]],
  ['it is no snapshot', [{ ...good, snapshot: false }]],
  ['another record came', [good, { ...good, record: 'orders shop/2' }]],
])('finds that %s', (_what, after) => {
  expect(judge(...after)).toHaveLength(1);
});
