import { createSilentLogger } from '@entrepot/service-kit';
import { expect, test } from 'vitest';
import { LaneTrimmer } from '../src/service/consumers.ts';

type Below = Record<string, Record<number, bigint>>;

/** A trimmer on a broker that notes what it was asked to delete, and refuses some topics. */
function trimmer(refused: readonly string[] = []) {
  const asked: Below[] = [];
  const broker = {
    deleteRecordsBelow: async (topic: string, below: ReadonlyMap<number, bigint>) => {
      asked.push({ [topic]: Object.fromEntries(below) });
      if (refused.includes(topic)) throw new Error('not now');
    },
  };
  return { asked, trimmer: new LaneTrimmer(broker, createSilentLogger()) };
}

test('each topic is trimmed once, to the newest commit of each of its partitions', async () => {
  const { asked, trimmer: lanes } = trimmer();
  lanes.committed('lane', 0, 5n);
  lanes.committed('lane', 1, 7n);
  lanes.committed('lane', 0, 9n);
  lanes.committed('lane.bulk', 0, 1n);
  await lanes.trim();
  expect(asked).toEqual([{ lane: { 0: 9n, 1: 7n } }, { 'lane.bulk': { 0: 1n } }]);
  await lanes.trim();
  expect(asked).toHaveLength(2);
});

test('a topic that cannot be trimmed holds up no other, and is tried again', async () => {
  const refused = ['lane'];
  const { asked, trimmer: lanes } = trimmer(refused);
  lanes.committed('lane', 0, 5n);
  lanes.committed('lane', 1, 6n);
  lanes.committed('lane.bulk', 0, 1n);
  await lanes.trim();
  expect(asked).toHaveLength(2);
  refused.pop();
  lanes.committed('lane', 1, 8n);
  await lanes.trim();
  expect(asked.slice(2)).toEqual([{ lane: { 0: 5n, 1: 8n } }]);
});
