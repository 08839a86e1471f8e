import type { Logger } from '@entrepot/service-kit';
import type { LedgerStore } from '../store/collections.ts';
import { timeIdOf } from '../store/documents.ts';
import type { Actor } from './tokens.ts';

export interface Refusal {
  /** Code of the problem in the answer. */
  readonly code: 'no-token' | 'unknown-token' | 'too-many-tokens' | 'wrong-role' | 'unknown-host' | 'foreign-origin';
  readonly address: string;
  /** Null when the caller is unknown. */
  readonly actor: Actor | null;
  /** The operation when the caller is known, else the address. */
  readonly subject: string;
}

interface Counted extends Refusal {
  readonly id: string;
  readonly at: Date;
  count: number;
}

const MINUTE_MS = 60_000;
const WRITE_EVERY_MS = 2_000;
/** Entries of one minute; refusals of further addresses are counted together. */
const MAX_A_MINUTE = 200;
const ELSEWHERE = 'further addresses';

/**
 * Records refused requests in the audit. Equal refusals of a minute are one entry with their number, and entries of a minute are bounded: a
 * flood of guesses fills neither the database nor the list that people read.
 */
export class Refusals {
  private readonly store: Pick<LedgerStore, 'audit'>;
  private readonly log: Logger;
  private readonly now: () => Date;
  private readonly timer: NodeJS.Timeout;
  private minute = 0;
  private seen = new Set<string>();
  private waiting = new Map<string, Counted>();
  private writing: Promise<void> = Promise.resolve();

  constructor(store: Pick<LedgerStore, 'audit'>, log: Logger, now: () => Date) {
    this.store = store;
    this.log = log;
    this.now = now;
    this.timer = setInterval(() => void this.write(), WRITE_EVERY_MS);
    this.timer.unref();
  }

  note(refusal: Refusal): void {
    const at = new Date(Math.floor(this.now().getTime() / MINUTE_MS) * MINUTE_MS);
    if (at.getTime() !== this.minute) {
      this.minute = at.getTime();
      this.seen = new Set();
    }
    const known = this.countIn(refusal, at);
    const counted = this.waiting.get(known.id);
    if (counted === undefined) this.waiting.set(known.id, known);
    else counted.count += 1;
  }

  private countIn(refusal: Refusal, at: Date): Counted {
    const id = idOf(refusal, at);
    if (this.seen.has(id) || this.seen.size < MAX_A_MINUTE) {
      this.seen.add(id);
      return { ...refusal, id, at, count: 1 };
    }
    const elsewhere: Refusal = { code: refusal.code, address: ELSEWHERE, actor: null, subject: ELSEWHERE };
    return { ...elsewhere, id: idOf(elsewhere, at), at, count: 1 };
  }

  /** Adds the counts to the entries; when the database refuses them, the next write retries them. */
  private write(): Promise<void> {
    this.writing = this.writing.then(async () => {
      const counted = [...this.waiting.values()];
      if (counted.length === 0) return;
      this.waiting = new Map();
      try {
        await this.store.audit.bulkWrite(counted.map(toWrite), { ordered: false });
      } catch (error) {
        this.log.warn({ err: error, entries: counted.length }, 'refused requests could not be noted in the audit');
        for (const entry of counted) this.waitAgain(entry);
      }
    });
    return this.writing;
  }

  private waitAgain(entry: Counted): void {
    const since = this.waiting.get(entry.id);
    if (since !== undefined) since.count += entry.count;
    else if (this.waiting.size < MAX_A_MINUTE) this.waiting.set(entry.id, entry);
  }

  /** Writes the remaining counts. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.write();
  }
}

function idOf({ code, address, actor, subject }: Refusal, at: Date): string {
  return timeIdOf(at.getTime(), 'refused', code, address, actor?.tokenId ?? '', subject);
}

function toWrite({ id, at, code, address, actor, subject, count }: Counted) {
  return {
    updateOne: {
      filter: { _id: id },
      update: {
        $setOnInsert: {
          at,
          actor: actor?.label ?? 'unknown',
          role: actor?.role ?? 'none',
          action: 'access',
          subject,
          reason: null,
          outcome: `refused: ${code}`,
          'details.address': address,
        },
        $inc: { 'details.count': count },
      },
      upsert: true,
    },
  };
}
