export * from './delivery.ts';
export * from './transitions.ts';
