import type { Admin } from 'kafkajs';
import { expect, test } from 'vitest';
import { fetchTopicOffsets, readEnds } from '../src/consume/ends/positions.ts';

/** Fails as kafkajs does when an answer about another topic has replaced what it knew of this one. */
function createForgetfulAdmin(failures: number): { admin: Admin; asked: () => number } {
  let asked = 0;
  const admin = {
    fetchTopicOffsets: async () => {
      asked += 1;
      const found: { partitions: unknown[] }[] = asked > failures ? [{ partitions: [] }] : [];
      const { partitions } = found.pop() as { partitions: unknown[] };
      return [...partitions, { partition: 0, offset: '7', high: '7', low: '2' }];
    },
  };
  return { admin: admin as unknown as Admin, asked: () => asked };
}

test('a topic of which kafkajs lost sight between two questions is asked for once more', async () => {
  const { admin, asked } = createForgetfulAdmin(2);
  expect(await readEnds(admin, 'orders')).toEqual(new Map([[0, 7n]]));
  expect(asked()).toBe(3);
});

test('one that stays out of sight is an error in the end, and so is any other answer, as it comes', async () => {
  const { admin, asked } = createForgetfulAdmin(1_000);
  await expect(fetchTopicOffsets(admin, 'orders')).rejects.toThrow(TypeError);
  expect(asked()).toBe(10);
  let others = 0;
  const refusing = {
    fetchTopicOffsets: async () => {
      others += 1;
      throw new Error('the broker is not available');
    },
  } as unknown as Admin;
  await expect(fetchTopicOffsets(refusing, 'orders')).rejects.toThrow('the broker is not available');
  expect(others).toBe(1);
});
