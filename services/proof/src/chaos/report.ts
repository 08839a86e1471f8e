import { cpus, totalmem } from 'node:os';
import type { Recovery } from './oracle/recovery.ts';
import type { Finding } from './oracle/verdict.ts';

/** The findings of a run, as written by `--json`. Times in milliseconds. */
export interface ChaosReport {
  readonly seed: number;
  readonly machine: string;
  readonly minutes: number;
  readonly sent: number;
  readonly edits: number;
  readonly cancellations: number;
  /** Customers that people entered in two systems, how often they edited them on either side, and what was written for that. */
  readonly customers: number;
  readonly customerEdits: number;
  readonly customerWrites: number;
  readonly webhooks: { readonly sent: number; readonly accepted: number };
  readonly kills: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  readonly stale: number;
  readonly unaccounted: number;
  /** From the end of the last fault until everything was delivered. */
  readonly settledAfterMs: number;
  readonly recovery: Readonly<Record<string, Recovery>>;
  /** Services that ended without being killed or stopped, each with its last output. */
  readonly endedByThemselves: readonly string[];
  readonly findings: Readonly<Record<string, readonly Finding[]>>;
  /** Why the run proves less than requested; it then shows neither a fault nor a promise kept. */
  readonly shortfalls: readonly string[];
  /** Folder of data and logs, kept when a run has findings. */
  readonly keptIn: string | null;
}

/** Several runs, one after the other, as written by `--json`. */
export interface ChaosSeries extends Sums {
  readonly faults: Readonly<Record<string, number>>;
  readonly runs: readonly ChaosReport[];
}

type Sums = Readonly<Record<(typeof SUMMED)[number], number>>;

const SUMMED = [
  'sent',
  'edits',
  'cancellations',
  'customers',
  'customerEdits',
  'customerWrites',
  'kills',
  'lost',
  'duplicated',
  'outOfOrder',
  'stale',
  'unaccounted',
] as const;
const MAX_SHOWN = 20;

export function sumUp(runs: readonly ChaosReport[]): ChaosSeries {
  const sums = SUMMED.map((name) => [name, runs.reduce((sum, run) => sum + run[name], 0)]);
  const faults: Record<string, number> = {};
  for (const run of runs)
    for (const [fault, times] of Object.entries(run.faults)) faults[fault] = (faults[fault] ?? 0) + times;
  return { ...(Object.fromEntries(sums) as Sums), faults, runs };
}

/** Summary of all runs in one line. */
export function describeSeries(series: ChaosSeries): string {
  const { runs, sent, edits, cancellations, kills } = series;
  const seeds = runs.map(({ seed }) => seed).join(', ');
  return `\nIn all (seeds ${seeds}): ${sent} orders, ${edits} edits, ${cancellations} cancellations, ${kills} kills; ${[describeFindings(series), ...describeTwoWay(series)].join('; ')}`;
}

/** Nothing without them. */
function describeTwoWay({ customers, customerEdits, customerWrites }: Sums): string[] {
  if (customers === 0) return [];
  return [`${customers} customers on both sides with ${customerEdits} edits (${customerWrites} writes)`];
}

function describeFindings({ lost, duplicated, outOfOrder, stale, unaccounted }: Sums): string {
  return `lost ${lost} · duplicated ${duplicated} · out of order ${outOfOrder} · stale ${stale} · unaccounted ${unaccounted}`;
}

export function describeMachine(): string {
  const processors = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, ${memoryGb} GB, Node ${process.versions.node}`;
}

/** True when a promise is broken. */
export function isBroken(report: ChaosReport): boolean {
  return report.lost + report.duplicated + report.outOfOrder + report.stale + report.unaccounted > 0;
}

/** True when a run does not prove what was requested: a promise is broken, or the run has shortfalls. */
export function hasFailed(report: ChaosReport): boolean {
  return isBroken(report) || report.shortfalls.length > 0;
}

/** Some kills find no process, since all are already down; with fewer than this share of the plan it was not the storm requested. */
const LEAST_SHARE_OF_KILLS = 1 / 2;

/** The shortfalls of a run. */
export function findShortfalls({
  planned,
  kills,
  sent,
  customers,
}: {
  readonly planned: { readonly kills: number; readonly orders: number; readonly customers: number };
  readonly kills: number;
  readonly sent: number;
  readonly customers: number;
}): string[] {
  const shortfalls: string[] = [];
  if (kills < LEAST_SHARE_OF_KILLS * planned.kills) shortfalls.push(`only ${kills} kills of ${planned.kills} planned`);
  if (sent < planned.orders) shortfalls.push(`only ${sent} orders of ${planned.orders} wished for were placed`);
  if (customers < planned.customers)
    shortfalls.push(`only ${customers} customers of ${planned.customers} wished for were entered`);
  return shortfalls;
}

/** The report as people read it. */
export function describeReport(report: ChaosReport): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`.padStart(9);
  const names = [...new Set([...Object.keys(report.faults), ...Object.keys(report.recovery)])].sort();
  const width = Math.max(...names.map((name) => name.length), 5);
  const rows = names.map((name) => {
    const recovery = report.recovery[name];
    const times = recovery === undefined ? '' : [recovery.p50, recovery.p99, recovery.max].map(seconds).join('');
    return `  ${name.padEnd(width)}  ${String(report.faults[name] ?? 0).padStart(5)}${times}`;
  });
  const findings = Object.entries(report.findings).flatMap(([kind, found]) =>
    found.length === 0
      ? []
      : [
          '',
          `${kind}:`,
          ...found.slice(0, MAX_SHOWN).map(({ id, what }) => `  ${id}: ${what}`),
          ...(found.length > MAX_SHOWN ? [`  … and ${found.length - MAX_SHOWN} more`] : []),
        ],
  );
  return [
    '',
    `seed ${report.seed} · ${report.machine} · ${report.minutes} min of faults`,
    `${report.sent} orders, ${report.edits} edits, ${report.cancellations} cancellations, ${report.webhooks.sent} webhooks (${report.webhooks.accepted} accepted), ${report.kills} kills`,
    ...describeTwoWay(report),
    '',
    `  ${'fault'.padEnd(width)}  times recovery p50  p99      max`,
    ...rows,
    '',
    describeFindings(report),
    `settled ${(report.settledAfterMs / 1000).toFixed(1)} s after the last fault`,
    ...report.shortfalls.map((words) => `FELL SHORT: ${words}`),
    ...report.endedByThemselves.map((words) => `ended by itself: ${words}`),
    ...findings,
    ...(report.keptIn === null
      ? []
      : [
          '',
          `Data and logs are kept in ${report.keptIn} (logs/*.log; search for the order's id).`,
          `Repeat with the same words and --seed ${report.seed}.`,
        ]),
  ].join('\n');
}
