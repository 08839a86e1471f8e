import type { ChaosArguments } from './arguments.ts';
import { createArrivalReader, createCommitReader } from './oracle/commit-reader.ts';
import { measureRecovery } from './oracle/recovery.ts';
import { settle } from './oracle/settle.ts';
import { followProgress } from './progress.ts';
import { type ChaosReport, describeMachine, findShortfalls, hasFailed } from './report.ts';
import { prepareStrikes, type StrikeRun } from './strikes/run-strikes.ts';
import { type ChaosStack, startChaosStack } from './surroundings/chaos-stack.ts';
import { prepareShop, prepareTraffic } from './traffic.ts';
import { prepareBothWays } from './two-way/both-ways.ts';

/**
 * A run ends when no order arrives for this time: the longest lease, settling, back-off and poll, several times over. While orders arrive,
 * it waits.
 */
const STANDSTILL_MS = 120_000;
const NO_CUSTOMERS = { customers: 0, customerEdits: 0, customerWrites: 0 };

/** One requested run. */
export type ChaosWish = Omit<ChaosArguments, 'seeds' | 'json' | 'help'> & { readonly seed: number };

/** The whole run: starts, strikes while orders arrive, waits for settling, judges. Leaves no process behind. */
export async function runChaos(
  wish: ChaosWish,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<ChaosReport> {
  const startedAt = performance.now();
  const tellWhen = (line: string): void => tell(`${describeMinutes(performance.now() - startedAt)} ${line}`);
  tellWhen('Starting the stack with two sinks and two connectors of each vendor …');
  const chaos = await startChaosStack(wish, (line) => tellWhen(`  ! ${line}`), signal);
  let keep = true;
  try {
    const report = await strikeAndJudge(chaos, wish, signal, tellWhen);
    keep = report.keptIn !== null;
    return report;
  } finally {
    // An aborted run has no findings.
    await chaos.stop(keep && !signal.aborted);
  }
}

async function strikeAndJudge(
  chaos: ChaosStack,
  wish: ChaosWish,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<ChaosReport> {
  const activeMs = wish.minutes * 60_000;
  await prepareShop(chaos.sandbox);
  const readCommits = createCommitReader(chaos.sandbox);
  const readArrived = createArrivalReader(readCommits);
  const traffic = prepareTraffic(chaos, { ...wish, activeMs }, tell, readArrived);
  const bothWays = prepareBothWays(chaos, { ...wish, activeMs }, tell);
  const strikes = prepareStrikes(chaos, { ...wish, activeMs }, readArrived, tell);
  tell(`Striking for ${wish.minutes} min with seed ${wish.seed}: ${wish.orders} orders, ${wish.kills} kills …`);
  const endProgress = followProgress(chaos, traffic, strikes, readArrived, tell);
  let isOver = false;
  const striking = strikes
    .run(() => traffic.hasPlacedAll(), signal)
    .finally(() => {
      isOver = true;
    });
  const entering = bothWays?.run(() => isOver, signal);
  await Promise.all([traffic.run(() => isOver, signal), entering, striking]).finally(endProgress);
  signal.throwIfAborted();

  const healedAt = Date.now();
  tell(`All is healed after ${traffic.sent.size} orders; waiting until everything has arrived …`);
  const { sandbox, admin } = chaos;
  const password = (): string => strikes.vendors.password();
  const beside = bothWays?.settling;
  const parts = { sandbox, admin, sent: traffic.sent, readCommits, password, ...(beside && { beside }) };
  const { verdict, unaccounted, commits, settledAt } = await settle(parts, STANDSTILL_MS, signal, tell);
  const orders = [...traffic.sent.values()];
  const counts = (await bothWays?.count()) ?? NO_CUSTOMERS;
  const { lost, duplicated, outOfOrder, stale } = verdict;
  const report = {
    seed: wish.seed,
    machine: describeMachine(),
    minutes: wish.minutes,
    sent: orders.length,
    edits: orders.reduce((sum, order) => sum + order.state, 0),
    cancellations: orders.filter((order) => order.cancelled).length,
    ...counts,
    webhooks: traffic.webhooks(),
    kills: countKills(strikes),
    faults: Object.fromEntries(
      [...Map.groupBy(strikes.struck, (one) => one.fault)].map(([fault, times]) => [fault, times.length]),
    ),
    lost: lost.length,
    duplicated: duplicated.length,
    outOfOrder: outOfOrder.length,
    stale: stale.length,
    unaccounted: unaccounted.length,
    settledAfterMs: Math.max(0, settledAt - healedAt),
    recovery: measureRecovery(strikes.struck, traffic.sent, commits),
    endedByThemselves: chaos.endedByThemselves(),
    findings: { lost, duplicated, outOfOrder, stale, unaccounted },
    shortfalls: findShortfalls({
      planned: { ...wish, customers: bothWays?.planned ?? 0 },
      kills: countKills(strikes),
      sent: orders.length,
      customers: counts.customers,
    }),
    keptIn: null,
  };
  return hasFailed(report) ? { ...report, keptIn: chaos.home } : report;
}

function countKills({ struck }: StrikeRun): number {
  return struck.reduce((sum, fault) => sum + fault.kills, 0);
}

/** Minutes and seconds since the start. */
function describeMinutes(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}
