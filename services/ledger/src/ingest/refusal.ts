import type { BrokerRecord } from '@entrepot/broker';
import type { Logger } from '@entrepot/service-kit';
import type { StrayRecords } from './stray-records.ts';

/** Times that a record may run into a defect before it is given up; what was a moment's confusion is over by then. */
const TRIES = 3;

/**
 * Decides about a record that could not be taken in. Whatever comes of the database is tried again, however long: nothing but it stands
 * between a record and its document. A defect of ours (or of the driver, which could not write the record's content) would come again for
 * ever, and hold up the partition: after some tries it is told, with its stack and the record's place, and passed over.
 */
export function createRefusal(strays: Pick<StrayRecords, 'giveUp'>, log: Logger) {
  const tries = new Map<string, number>();
  return async (record: BrokerRecord, error: unknown): Promise<'retry' | undefined> => {
    const { topic, partition } = record;
    const offset = record.offset.toString();
    log.error({ err: error, topic, partition, offset }, 'record not taken in; it is tried again');
    if (!isDefect(error)) return 'retry';
    const place = `${topic}/${partition}/${offset}`;
    const count = (tries.get(place) ?? 0) + 1;
    if (count < TRIES) {
      tries.set(place, count);
      return 'retry';
    }
    await strays.giveUp(record, error);
    tries.delete(place);
    return undefined;
  };
}

/** Errors of the code itself, and of the driver's when it writes a document's content: no database was asked. */
function isDefect(error: unknown): error is Error {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    (error instanceof Error && (error.name.startsWith('BSON') || error.name === 'MongoInvalidArgumentError'))
  );
}
