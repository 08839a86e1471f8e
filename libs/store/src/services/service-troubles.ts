import { randomUUID } from 'node:crypto';
import type { Logger } from '@entrepot/service-kit';
import type { mongo } from 'mongoose';
import { withDeadline } from '../deadline.ts';
import type { ServiceTroubleDocument } from '../documents.ts';

/** A problem of a service as a whole that a person must know of; a problem of one connection is its `attention`. */
export interface ServiceTrouble {
  /** Subject, e.g. a partition; at most one problem each. */
  readonly subject: string;
  readonly message: string;
  readonly advice: string;
}

export type ToldTrouble = Omit<ServiceTroubleDocument, '_id' | 'toldBy'>;

export interface ServiceTroubles {
  /** Reports all present problems of a process; removes those it reported before and does not report now. */
  tell(service: string, toldBy: string, troubles: readonly ServiceTrouble[]): Promise<void>;
  /** The reported problems, the oldest first. */
  list(): Promise<ToldTrouble[]>;
  /**
   * Reports what `read` returns, repeatedly.
   * @returns stops the reports and withdraws this process's problems; other processes go on reporting theirs
   */
  follow(service: string, read: () => readonly ServiceTrouble[], log: Logger): () => Promise<void>;
}

const TELL_MS = 5_000;
/** A killed process withdraws nothing: a problem that no process repeats within this time counts as solved. */
const SAID_AGAIN_WITHIN_MS = 30_000;

export function createServiceTroubles(
  troubles: mongo.Collection<ServiceTroubleDocument>,
  answerTimeoutMs: number,
): ServiceTroubles {
  async function tell(service: string, toldBy: string, told: readonly ServiceTrouble[]): Promise<void> {
    const idOf = ({ subject }: ServiceTrouble): string => `${service}|${subject}`;
    await troubles.deleteMany({ service, toldBy, _id: { $nin: told.map(idOf) } });
    for (const trouble of told) {
      const { subject, message, advice } = trouble;
      // On the database's clock. `since` outlives the process that first reported the problem if another one reports it before the problem
      // expires.
      const since = { $cond: [{ $gte: ['$toldAt', oldestStanding()] }, '$since', '$$NOW'] };
      await troubles.updateOne(
        { _id: idOf(trouble) },
        [{ $set: { ...literal({ service, toldBy, subject, message, advice }), since, toldAt: '$$NOW' } }],
        { upsert: true },
      );
    }
  }

  return {
    tell,
    list: () =>
      troubles
        .find({ $expr: { $gte: ['$toldAt', oldestStanding()] } }, { projection: { _id: 0, toldBy: 0 } })
        .sort({ since: 1 })
        .toArray() as unknown as Promise<ToldTrouble[]>,
    follow(service, read, log) {
      const toldBy = randomUUID();
      let isTold = false;
      let telling: Promise<void> | null = null;
      const tellNow = async (told: readonly ServiceTrouble[]): Promise<void> => {
        if (told.length === 0 && !isTold) return;
        isTold = true;
        try {
          await withDeadline(tell(service, toldBy, told), answerTimeoutMs);
          isTold = told.length > 0;
        } catch (err) {
          log.warn({ err }, 'what a person must know of this service could not be noted, trying again');
        }
      };
      const timer = setInterval(() => {
        telling ??= tellNow(read()).finally(() => {
          telling = null;
        });
      }, TELL_MS).unref();
      return async () => {
        clearInterval(timer);
        await telling;
        await tellNow([]);
      };
    },
  };
}

function oldestStanding(): mongo.Document {
  return { $subtract: ['$$NOW', SAID_AGAIN_WITHIN_MS] };
}

/** In a pipeline, a text that begins with a dollar sign would be read as a field. */
function literal(fields: Readonly<Record<string, string>>): mongo.Document {
  return Object.fromEntries(Object.entries(fields).map(([name, $literal]) => [name, { $literal }]));
}
