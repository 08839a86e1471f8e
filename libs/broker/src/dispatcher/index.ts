export * from './contract.ts';
export { Dispatcher } from './dispatcher.ts';
