import type { VirtualClock } from '@entrepot/runtime-kit/testing';
import type { Plan } from '../plan/plan.ts';
import type { Random } from '../plan/random.ts';
import type { Logs } from './log.ts';

/** The conditions of every part of the world: time, chance, the log, outages, and where faults are reported. */
export interface Conditions {
  readonly random: Random;
  readonly plan: Plan;
  readonly clock: VirtualClock;
  readonly logs: Logs;
  readonly outages: { database: boolean; broker: boolean; registry: boolean; erp: boolean };
  /** No disturbance follows. */
  readonly calm: boolean;
  /** When a process was last killed, stopped or continued, or the database last went or came back. */
  disturbedAtMs: number;
  /** Records a violation. */
  blame(what: string): void;
  /** Describes an event of a replayed run; costs nothing without a listener. */
  note(what: () => string): void;
}
