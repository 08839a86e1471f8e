import { createSilentLogger } from '@entrepot/service-kit';
import { openClient, type PlannedDocument } from '@entrepot/vendor-kit';
import { createMemoryVault, freeBudget, freeCall } from '@entrepot/vendor-kit/testing';
import { expect, it } from 'vitest';
import { TargetModel } from '../src/testing/target-model.ts';

const call = freeCall();

it('two connections of one definition write into the systems behind them, each into its own', async () => {
  const clock = { sleep: async () => {}, schedule: () => {} };
  const models = { erp: new TargetModel(clock), second: new TargetModel(clock) };
  const vendor = {
    client: models.erp.client({ modelOf: (connection) => models[connection as keyof typeof models] }),
    source: null,
    target: models.erp.definition(),
  };
  const sent: PlannedDocument = {
    role: 'order',
    subId: null,
    desired: 'posted',
    externalRef: 'shop/1',
    body: { version: 1, content: 'v1', email: null, lineIds: [] },
  };
  const written = ['erp', 'second'].map(async (id) => {
    const { target } = openClient(vendor, {
      connection: { id, label: id, settings: {}, secrets: {}, revision: 1 },
      log: createSilentLogger(),
      now: () => 0,
      budget: freeBudget(),
      raiseAttention: () => {},
      credentials: createMemoryVault(),
    });
    return target?.entity('order')?.create(sent, call);
  });
  await Promise.all(written);
  expect(models.erp.documents.map(({ ref }) => ref)).toEqual(['shop/1']);
  expect(models.second.documents.map(({ ref }) => ref)).toEqual(['shop/1']);
  expect(models.second.requests).toEqual(['create']);
});
