export {
  ConnectionBudget,
  type ConnectionBudgetOptions,
} from './connection-budget.ts';
export { type BudgetState, type BudgetWaits, type OpenBudget, observeBudgets } from './observe.ts';
export type { Place } from './places.ts';
