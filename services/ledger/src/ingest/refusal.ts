import type { BrokerRecord } from '@entrepot/broker';
import type { Logger } from '@entrepot/service-kit';
import type { DeadLetters } from './dead-letters.ts';

/** Times in a row that a record may run into a defect before it is given up; what was a moment's confusion is over by then. */
const TRIES = 3;

export interface RefusalParts {
  readonly deadLetters: Pick<DeadLetters, 'giveUp'>;
  /** @throws when the database does not answer */
  readonly ping: () => Promise<void>;
  readonly log: Logger;
}

/**
 * Decides about a record that could not be taken in. Whatever comes of the database is tried again, however long: nothing but it stands
 * between a record and its document. A defect of ours (or of the driver, which could not write the record's content) would come again for
 * ever, and hold up the partition: after some tries in a row it is told, with its stack and the record's place, and passed over.
 */
export function createRefusal({ deadLetters, ping, log }: RefusalParts) {
  // By the record in hand: the count goes with it when it is taken in, and one that is read again begins anew.
  const tries = new WeakMap<BrokerRecord, number>();
  return async (record: BrokerRecord, error: unknown): Promise<'retry' | undefined> => {
    const { topic, partition } = record;
    log.error(
      { err: error, topic, partition, offset: record.offset.toString() },
      'record not taken in; it is tried again',
    );
    // The driver throws a TypeError, too, where its connection is lost at the wrong moment: while nobody answers, nothing is a defect.
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

/** Errors of the code itself, and of the driver's when it writes a document's content: no database was asked. */
function isDefect(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    (error instanceof Error && (error.name.startsWith('BSON') || error.name === 'MongoInvalidArgumentError'))
  );
}
