import { expect, test } from 'vitest';
import { murmur2, partitionOfKey } from '../src/publish/sender.ts';

/** Vectors of Kafka's own test of its Java client (UtilsTest.testMurmur2). */
test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('hashes %s as the Java client does', (key, expected) => {
  expect(murmur2(Buffer.from(key))).toBe(expected);
});

test('partitions are never negative', () => {
  expect(partitionOfKey('21', 12)).toBe((-973_932_308 & 0x7fffffff) % 12);
  for (let count = 1; count < 40; count += 1) expect(partitionOfKey('foobar', count)).toBeGreaterThanOrEqual(0);
});
