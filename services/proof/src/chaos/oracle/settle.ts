import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminClient } from '@entrepot/stack/clients';
import { watchForStandstill } from '../standstill.ts';
import type { SandboxClient } from '../surroundings/sandbox-client.ts';
import type { SentOrder } from '../traffic.ts';
import { createCompanyReader } from './company-reader.ts';
import { findUnaccounted } from './ledger-view.ts';
import { type Commit, countUncreated, type Finding, judge, type Verdict } from './verdict.ts';

/** What is compared. */
export interface SettlingParts {
  readonly sandbox: SandboxClient;
  readonly admin: AdminClient;
  readonly sent: ReadonlyMap<string, SentOrder>;
  readCommits(): Promise<readonly Commit[]>;
  /** That the company takes now. */
  password(): string;
}

export interface Settled {
  readonly verdict: Verdict;
  readonly unaccounted: readonly Finding[];
  readonly commits: readonly Commit[];
}

const LOOK_EVERY_MS = 2_000;
const MANY_ORDERS = 2_000;

/** Looks until nothing is missing any more, or nothing more has arrived for `standstillMs`; gives what it saw last. */
export async function settle(
  parts: SettlingParts,
  standstillMs: number,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Settled> {
  const { sent } = parts;
  const reader = createCompanyReader(parts.sandbox, parts.password);
  const hasStoppedArriving = watchForStandstill(standstillMs);
  const hasStoppedEnding = watchForStandstill(standstillMs);
  for (;;) {
    const commits = await parts.readCommits();
    const uncreated = countUncreated(sent, commits);
    // While many are still on their way, the log says enough: reading the whole company would only keep it from its work.
    if (uncreated > MANY_ORDERS && !hasStoppedArriving(uncreated)) {
      tell(`  ${uncreated} not there yet`);
    } else {
      const orders = await reader.readOrders();
      const verdict = judge({ sent, commits, orders, partners: await reader.readPartners() });
      const { findings: unaccounted, complete } = await findUnaccounted(parts.admin, sent).catch((error: Error) => ({
        findings: [{ id: 'ledger', what: error.message }],
        complete: false,
      }));
      const missing = verdict.lost.length + verdict.stale.length + unaccounted.length;
      if ((missing === 0 && complete) || hasStoppedEnding(missing)) return { verdict, unaccounted, commits };
      tell(
        `  ${verdict.lost.length} not there yet, ${verdict.stale.length} not in their newest state, ${unaccounted.length} not accounted for`,
      );
    }
    await sleep(sent.size > MANY_ORDERS ? 5 * LOOK_EVERY_MS : LOOK_EVERY_MS, undefined, { signal });
  }
}
