export type * from './contract.ts';
export {
  ENTREPOT_TRANSPORT,
  EntrepotServer,
  PassErrorsFilter,
  RecordContext,
  type ServerStatus,
} from './entrepot-server.ts';
