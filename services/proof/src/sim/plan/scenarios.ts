import { drawFulfilment, type FulfilmentPlan } from './fulfilment.ts';
import type { PartPlan } from './parts.ts';
import { Random } from './random.ts';
import { drawSharedProducts, type SharedPlan } from './shared-products.ts';

export interface ProductPlan {
  readonly changesAtMs: readonly number[];
  readonly variants: readonly PartPlan[];
}

/** What a run plays besides orders and customers. */
export interface Scenarios {
  /** Payments of each order, by its index. */
  readonly payments: readonly (readonly PartPlan[])[];
  /** Share of writes of payments that the ERP answers and keeps something else of. */
  readonly garbles: number;
  readonly products: readonly ProductPlan[];
  /** Products that the ERP is the source of: its connection is read and written. */
  readonly catalogue: readonly ProductPlan[];
  /** Shipments and invoices of the ERP, which are written into the shop; null = none. */
  readonly fulfilment: FulfilmentPlan | null;
  /** The ERP only takes orders, and enters them later, some never: no look-up finds them, their ids and numbers are read from it. */
  readonly intake: boolean;
  /** A system takes one call at once, of all processes and both sides. */
  readonly seat: boolean;
  /** The ERP is called with tokens that are renewed. */
  readonly tokens: boolean;
  /** Share of renewals whose answer is lost. */
  readonly lostRenewals: number;
  /** Share of creates with which the database goes away for some seconds: what the target answers cannot be noted. */
  readonly blackouts: number;
  /** The variant that each order sells, by its index; null = none. */
  readonly variants: readonly ({ readonly product: number; readonly id: string } | null)[];
  /** Products that both shop and ERP are source of; null = none. There are no others then, and nothing is shipped. */
  readonly shared: SharedPlan | null;
}

/** Draws each apart from the others, so that a further one leaves the seeds that play without it as they were. */
export function drawScenarios(seed: number, troubleMs: number, changes: readonly number[]): Scenarios {
  const payments = new Random(seed ^ 0x3c6ef372);
  const variants = new Random(seed ^ 0x71374491);
  const catalogue = new Random(seed ^ 0x510e527f);
  const taking = new Random(seed ^ 0x1f83d9ab);
  const intake = taking.chance(0.1);
  const fulfilment = drawFulfilment(new Random(seed ^ 0x6a09e667), troubleMs, changes);
  const shared = fulfilment === null ? drawSharedProducts(new Random(seed ^ 0x5be0cd19), troubleMs) : null;
  const drawn = {
    ...drawPayments(payments, changes),
    ...drawVariants(variants, troubleMs, changes.length),
    ...drawCatalogue(catalogue, troubleMs),
    intake,
    // Where no look-up can tell later, in half of the runs.
    blackouts: taking.chance(intake ? 0.6 : 0.05) ? 0.5 : 0,
    fulfilment,
    shared,
  };
  return shared === null
    ? drawn
    : { ...drawn, products: [], catalogue: [], variants: changes.map(() => null), blackouts: 0 };
}

/** In a sixth of the runs each order has two payments; the second one often comes later. */
function drawPayments(random: Random, changes: readonly number[]): Pick<Scenarios, 'payments' | 'garbles'> {
  if (!random.chance(0.16)) return { payments: [], garbles: 0 };
  const payments = changes.map((count) =>
    ['p1', 'p2'].map((id) => ({ id, fromChange: Math.min(count - 1, random.integer(0, 2)) })),
  );
  return { payments, garbles: random.pick([0, 0.2]) };
}

/** In a sixth of the runs a product has three variants, and most orders sell the second, which may appear after them. */
function drawVariants(random: Random, troubleMs: number, orders: number): Pick<Scenarios, 'products' | 'variants'> {
  if (!random.chance(0.16)) return { products: [], variants: Array.from({ length: orders }, () => null) };
  const changesAtMs = drawTimes(random, random.integer(1, 3), troubleMs);
  const last = changesAtMs.length - 1;
  const variants = ['A', 'B', 'C'].map((id) => ({ id, fromChange: id === 'A' ? 0 : random.integer(0, last) }));
  return {
    products: [{ changesAtMs, variants }],
    variants: Array.from({ length: orders }, () => (random.chance(0.7) ? { product: 0, id: 'B' } : null)),
  };
}

/** In a sixth of the runs the ERP is read as well, often while it is written, and in most of them by tokens that both sides share. */
function drawCatalogue(
  random: Random,
  troubleMs: number,
): Pick<Scenarios, 'catalogue' | 'seat' | 'tokens' | 'lostRenewals'> {
  if (!random.chance(0.16)) return { catalogue: [], seat: false, tokens: false, lostRenewals: 0 };
  const catalogue = Array.from({ length: random.integer(1, 2) }, () => ({
    changesAtMs: drawTimes(random, random.integer(1, 4), troubleMs),
    variants: [],
  }));
  const tokens = random.chance(0.7);
  return { catalogue, tokens, lostRenewals: random.pick([0.1, 0.4]), seat: random.chance(0.5) };
}

function drawTimes(random: Random, count: number, troubleMs: number): number[] {
  return Array.from({ length: count }, () => random.between(0, troubleMs)).sort((a, b) => a - b);
}
