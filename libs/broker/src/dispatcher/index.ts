export * from './contract.ts';
export { Dispatcher } from './dispatcher.ts';
export { KeyLocks } from './queues.ts';
