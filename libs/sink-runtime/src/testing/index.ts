export * from './link-model.ts';
export * from './state-model.ts';
