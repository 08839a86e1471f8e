import type { BrokerRecord } from '@entrepot/broker';
import type { Logger } from '@entrepot/service-kit';
import type { DeadLetters } from './dead-letters.ts';

/** Consecutive failures by a defect before a record is given up; a momentary fault is over by then. */
const TRIES = 3;

export interface RefusalParts {
  readonly deadLetters: Pick<DeadLetters, 'giveUp'>;
  /** @throws when the database does not answer */
  readonly ping: () => Promise<void>;
  readonly log: Logger;
}

/**
 * Decides about a record that could not be ingested. Errors of the database are retried without limit: nothing else stands between a record
 * and its document. A defect of ours (or of the driver, which could not write the record's content) would recur for ever and block the
 * partition: after some consecutive tries the record is reported, with the stack and its coordinates, and skipped.
 */
export function createRefusal({ deadLetters, ping, log }: RefusalParts) {
  // Keyed by the record object: the count disappears when the record is ingested, and a record that is read again starts at zero.
  const tries = new WeakMap<BrokerRecord, number>();
  return async (record: BrokerRecord, error: unknown): Promise<'retry' | undefined> => {
    const { topic, partition } = record;
    log.error(
      { err: error, topic, partition, offset: record.offset.toString() },
      'record not taken in; it is tried again',
    );
    // The driver throws a TypeError as well when its connection breaks at the wrong moment: while the database does not answer, no error
    // counts as a defect.
    if (!isDefect(error) || !(await answers(ping))) {
      tries.delete(record);
      return 'retry';
    }
    const count = (tries.get(record) ?? 0) + 1;
    tries.set(record, count);
    if (count < TRIES) return 'retry';
    await deadLetters.giveUp(record, error);
    return undefined;
  };
}

async function answers(ping: () => Promise<void>): Promise<boolean> {
  return ping().then(
    () => true,
    () => false,
  );
}

/** Errors of the code itself, and of the driver when it serialises a document: the database was not involved. */
function isDefect(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    (error instanceof Error && (error.name.startsWith('BSON') || error.name === 'MongoInvalidArgumentError'))
  );
}
