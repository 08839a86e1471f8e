import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '@entrepot/stack/clients';
import { watchForStandstill } from '../standstill.ts';
import type { SandboxClient } from '../surroundings/sandbox-client.ts';
import type { SentOrder } from '../traffic.ts';
import { createCompanyReader } from './company-reader.ts';
import { findUnaccounted } from './ledger-view.ts';
import { type Commit, countUncreated, type Finding, judge, type Verdict } from './verdict.ts';

/** The parties to compare. */
export interface SettlingParts {
  readonly sandbox: SandboxClient;
  readonly admin: AdminClient;
  readonly sent: ReadonlyMap<string, SentOrder>;
  readCommits(): Promise<readonly Commit[]>;
  /** The company's present password. */
  password(): string;
  /** What else was done beside the shop's orders; left out: nothing. */
  readonly beside?: SettlingBeside;
}

/** A further comparison: its findings count as those of the orders do. */
export interface SettlingBeside {
  /** @param quietSince when nothing was missing for the first time, or null; ms since 1970 */
  compare(quietSince: number | null): Promise<Verdict>;
  findUnaccounted(): Promise<readonly Finding[]>;
}

export interface Settled {
  readonly verdict: Verdict;
  readonly unaccounted: readonly Finding[];
  readonly commits: readonly Commit[];
  /** When nothing was missing for the first time, or when the wait was given up; ms since 1970. */
  readonly settledAt: number;
}

export interface SettlingTimes {
  readonly lookEveryMs: number;
  /**
   * Maximum delay of effects that are not visible yet: a commit long after its client gave up, bytes that a line held, a writer that was
   * frozen and resumes. A second document or an older state would be their effect.
   */
  readonly lateMs: number;
}

const TIMES: SettlingTimes = { lookEveryMs: 2_000, lateMs: 12_000 };
const MANY_ORDERS = 2_000;
const MANY_DUPLICATES = 50;

/**
 * Compares until nothing is missing, and nothing is wrong some time later; or until nothing more has arrived for `standstillMs`. Returns
 * the last comparison.
 */
export async function settle(
  parts: SettlingParts,
  standstillMs: number,
  signal: AbortSignal,
  tell: (line: string) => void,
  { lookEveryMs, lateMs }: SettlingTimes = TIMES,
): Promise<Settled> {
  const { sent, beside } = parts;
  let completeAt: number | null = null;
  const reader = createCompanyReader(parts.sandbox, parts.password);
  const hasStoppedArriving = watchForStandstill(standstillMs);
  let hasStoppedBecomingLess = watchForStandstill(standstillMs);
  for (;;) {
    const commits = await parts.readCommits();
    const uncreated = countUncreated(sent, commits);
    // While many orders are on their way, the log is enough: reading the whole company would only slow it down.
    if (uncreated > MANY_ORDERS && !hasStoppedArriving(uncreated)) {
      tell(`  ${uncreated} not there yet`);
    } else {
      const orders = await reader.readOrders();
      const ofOrders = judge({ sent, commits, orders, partners: await reader.readPartners() });
      const verdict: Verdict = beside === undefined ? ofOrders : addUp(ofOrders, await beside.compare(completeAt));
      const { findings: unaccounted, complete } = await askLedger(parts).catch((error: Error) => ({
        findings: [{ id: 'ledger', what: error.message }],
        complete: false,
      }));
      // Nothing takes a second document away; records that make others without end would never let a run settle.
      if (verdict.duplicated.length >= MANY_DUPLICATES) return { verdict, unaccounted, commits, settledAt: Date.now() };
      const missing = verdict.lost.length + verdict.stale.length + unaccounted.length;
      const isComplete = missing === 0 && complete;
      completeAt = isComplete ? (completeAt ?? Date.now()) : null;
      // An order missing after that is a new finding.
      if (isComplete) hasStoppedBecomingLess = watchForStandstill(standstillMs);
      if (completeAt !== null && Date.now() - completeAt >= lateMs) {
        return { verdict, unaccounted, commits, settledAt: completeAt };
      }
      if (!isComplete && hasStoppedBecomingLess(missing)) {
        const behind = { id: 'ledger', what: 'it has not taken in all that its topics hold' };
        return {
          verdict,
          unaccounted: complete ? unaccounted : [...unaccounted, behind],
          commits,
          settledAt: Date.now(),
        };
      }
      if (!isComplete) tell(describeMissing(verdict, unaccounted));
    }
    await sleep(sent.size > MANY_ORDERS ? 5 * lookEveryMs : lookEveryMs, undefined, { signal });
  }
}

async function askLedger({ admin, sent, beside }: SettlingParts): Promise<{ findings: Finding[]; complete: boolean }> {
  const { findings, complete } = await findUnaccounted(admin, sent);
  return { findings: [...findings, ...((await beside?.findUnaccounted()) ?? [])], complete };
}

function addUp(one: Verdict, other: Verdict): Verdict {
  const both = (kind: keyof Verdict): Finding[] => [...one[kind], ...other[kind]];
  return {
    lost: both('lost'),
    duplicated: both('duplicated'),
    outOfOrder: both('outOfOrder'),
    stale: both('stale'),
  };
}

/** What is left at the end may never come: it is named. */
const FEW = 2;

function describeMissing({ lost, stale }: Verdict, unaccounted: readonly Finding[]): string {
  const counts = `${lost.length} not there yet, ${stale.length} not in their newest state, ${unaccounted.length} not accounted for`;
  const left = [...lost, ...stale, ...unaccounted];
  const names = left.length > FEW ? [] : left.map(({ id, what }) => `${id}: ${what}`);
  return ['  ', counts, ...names.map((words) => `; ${words}`)].join('');
}
