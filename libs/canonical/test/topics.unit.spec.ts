import { expect, test } from 'vitest';
import { listConnectorTopics, listSharedTopics, listSinkTopics } from '../src/index.ts';

test('no topic leaves it to the broker how its batches are compressed', () => {
  const declared = [...listSharedTopics(), ...listConnectorTopics('shopify'), ...listSinkTopics('sap-b1')];
  expect(declared.length).toBeGreaterThan(6);
  const others = declared.filter(({ config }) => config['compression.type'] !== 'producer');
  expect(others.map(({ name }) => name)).toEqual([]);
});
