import type { VirtualClock } from '@entrepot/runtime-kit/testing';
import type { Logs } from './log.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

/** What every part of the world lives under: time, chance, the log, what is out of order, and to whom a fault is told. */
export interface Conditions {
  readonly random: Random;
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly logs: Logs;
  readonly outages: { database: boolean; broker: boolean; registry: boolean; erp: boolean };
  /** No trouble comes any more. */
  readonly calm: boolean;
  /** Something happened that must never happen. */
  blame(what: string): void;
  /** Tells whoever replays a seed what happens; costs nothing when nobody listens. */
  note(what: () => string): void;
}
