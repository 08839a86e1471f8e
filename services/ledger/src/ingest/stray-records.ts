import type { BrokerRecord } from '@entrepot/broker';
import { describeStray, type StrayReport } from '@entrepot/canonical';
import type { LedgerStore } from '../store/collections.ts';
import { readStray } from './read-event.ts';

const STACK_CHARACTERS = 8_000;
const MESSAGE_CHARACTERS = 300;

/** Keeps records that are nothing of ours, and those that could not be taken in, so that a person sees them. */
export class StrayRecords {
  private readonly store: Pick<LedgerStore, 'changes'>;

  constructor(store: Pick<LedgerStore, 'changes'>) {
    this.store = store;
  }

  /** Keeps one; told again, it stays one. */
  async note(report: StrayReport): Promise<void> {
    const message = readStray(report);
    await this.store.changes.messages.update(message._id, (current) => current ?? message);
  }

  /** Keeps a record that a defect of ours stopped from being taken in, with the defect. */
  async giveUp(record: BrokerRecord, error: Error): Promise<void> {
    const report = describeStray(record, 'a defect in Entrepot stopped it from being taken in');
    const message = `${report.error.message} (${error.message.slice(0, MESSAGE_CHARACTERS)})`;
    const advice = 'Report it with the stack; what the record told is not in the ledger.';
    const stack = error.stack?.slice(0, STACK_CHARACTERS) ?? '';
    await this.note({ ...report, error: { ...report.error, kind: 'bug', code: error.name, message, advice, stack } });
  }
}
