import { formatDecimal } from '@entrepot/canonical';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { never, onlyFound, plainOrder, startShop, type TestShop } from './shop-fixture.ts';

let shop: TestShop;

beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

it.each(['2026-01', '2026-10'])('more instalments than one page holds are all read (%s)', async (apiVersion) => {
  const days = ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04', '2026-12-05'];
  const schedules = days.map((day) => ({ amount: '3.00', dueAt: `${day}T00:00:00Z` }));
  const { id } = await shop.control('POST', '/orders', {
    order: plainOrder({ currency: 'USD', financialStatus: 'PENDING' }),
    extras: { paymentTerms: { name: 'Five parts', type: 'FIXED', schedules } },
  });
  const { entity } = onlyFound(await shop.open({ apiVersion }).fetch('order', [id], never));
  const parts = entity.terms?.schedules ?? [];
  expect(parts.map(({ amount }) => amount && formatDecimal(amount.base.amount))).toEqual(days.map(() => '3'));
  expect(parts.map(({ dueAt }) => new Date((dueAt ?? 0) / 1_000).toISOString().slice(0, 10))).toEqual(days);
  expect(entity.terms?.dueAt).toBe(parts.at(-1)?.dueAt);
});
