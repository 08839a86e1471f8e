import { expect, it } from 'vitest';
import { isLaneNews } from '../src/states/lane-report.ts';

const known = { epoch: 2, atMicros: 100 };

it.each([
  ['a later owner, whatever its clock says', { epoch: 3, atMicros: 1 }, true],
  ['the same owner, later', { epoch: 2, atMicros: 101 }, true],
  ['the same report again', known, true],
  ['the same owner, earlier', { epoch: 2, atMicros: 99 }, false],
  ['an earlier owner, or one that never had the lane', { epoch: 0, atMicros: 999 }, false],
])('%s', (_who, report, isNews) => {
  expect(isLaneNews(report, known)).toBe(isNews);
});
