export * from './circuit-model.ts';
export * from './link-model.ts';
export * from './virtual-clock.ts';
