import type { Admin } from 'kafkajs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EndWatch } from '../src/consume/ends/end-watch.ts';
import { LogEnds } from '../src/consume/ends/log-ends.ts';
import { Dispatcher } from '../src/dispatcher/index.ts';

const PLACE = { topic: 'bulk', partition: 0 };
/** What Kafka answers to the next looks; an error: nothing. */
let answer: string | Error;
let questions: number;
let dispatcher: Dispatcher;
let ends: LogEnds;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  answer = '0';
  questions = 0;
  const admin = {
    fetchTopicOffsets: async () => {
      questions += 1;
      if (answer instanceof Error) throw answer;
      return [{ partition: 0, offset: answer, high: answer, low: '0' }];
    },
  } as unknown as Admin;
  ends = new LogEnds(admin);
  dispatcher = new Dispatcher(
    { handler: async () => undefined, onBug: async () => undefined, restingTopics: ['bulk'] },
    { schedule: () => () => undefined, pause: () => undefined, resume: () => undefined, commit: async () => undefined },
  );
  dispatcher.position(dispatcher.assign([PLACE]).epoch, PLACE, 0n);
});
afterEach(() => vi.useRealTimers());

const isResting = () => dispatcher.state().partitions[0]?.resting;
const passSeconds = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);

test('looks once a second: a partition rests when nothing comes, and is fetched again when its log grows', async () => {
  const watch = new EndWatch(dispatcher, ends, ['bulk']);
  await passSeconds(2);
  expect(isResting()).toBe(false);
  await passSeconds(1);
  expect(isResting()).toBe(true);
  answer = '1';
  await passSeconds(1);
  expect(isResting()).toBe(false);
  watch.close();
});

test('nothing rests while Kafka does not say where logs end', async () => {
  const watch = new EndWatch(dispatcher, ends, ['bulk']);
  await passSeconds(4);
  expect(isResting()).toBe(true);
  answer = new Error('no answer');
  await passSeconds(1);
  expect(isResting()).toBe(false);
  watch.close();
});

test('an answer of before partitions came or went says nothing about them', async () => {
  const watch = new EndWatch(dispatcher, ends, []);
  const looked = watch.refresh();
  dispatcher.assign([PLACE]);
  answer = '7';
  await looked;
  expect(dispatcher.state().partitions[0]?.lag).toBeNull();
  watch.close();
});

test('consumers of a process share a question, each topic its own, and none is asked after the end', async () => {
  const watches = [1, 2, 3].map(() => new EndWatch(dispatcher, ends, ['bulk', 'other']));
  await passSeconds(3);
  expect(questions).toBe(2 * 3);
  for (const watch of watches) watch.close();
  await passSeconds(20);
  expect(questions).toBe(2 * 3);
});
