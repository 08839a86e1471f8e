export * from './circuit-model.ts';
export * from './link-model.ts';
