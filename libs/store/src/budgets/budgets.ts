import { readMonotonicMs, startDeadline, type Timed } from '../deadline.ts';
import type { ConditionalWrite } from '../groups/conditional.ts';
import type { GroupedReader, GroupedWriter } from '../groups/grouped.ts';
import {
  type BudgetDocument,
  releaseShare,
  renewShare,
  type Share,
  type ShareRequest,
  type ShareReturn,
} from './allocation.ts';

/** A share, and for how long it holds. */
export interface LeasedShare extends Share {
  /** Milliseconds from now; negative when the lease has ended. Counted from before the request was sent. */
  remainingMs(): number;
}

/** A connection's budget as people see it. */
export interface BudgetView {
  readonly pausedUntil: Date | null;
  /** Holders whose leases run. */
  readonly holders: BudgetDocument['holders'];
}

/** Shares of what connections' calls may be, among the processes that call: leased for seconds, never written for a call. */
export interface Budgets {
  /** Takes or renews a holder's share of a connection's budget. */
  renew(connection: string, request: ShareRequest): Promise<LeasedShare>;
  release(connection: string, given: ShareReturn): Promise<void>;
  /** Null when nobody has called for long. */
  view(connection: string): Promise<BudgetView | null>;
}

/** With the database's time, at which leases are judged. */
type TimedBudget = Timed<BudgetDocument>;

interface BudgetAccess {
  readonly reader: GroupedReader<string, TimedBudget | null>;
  readonly writer: GroupedWriter<ConditionalWrite>;
}

const EMPTY = { revision: 0, renewedAt: new Date(0), pausedUntil: null, holders: [] } as const;

/** Compare-and-set on the revision: shares are computed here, from what the database has. */
export function createBudgets({ reader, writer }: BudgetAccess): Budgets {
  async function readOrCreate(connection: string): Promise<TimedBudget> {
    for (;;) {
      const found = await reader.read(connection);
      if (found !== null) return found;
      await writer.submit({ id: connection, document: EMPTY });
    }
  }

  const replace = ({ _id: id, ...fields }: BudgetDocument): Promise<boolean> =>
    writer.submit({
      id,
      condition: { revision: fields.revision - 1 },
      update: { $set: fields },
      whenMissing: 'insert',
    });

  return {
    async renew(connection, request) {
      const sentAt = readMonotonicMs();
      for (;;) {
        const { now, ...before } = await readOrCreate(connection);
        const renewed = renewShare(before, request, now.getTime());
        if (renewed === null) throw new Error(`a later request of ${request.holder} was answered before this one`);
        if (await replace(renewed.after)) {
          const { remainingMs } = startDeadline(sentAt, request.leaseMs);
          return { ...renewed.share, remainingMs };
        }
      }
    },

    async release(connection, given) {
      for (;;) {
        const found = await reader.read(connection);
        if (found === null) return;
        const { now, ...before } = found;
        const after = releaseShare(before, given, now.getTime());
        if (after === before || (await replace(after))) return;
      }
    },

    async view(connection) {
      const found = await reader.read(connection);
      if (found === null) return null;
      const { now, pausedUntil, holders } = found;
      return {
        pausedUntil: pausedUntil !== null && now < pausedUntil ? pausedUntil : null,
        holders: holders.filter(({ leaseUntil }) => now < leaseUntil),
      };
    },
  };
}
