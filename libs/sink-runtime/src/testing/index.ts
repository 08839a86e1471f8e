export * from './link-model.ts';
