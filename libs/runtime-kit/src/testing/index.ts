export * from './breaker-model.ts';
export * from './virtual-clock.ts';
