export {
  type BudgetState,
  type BudgetWaits,
  ConnectionBudget,
  type ConnectionBudgetOptions,
} from './connection-budget.ts';
export { type OpenBudget, observeBudgets } from './observe.ts';
export type { Place } from './places.ts';
