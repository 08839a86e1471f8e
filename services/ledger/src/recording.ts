/** Converts records and reports to the ledger's documents, for programs that fill a ledger without running one. */
export { readEvent } from './ingest/read-record.ts';
export type { Delivery } from './states/delivery.ts';
export type { Message } from './states/message.ts';
export { applyAttempt, applyRouting } from './states/transitions.ts';
export { type LedgerStore, openLedgerStore } from './store/collections.ts';
export { LEDGER_COLLECTIONS } from './store/migrations.ts';
