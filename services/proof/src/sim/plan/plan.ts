import { Random } from './random.ts';
import { drawScenarios, type Scenarios } from './scenarios.ts';

export type TargetFault =
  | 'down'
  | 'cut-before'
  | 'cut-after'
  | 'timeout'
  | 'late'
  | 'throttled'
  | 'unauthorized'
  | 'unexpected'
  | 'conflict';

/** When a process dies: at its n-th external call, before the call leaves or right after it took effect. */
export interface CrashPoint {
  readonly call: number;
  readonly when: 'before' | 'after';
}

interface Span {
  readonly atMs: number;
  readonly forMs: number;
}

/** The faults of one replica, in its consecutive lives. */
export interface ReplicaPlan {
  readonly kills: readonly number[];
  /** Crash point of each life, for the first lives. */
  readonly crashes: readonly CrashPoint[];
  readonly stops: readonly Span[];
  /** Stops it in the middle of its work, right after a call left; null = not. */
  readonly freeze: { readonly call: number; readonly forMs: number } | null;
  /** Whether a restarted process is the same owner of lanes. */
  readonly keepsName: boolean;
  readonly restartMs: number;
}

/** All faults of a run, drawn before it begins. */
export interface Plan {
  readonly troubleMs: number;
  readonly sinks: readonly ReplicaPlan[];
  readonly connectors: readonly ReplicaPlan[];
  readonly ledger: ReplicaPlan;
  readonly everythingKilledAtMs: number | null;
  readonly outages: readonly (Span & { readonly of: 'database' | 'broker' | 'registry' | 'erp' })[];
  readonly rebalances: readonly number[];
  readonly targetFault: number;
  readonly faults: readonly TargetFault[];
  /** Share of writes to database and broker whose answer is lost, though they took effect. */
  readonly lostAnswers: number;
  /** Share of look-ups whose sender is stopped before it reads the answer, and resumes when another one has created the document. */
  readonly stopsAtLookUp: number;
  /** Share of creates that commit after their sender has given up, beside all other faults. */
  readonly lateCreates: number;
  /** The same share of updates. */
  readonly lateUpdates: number;
  /** Share of late-committing requests whose sender dies meanwhile, and has forgotten them in its next life. */
  readonly diesInDoubt: number;
  readonly stamps: 'micros' | 'seconds' | 'none';
  readonly orders: readonly OrderPlan[];
  readonly scenarios: Scenarios;
  readonly customers: number;
  /** Number of delivered orders that operators correct by hand at the end. */
  readonly corrections: number;
  readonly pollAtMs: number;
  /** Single orders that a replica of the connector reads without a hint, as a poll does, in parallel to replicas that follow hints. */
  readonly polls: readonly { readonly atMs: number; readonly connector: number; readonly order: number }[];
}

export interface OrderPlan {
  readonly changesAtMs: readonly number[];
  /** Whether a change restores the content before the last one. */
  readonly reverts: boolean;
  readonly cancelled: boolean;
  /** Index of the customer it needs; null = none. */
  readonly customer: number | null;
  /** When the item it needs appears; null = it needs none. */
  readonly itemAtMs: number | null;
}

/** Maximum error of the clock that replicas of the connector share. */
export const MAX_BEHIND_MICROS = 100_000;

/** Many creates commit late, and processes that look for them are often stopped before they read the answer. */
const DOUBTFUL = { lateCreates: 0.4, stopsAtLookUp: 0.3 } as const;

const FAULTS: readonly TargetFault[] = [
  'down',
  'cut-before',
  'cut-after',
  'timeout',
  'late',
  'throttled',
  'unauthorized',
  'unexpected',
  'conflict',
];

/** Draws the faults of a seed's run from its `random`. */
export function drawPlan(seed: number, random: Random): Plan {
  const drawn = drawTrouble(random);
  // Drawn apart, so that seeds that found mistakes before this fault existed still play the same run.
  const late = new Random(seed ^ 0x5bd1e995).chance(0.15);
  const polls = drawPolls(new Random(seed ^ 0x2545f491), drawn.orders);
  const isDoubtful = new Random(seed ^ 0x1b873593).chance(0.1);
  const changes = drawn.orders.map(({ changesAtMs }) => changesAtMs.length);
  const scenarios = drawScenarios(seed, drawn.troubleMs, changes);
  const isKept = scenarios.fulfilment?.keepsOrders === true;
  const made = isKept
    ? drawn.orders.map((each) => ({ ...each, changesAtMs: each.changesAtMs.slice(0, 1) }))
    : drawn.orders;
  const plan = { ...drawn, ...(isDoubtful ? DOUBTFUL : {}), polls, scenarios, orders: made };
  if (!late) return { ...plan, lateUpdates: 0 };
  // The sender of such an update dies, soon returns as the same owner, and finds the order changed back.
  const sinks = plan.sinks.map((part) => ({ ...part, keepsName: true, restartMs: Math.min(part.restartMs, 300) }));
  const orders = plan.orders.map((order) => ({ ...order, reverts: true }));
  return { ...plan, sinks, orders, lateUpdates: 0.4, diesInDoubt: 1 };
}

