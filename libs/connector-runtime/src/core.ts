/** The core without its adapters: from a hint to a published version, for whoever brings other ports, as a simulation does. */
export { createHintHandler } from './inbox/handle-hint.ts';
export { formatInboxMessage, parseInboxMessage } from './inbox/inbox-message.ts';
export { createRecordSync, type RecordSync, type RecordSyncOptions } from './publish/record-sync.ts';
export type { Read } from './sources/read-queue.ts';
