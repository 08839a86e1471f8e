import { type CallBudget, type CallContext, type CostBudgetOptions, createCostBudget } from '../call.ts';

/** A call that waits for nothing and is charged to nobody; with parts of one's own. */
export function freeCall(parts: Partial<CallContext> = {}): CallContext {
  return {
    signal: new AbortController().signal,
    admit: async () => () => {},
    beforeSend: () => {},
    record: () => {},
    share: (signal) => freeCall({ signal }),
    ...parts,
  };
}

/** A budget without limits but the points that the vendor reports. */
export function freeBudget(points: Partial<CostBudgetOptions> = {}): CallBudget {
  return {
    call: (signal) => freeCall({ signal }),
    points: createCostBudget({ now: Date.now, ...points }),
    pause: () => {},
  };
}
