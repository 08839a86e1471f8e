/** What a record or report makes of the ledger's documents, for whoever fills a ledger without running one. */
export { readEvent } from './ingest/read-event.ts';
export type { Delivery } from './states/delivery.ts';
export type { Message } from './states/message.ts';
export { applyAttempt, applyRouting } from './states/transitions.ts';
export { type LedgerStore, openLedgerStore } from './store/collections.ts';
export { LEDGER_COLLECTIONS } from './store/migrations.ts';
