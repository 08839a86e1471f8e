import type { BudgetView, Connection } from '@entrepot/store';
import { moveSettings } from '@entrepot/vendor-kit';
import { loadVendors } from '@entrepot/vendors';
import { expect, it } from 'vitest';
import { viewBudget } from '../src/settings/view-budget.ts';

const vendors = await loadVendors();
const settings = { baseUrl: 'https://sap.example.com:50000', company: 'SBODEMO', user: 'manager' };
const connectionOf = (given: object) => ({ id: 'erp', vendor: 'sap-b1', settings: given }) as unknown as Connection;
const parts = [{ name: 'concurrency', windowMs: 0, booked: 1, cap: 1, wanted: 3, hungrySince: null }];
const holder = { id: 'sink one 7', turn: 3, leaseUntil: new Date(9_000), released: false, parts };

it('shows the limits of a connection, who has which share, and whether calls wait', () => {
  const budget: BudgetView = {
    pausedUntil: new Date(5_000),
    holders: [{ ...holder, waiting: 2, waitsSince: new Date(1_000) }],
  };
  const requests = [{ count: 100, seconds: 900 }];
  expect(viewBudget(vendors, connectionOf({ ...settings, budget: { concurrency: 2, requests } }), budget)).toEqual({
    concurrency: 2,
    requests,
    pausedUntil: '1970-01-01T00:00:05.000Z',
    holders: [{ holder: 'sink one 7', places: 1, waiting: 2, waitsSince: '1970-01-01T00:00:01.000Z' }],
  });
});

it('shows the limits of one that nobody calls, and nothing of one whose settings are not valid', () => {
  expect(viewBudget(vendors, connectionOf(settings), null)).toMatchObject({
    concurrency: 4,
    requests: [],
    holders: [],
  });
  expect(viewBudget(vendors, connectionOf({}), null)).toBeNull();
  expect(viewBudget([], connectionOf(settings), null)).toBeNull();
});

it('counts the calls at once of a connection that has them at their place of before', () => {
  const { settings: moved } = moveSettings(vendors.find(({ name }) => name === 'sap-b1')?.movedSettings ?? [], {
    ...settings,
    maxConcurrency: 7,
  });
  expect(viewBudget(vendors, connectionOf(moved), null)).toMatchObject({ concurrency: 7 });
});
