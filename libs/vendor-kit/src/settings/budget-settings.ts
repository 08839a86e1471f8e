import { wholeNumber } from '@entrepot/mapping';
import { z } from 'zod';

/** So many requests in any interval of so many seconds. */
export interface RequestLimit {
  readonly count: number;
  readonly seconds: number;
}

/** What the calls of one connection may be, of both its sides and all processes together. */
export interface BudgetLimits {
  /** Requests at once. */
  readonly concurrency: number;
  /** All of them hold; empty where the vendor counts no requests. */
  readonly requests: readonly RequestLimit[];
  /** True where requests cost points, and the vendor says with its answers how many are left: see {@link CostBudget}. */
  readonly points: boolean;
}

export type BudgetSettings = Omit<BudgetLimits, 'points'>;

export interface BudgetDefaults {
  readonly concurrency: number;
  /** What bounds the requests at once at this vendor, for people. */
  readonly concurrencyHelp: string;
  readonly requests?: readonly RequestLimit[];
}

/** Upper bound of the requests at once that any connection may allow. */
export const MAX_CONCURRENCY = 64;
const MAX_REQUEST_LIMITS = 5;
const MAX_COUNT = 1_000_000;
const DAY_SECONDS = 86_400;

/** The setting `budget` of a connection: a vendor's limits differ between installations, plans and licences. */
export function budgetSettingsShape({ concurrency, concurrencyHelp, requests = [] }: BudgetDefaults) {
  const requestLimit = z.strictObject({
    count: wholeNumber('Requests', { min: 1, max: MAX_COUNT }),
    seconds: wholeNumber('Length of the interval in seconds', { min: 1, max: DAY_SECONDS }),
  });
  return {
    budget: z
      .strictObject({
        concurrency: wholeNumber(`Requests at once, of reading and writing together; ${concurrencyHelp}`, {
          min: 1,
          max: MAX_CONCURRENCY,
        }).default(concurrency),
        requests: z
          .array(requestLimit)
          .max(MAX_REQUEST_LIMITS, `must have at most ${MAX_REQUEST_LIMITS} entries`)
          .refine(
            (limits) => new Set(limits.map(({ seconds }) => seconds)).size === limits.length,
            'must have one entry for each length of interval',
          )
          .default([...requests])
          .describe(
            'Most requests in any interval of that length, of reading and writing together; several hold at once. Lower them where other programs call the same account',
          ),
      })
      .prefault({})
      .describe('What calls to this connection may be made'),
  };
}
