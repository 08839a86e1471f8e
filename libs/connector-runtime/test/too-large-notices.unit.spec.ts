import { beforeEach, describe, expect, it } from 'vitest';
import type { OpenConnection } from '../src/sources/open-connections.ts';
import { createTooLargeNotices } from '../src/webhooks/admission.ts';

let nowMs = 0;
let told: [string, string | null][] = [];
const connection = {
  id: 'shop',
  raiseAttention: (topic: string, message: string | null) => void told.push([topic, message]),
} as unknown as OpenConnection;
const receiver = {
  maxBytes: 100,
  tooLargeAdvice: 'Do this.',
  repeatsForMs: 1_000,
  topicHeader: 'topic',
  topics: ['a', 'b'],
};

beforeEach(() => {
  nowMs = 0;
  told = [];
});

describe('notices of webhooks that were too large', () => {
  it('stay while the vendor may still repeat the refused one, and end with the next webhook of the topic after that', () => {
    const notices = createTooLargeNotices(receiver, () => nowMs);
    notices.refused(connection, { topic: 'a', 'content-length': '150' });
    expect(told).toEqual([['webhook too large: a', expect.stringContaining('A webhook of a with 150 bytes')]]);
    told = [];
    nowMs = 500;
    // Another, smaller record of the topic: the large one is still as large.
    notices.taken(connection, { topic: 'a' });
    notices.refused(connection, { topic: 'a', 'content-length': '160' });
    nowMs = 1_499;
    notices.taken(connection, { topic: 'a' });
    notices.taken(connection, { topic: 'b' });
    expect(told).toEqual([['webhook too large: a', expect.stringContaining('150 bytes')]]);
    told = [];
    nowMs = 1_500;
    notices.taken(connection, { topic: 'b' });
    expect(told).toEqual([]);
    notices.taken(connection, { topic: 'a' });
    notices.taken(connection, { topic: 'a' });
    expect(told).toEqual([['webhook too large: a', null]]);
  });

  it('name the limit where the body came without its length', () => {
    createTooLargeNotices(receiver, () => nowMs).refused(connection, { topic: 'a' });
    expect(told[0]?.[1]).toContain('with more than 100 bytes');
  });
});
