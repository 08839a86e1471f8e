import type { HistogramMetric, Metrics } from '@entrepot/service-kit';

/** The budget as metrics show it. */
export interface BudgetState {
  readonly places: number;
  readonly busy: number;
  readonly waiting: number;
}

export type BudgetWaits = HistogramMetric<'entrepot_budget_wait_seconds'>;

export interface OpenBudget {
  readonly connection: string;
  readonly state: BudgetState;
}

/** Metrics of the budgets that a process draws on. @returns the one of how long calls waited for their places */
export function observeBudgets(metrics: Metrics, open: () => readonly OpenBudget[]): BudgetWaits {
  const known = new Set<string>();
  const show = (
    name: 'entrepot_budget_places' | 'entrepot_budget_waiting',
    read: (state: BudgetState) => number,
  ): void => {
    metrics.gauge(name, (gauge) => {
      const budgets = open();
      for (const { connection, state } of budgets) {
        known.add(connection);
        gauge.set({ connection }, read(state));
      }
      const shown = new Set(budgets.map(({ connection }) => connection));
      for (const connection of known) if (!shown.has(connection)) gauge.remove({ connection });
    });
  };
  show('entrepot_budget_places', ({ places }) => places);
  show('entrepot_budget_waiting', ({ waiting }) => waiting);
  return metrics.histogram('entrepot_budget_wait_seconds');
}
