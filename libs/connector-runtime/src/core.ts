/** The core without its adapters: from a change hint to a published version. A simulation supplies its own ports. */
export { createHintHandler } from './inbox/handle-hint.ts';
export { formatInboxMessage, parseInboxMessage } from './inbox/inbox-message.ts';
export { createRecordSync, type RecordSync, type RecordSyncOptions } from './publish/record-sync.ts';
export type { Read } from './sources/read-queue.ts';
