export * from './latest-state-model.ts';
export * from './link-model.ts';
export * from './state-model.ts';
