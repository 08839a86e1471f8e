export * from './contract.ts';
export { Dispatcher } from './dispatcher.ts';
export { RunningKeys } from './queues.ts';