/** In a quarter of the runs, three times soon after each change: two replicas then read one order concurrently. */
function drawPolls(random: Random, orders: readonly OrderPlan[]): Plan['polls'] {
  if (!random.chance(0.25)) return [];
  return orders.flatMap(({ changesAtMs }, order) =>
    [...changesAtMs, ...changesAtMs, ...changesAtMs].map((atMs) => ({
      atMs: atMs + random.between(-50, 300),
      connector: random.integer(0, 1),
      order,
    })),
  );
}

function drawTrouble(random: Random): Omit<Plan, 'lateUpdates' | 'polls' | 'scenarios'> {
  const troubleMs = random.between(8_000, 30_000);
  const moments = (most: number): number[] =>
    Array.from({ length: random.integer(0, most) }, () => random.between(0, troubleMs));
  const customers = random.integer(0, 2);
  const outages = (['database', 'broker', 'registry', 'erp'] as const)
    .filter(() => random.chance(0.25))
    .map((of) => ({ of, atMs: random.between(0, troubleMs), forMs: random.pick([300, 2_000, 9_000, 20_000]) }));
  return {
    troubleMs,
    customers,
    sinks: [drawReplica(random, troubleMs), drawReplica(random, troubleMs)],
    connectors: [drawReplica(random, troubleMs), drawReplica(random, troubleMs)],
    ledger: drawReplica(random, troubleMs),
    everythingKilledAtMs: random.chance(0.1) ? random.between(0, troubleMs) : null,
    outages,
    rebalances: moments(2),
    targetFault: random.pick([0, 0.03, 0.15, 0.4]),
    faults: random.chance(0.4) ? FAULTS : [random.chance(0.3) ? 'late' : random.pick(FAULTS), random.pick(FAULTS)],
    lostAnswers: random.pick([0, 0, 0.02, 0.1]),
    stopsAtLookUp: random.pick([0, 0, 0.1]),
    lateCreates: random.pick([0, 0, 0.3]),
    diesInDoubt: random.pick([0, 0.5, 1]),
    stamps: random.pick(['micros', 'seconds', 'none']),
    orders: Array.from({ length: random.integer(1, 4) }, () => drawOrder(random, troubleMs, customers)),
    corrections: random.chance(0.3) ? random.integer(1, 2) : 0,
    pollAtMs: random.between(0, troubleMs),
  };
}

function drawReplica(random: Random, troubleMs: number): ReplicaPlan {
  const troubled = random.chance(0.5);
  const kills = troubled && random.chance(0.5) ? [random.between(0, troubleMs)] : [];
  const crash = (): CrashPoint => ({ call: random.integer(1, 120), when: random.pick(['before', 'after'] as const) });
  const stops = random.chance(0.25)
    ? [
        {
          atMs: random.between(0, troubleMs),
          forMs: random.chance(0.6) ? random.between(9_000, 16_000) : random.between(500, 8_000),
        },
      ]
    : [];
  return {
    kills,
    crashes: troubled ? Array.from({ length: random.integer(0, 3) }, crash) : [],
    stops,
    freeze: random.chance(0.25) ? { call: random.integer(20, 250), forMs: random.between(8_500, 14_000) } : null,
    keepsName: random.chance(0.5),
    restartMs: random.chance(0.5) ? random.between(50, 300) : random.between(300, 3_000),
  };
}

/** Changes come in bursts, as people save repeatedly. */
function drawOrder(random: Random, troubleMs: number, customers: number): OrderPlan {
  const changesAtMs = [random.between(0, troubleMs / 2)];
  for (let more = random.integer(0, 4); more > 0; more -= 1) {
    const last = changesAtMs.at(-1) ?? 0;
    changesAtMs.push(
      Math.min(troubleMs, last + (random.chance(0.5) ? random.between(0, 400) : random.between(0, 8_000))),
    );
  }
  return {
    changesAtMs,
    reverts: random.chance(0.2),
    cancelled: random.chance(0.25),
    customer: customers > 0 && random.chance(0.6) ? random.integer(0, customers - 1) : null,
    itemAtMs: random.chance(0.2) ? random.between(0, troubleMs * 1.5) : null,
  };
}
