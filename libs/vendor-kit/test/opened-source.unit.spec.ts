import { expect, it } from 'vitest';
import { z } from 'zod';
import { defineSource, openClient, sourceEntity } from '../src/index.ts';
import { createMemoryVault, freeBudget } from '../src/testing/index.ts';

const SECRET = 'a-secret-that-is-repeated';

it('a record that cannot be mapped keeps what it confirms, of declared roles alone, and no secret', async () => {
  const document = { reference: 'shop/1', role: 'order', subId: null, targetId: '7', number: '512' };
  const source = defineSource({
    test: async () => ({ ok: true, checks: [] }),
    scopes: [],
    values: {},
    entities: {
      order: sourceEntity('order', {
        settings: z.strictObject({}),
        batch: { count: 1 },
        pollIntervalMs: 60_000,
        absence: 'deletes',
        confirms: ['order'],
        fetch: async (_client, sourceIds) =>
          sourceIds.map((sourceId) => ({
            status: 'unmapped',
            sourceId,
            number: null,
            error: { kind: 'mapping', code: 'totals', message: `refused ${SECRET}`, advice: null, fields: [] },
            confirms: [document, { ...document, role: 'invoice' }],
          })),
        poll: async function* () {},
      }),
    },
  });
  const silent = (): void => {};
  const client = { open: () => null, close: async () => {} };
  const opened = openClient(
    { client, source, target: null },
    {
      connection: { id: 'erp', label: 'ERP', revision: 1, settings: {}, secrets: { key: SECRET } },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      now: () => 0,
      raiseAttention: silent,
      credentials: createMemoryVault(),
      budget: freeBudget(),
    },
  );
  const [record] = (await opened.source?.entity('order')?.fetch(['1'], AbortSignal.timeout(1_000))) ?? [];
  expect(record).toMatchObject({ status: 'unmapped', confirms: [document] });
  expect(record).toHaveProperty('confirms.length', 1);
  expect(JSON.stringify(record)).not.toContain(SECRET);
});
