export * from './breaker-model.ts';
export { BudgetModel } from './budget-model.ts';
export * from './trace-receiver.ts';
export * from './virtual-clock.ts';
