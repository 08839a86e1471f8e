import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICES, type Stack } from '@entrepot/stack';
import { createAdminClient } from '@entrepot/stack/clients';
import { createCommitReader } from '../chaos/oracle/commit-reader.ts';
import { settle } from '../chaos/oracle/settle.ts';
import type { Finding } from '../chaos/oracle/verdict.ts';
import { INITIAL_PASSWORD } from '../chaos/surroundings/chaos-stack.ts';
import { createSandboxClient } from '../chaos/surroundings/sandbox-client.ts';
import { makeHome } from '../chaos/surroundings/stack-home.ts';
import { prepareShop, prepareTraffic, USUAL_TRAFFIC } from '../chaos/traffic.ts';
import { obtainBuild, programIn } from '../releases/release-build.ts';
import type { Release } from '../releases/releases.ts';
import { startRollingStack } from './rolling-stack.ts';

/** The order of an update: first the ledger, which must understand the reports of both releases; then the services that write them. */
const REPLACED = ['ledger', 'sink-sap-b1', 'sink-sap-b1-2', 'connector-shopify', 'connector-shopify-2'];
const ORDERS_A_SECOND = 5;
const ACTIVE_MS = 25_000;
const FIRST_REPLACED_AFTER_MS = 5_000;
const BETWEEN_MS = 1_500;
/** A run ends when nothing arrives for this time. */
const STANDSTILL_MS = 60_000;

/** The result of a run; findings by kind, empty when all promises are kept. */
export interface RollingReport {
  readonly from: string;
  readonly commit: string;
  readonly sent: number;
  readonly edits: number;
  readonly cancellations: number;
  /** Downtime of each process, from its end until the new one is ready. */
  readonly awayMs: Readonly<Record<string, number>>;
  readonly settledAfterMs: number;
  readonly findings: Readonly<Record<string, readonly Finding[]>>;
}

export interface RollingWish {
  readonly root: string;
  readonly from: Release;
  readonly seed: number;
}

/**
 * Starts the previous build, lets orders flow, replaces one process after another by this checkout's build, and judges the result. Leaves
 * no process behind, and no folder unless there are findings or the run broke off.
 */
export async function runRolling(
  wish: RollingWish,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<RollingReport> {
  const home = makeHome('rolling');
  let keep = true;
  try {
    const { name, commit } = wish.from;
    tell(`Building ${name} (${commit.slice(0, 10)}), unless that was done before …`);
    const previous = await obtainBuild(wish.root, wish.from);
    const replaced = new Set<string>();
    const programOf = (process: string): string | null => {
      const entry = SERVICES.find(({ name }) => process === name || process.startsWith(`${name}-`));
      return entry === undefined || replaced.has(process) || entry.name === 'sandbox'
        ? null
        : programIn(previous, entry.folder);
    };
    tell('Starting it …');
    const note = (line: string): void => tell(`  ! ${line}`);
    const stack = await startRollingStack(wish.root, home, previous.folder, programOf, signal, note);
    try {
      const report = await replaceAndJudge(stack, replaced, wish, signal, tell);
      keep = hasFindings(report);
      if (keep) tell(`Data and logs are kept in ${home}`);
      return report;
    } finally {
      await stack.stop();
    }
  } finally {
    // An aborted run has no findings.
    if (!keep || signal.aborted) rmSync(home, { recursive: true, force: true });
  }
}

/** True when a promise is broken. */
export function hasFindings({ findings }: RollingReport): boolean {
  return Object.values(findings).some((found) => found.length > 0);
}

async function replaceAndJudge(
  stack: Stack,
  replaced: Set<string>,
  wish: RollingWish,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<RollingReport> {
  const sandbox = createSandboxClient(stack.sandboxUrl);
  await prepareShop(sandbox);
  const webhookUrls = stack.services
    .filter(({ name }) => name.startsWith('connector-'))
    .map(({ port }) => `http://127.0.0.1:${port}`);
  const orders = (ACTIVE_MS / 1_000) * ORDERS_A_SECOND;
  const traffic = prepareTraffic(
    { sandbox, webhookUrls },
    { seed: wish.seed, activeMs: ACTIVE_MS, orders, ...USUAL_TRAFFIC },
    tell,
  );
  let isOver = false;
  const replacing = replaceAll(stack, replaced, signal, tell).finally(() => {
    isOver = true;
  });
  const [awayMs] = await Promise.all([replacing, traffic.run(() => isOver, signal)]);
  signal.throwIfAborted();
  const endedAt = Date.now();
  tell(`${traffic.sent.size} orders placed; waiting until everything has arrived …`);
  const parts = {
    sandbox,
    admin: createAdminClient(stack.adminUrl, stack.adminToken.token),
    sent: traffic.sent,
    readCommits: createCommitReader(sandbox),
    password: () => INITIAL_PASSWORD,
  };
  const { verdict, unaccounted, settledAt } = await settle(parts, STANDSTILL_MS, signal, tell);
  const { lost, duplicated, outOfOrder, stale } = verdict;
  const findings = { lost, duplicated, outOfOrder, stale, unaccounted };
  const sent = [...traffic.sent.values()];
  return {
    from: wish.from.name,
    commit: wish.from.commit,
    sent: sent.length,
    edits: sent.reduce((sum, order) => sum + order.state, 0),
    cancellations: sent.filter((order) => order.cancelled).length,
    awayMs,
    settledAfterMs: Math.max(0, settledAt - endedAt),
    findings,
  };
}

async function replaceAll(
  stack: Stack,
  replaced: Set<string>,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<Record<string, number>> {
  const awayMs: Record<string, number> = {};
  await sleep(FIRST_REPLACED_AFTER_MS, undefined, { signal });
  for (const name of REPLACED) {
    const service = stack.service(name);
    const stoppedAt = performance.now();
    await service.stop();
    replaced.add(name);
    await service.start();
    awayMs[name] = Math.round(performance.now() - stoppedAt);
    tell(`  ${name} replaced in ${(awayMs[name] / 1_000).toFixed(1)} s`);
    await sleep(BETWEEN_MS, undefined, { signal });
  }
  return awayMs;
}
