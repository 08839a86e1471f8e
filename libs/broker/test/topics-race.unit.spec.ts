import type { TopicDeclaration } from '@entrepot/canonical';
import { createSilentLogger } from '@entrepot/service-kit';
import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { applyTopics } from '../src/topics/apply-topics.ts';

/**
 * A broker that takes the first request to create and makes none of its topics, as if another process were about to; and that names itself their
 * leader before it serves them.
 * @param unserved how many times it answers so
 */
function createForgetfulAdmin(unserved = 0): { admin: Admin; asked: string[][]; left: () => number } {
  let left = unserved;
  const asked: string[][] = [];
  const topics = new Set<string>();
  const admin = {
    describeCluster: async () => ({ brokers: [{}] }),
    listTopics: async () => [...topics],
    createTopics: async (request: { topics: { topic: string }[] }) => {
      asked.push(request.topics.map(({ topic }) => topic));
      if (asked.length > 1) for (const { topic } of request.topics) topics.add(topic);
      return false;
    },
    fetchTopicMetadata: async (request: { topics: string[] }) => {
      if (request.topics.some((topic) => !topics.has(topic))) {
        throw Object.assign(new Error('unknown topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
      }
      return { topics: request.topics.map((name) => ({ name, partitions: [{ leader: 1 }] })) };
    },
    fetchTopicOffsets: async () => {
      left -= 1;
      if (left >= 0) throw Object.assign(new Error('not the leader'), { type: 'NOT_LEADER_FOR_PARTITION' });
      return [];
    },
  };
  return { admin: admin as unknown as Admin, asked, left: () => left };
}

describe('topics that several processes make at once', () => {
  it('are created once more when they do not appear', async () => {
    const { admin, asked } = createForgetfulAdmin();
    const declared: TopicDeclaration[] = [{ name: 'lane', partitions: 1, config: {} } as TopicDeclaration];
    await applyTopics(admin, createSilentLogger(), declared, 1_000_000);
    expect(asked).toEqual([['lane'], ['lane']]);
  });

  it('are waited for until their leader serves them', async () => {
    const { admin, left } = createForgetfulAdmin(3);
    const declared: TopicDeclaration[] = [{ name: 'lane', partitions: 1, config: {} }];
    await applyTopics(admin, createSilentLogger(), declared, 1_000_000);
    expect(left()).toBe(-1);
  });
});
