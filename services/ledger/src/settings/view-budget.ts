import type { BudgetView, Connection } from '@entrepot/store';
import type { Vendor } from '@entrepot/vendor-kit';

/** A connection's budget as the API shows it; null when its vendor is not installed or its settings are not valid. */
export function viewBudget(vendors: readonly Vendor[], connection: Connection, budget: BudgetView | null) {
  const vendor = vendors.find(({ name }) => name === connection.vendor);
  const settings = vendor?.settings.safeParse(connection.settings);
  if (vendor === undefined || settings?.success !== true) return null;
  const { concurrency, requests } = vendor.budget(settings.data);
  const { pausedUntil = null, holders = [] } = budget ?? {};
  return {
    concurrency,
    requests: [...requests],
    pausedUntil: pausedUntil?.toISOString() ?? null,
    holders: holders.map(({ id, waiting, waitsSince, parts }) => ({
      holder: id,
      places: parts.find(({ name }) => name === 'concurrency')?.cap ?? 0,
      waiting,
      waitsSince: waitsSince?.toISOString() ?? null,
    })),
  };
}
