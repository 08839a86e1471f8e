/** What Shopify says about the query budget with every answer (`extensions.cost.throttleStatus`). */
export interface ThrottleStatus {
  readonly maximumAvailable: number;
  readonly currentlyAvailable: number;
  readonly restoreRate: number;
}

/**
 * Our view of the store's leaky bucket: waiting before sending is cheaper than being throttled, because a refused query still takes
 * part of the store's attention.
 */
export interface CostBucket {
  /** Milliseconds to wait until a query of this cost can run; 0 while the budget is unknown. */
  waitMs(cost: number): number;
  /** Takes the cost of a query that is being sent off the known budget. */
  reserve(cost: number): void;
  /** Notes what an answer said. */
  learn(status: ThrottleStatus): void;
}

export function createCostBucket(now: () => number): CostBucket {
  let known: { status: ThrottleStatus; available: number; atMs: number } | null = null;
  const availableNow = (): number => {
    if (known === null) return Number.POSITIVE_INFINITY;
    const restored = ((now() - known.atMs) / 1000) * known.status.restoreRate;
    return Math.min(known.status.maximumAvailable, known.available + Math.max(0, restored));
  };
  return {
    waitMs: (cost) => {
      if (known === null || known.status.restoreRate <= 0) return 0;
      const missing = Math.min(cost, known.status.maximumAvailable) - availableNow();
      return missing <= 0 ? 0 : Math.ceil((missing / known.status.restoreRate) * 1000);
    },
    reserve: (cost) => {
      if (known !== null) known = { ...known, available: availableNow() - cost, atMs: now() };
    },
    learn: (status) => {
      known = { status, available: status.currentlyAvailable, atMs: now() };
    },
  };
}
