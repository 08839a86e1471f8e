import type { StruckFault } from '../strikes/run-strikes.ts';
import type { SentOrder } from '../traffic.ts';
import type { Commit } from './verdict.ts';

export interface Recovery {
  readonly times: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/**
 * Time from a fault's end until the whole way works again, in milliseconds: until the company commits the first order that is placed after
 * it and announced immediately. Other faults may strike meanwhile: their time is included.
 */
export function measureRecovery(
  struck: readonly StruckFault[],
  sent: ReadonlyMap<string, SentOrder>,
  commits: readonly Commit[],
): Record<string, Recovery> {
  const createdAt = new Map<string, number>();
  for (const commit of commits) {
    if (commit.kind !== 'Orders' || commit.action !== 'create' || commit.externalRef === null) continue;
    if (!createdAt.has(commit.externalRef)) createdAt.set(commit.externalRef, Date.parse(commit.at));
  }
  const probes = [...sent.values()]
    .filter((order) => order.isPrompt)
    .sort((one, other) => one.placedAt - other.placedAt)
    .flatMap((order) => {
      const at = createdAt.get(`shop/${order.id}`);
      return at === undefined ? [] : [{ placedAt: order.placedAt, createdAt: at }];
    });
  const measured = new Map<string, number[]>();
  for (const { fault, endedAt } of struck) {
    const probe = probes.find((order) => order.placedAt >= endedAt);
    if (probe === undefined) continue;
    const times = measured.get(fault) ?? [];
    times.push(probe.createdAt - endedAt);
    measured.set(fault, times);
  }
  return Object.fromEntries(
    [...measured].sort().map(([fault, times]) => {
      const sorted = times.sort((one, other) => one - other);
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
      return [fault, { times: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }];
    }),
  );
}
