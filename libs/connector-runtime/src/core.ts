/** The core without its adapters: from a change hint to a published version. A simulation supplies its own ports. */
export { createHintHandler, formatInboxMessage, parseInboxMessage } from './consumers/handle-hint.ts';
export { createConfirmer } from './publish/confirm-documents.ts';
export { createEchoGuard, type EchoGuard } from './publish/echo-guard.ts';
export { createRecordSync, type RecordSync, type RecordSyncOptions } from './publish/record-sync.ts';
export type { Read } from './sources/read-queue.ts';
