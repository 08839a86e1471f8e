import type { BrokerRecord } from '@entrepot/broker';
import { type DeadLetterReport, describeDeadLetter } from '@entrepot/canonical';
import type { LedgerStore } from '../store/collections.ts';
import { readDeadLetter } from './read-trouble.ts';

const STACK_CHARACTERS = 8_000;
const MESSAGE_CHARACTERS = 300;

/** Stores foreign records, and those that could not be ingested, so that a person sees them. */
export class DeadLetters {
  private readonly store: Pick<LedgerStore, 'changes'>;

  constructor(store: Pick<LedgerStore, 'changes'>) {
    this.store = store;
  }

  /** Stores a dead letter. Idempotent: a repeated report adds none. */
  async note(report: DeadLetterReport): Promise<void> {
    const message = readDeadLetter(report);
    await this.store.changes.messages.update(message._id, (current) => current ?? message);
  }

  /** Stores a record that a defect of ours kept from being ingested, with the defect. */
  async giveUp(record: BrokerRecord, error: Error): Promise<void> {
    const report = describeDeadLetter(record, 'a defect in Entrepot stopped it from being taken in');
    const message = `${report.error.message} (${error.message.slice(0, MESSAGE_CHARACTERS)})`;
    const advice = 'Report it with the stack; what the record told is not in the ledger.';
    const stack = error.stack?.slice(0, STACK_CHARACTERS) ?? '';
    await this.note({ ...report, error: { ...report.error, kind: 'bug', code: error.name, message, advice, stack } });
  }
}
