export type * from './contract.ts';
export { ENTREPOT_TRANSPORT, EntrepotServer, type ServerStatus } from './entrepot-server.ts';
export { PassErrorsFilter } from './pass-errors.filter.ts';
export { RecordContext } from './record-context.ts';
