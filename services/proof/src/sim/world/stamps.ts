import type { Conditions } from '../infrastructure/conditions.ts';
import type { Plan } from '../plan/plan.ts';

/** When a record is changed now, and when its system says so. */
export function stampNow({ clock, plan }: Conditions): {
  readonly stampMicros: number | null;
  readonly changedAtMicros: number;
} {
  const nowMicros = clock.nowMicros();
  return { stampMicros: stampOf(plan.stamps, nowMicros), changedAtMicros: nowMicros };
}

function stampOf(stamps: Plan['stamps'], nowMicros: number): number | null {
  if (stamps === 'none') return null;
  return stamps === 'micros' ? nowMicros : Math.floor(nowMicros / 1_000_000) * 1_000_000;
}
