import type { Consumption } from '../consumption.ts';
import { RunningKeys } from '../dispatcher/index.ts';
import { ConsumptionLoop, type ConsumptionParts } from './consumption-loop.ts';
import { SharedConsumption } from './shared-consumption.ts';

/** Starts a consumption, with as many members of the group as asked for. */
export function startConsumption(parts: Omit<ConsumptionParts, 'locks'>): Consumption {
  const locks = new RunningKeys();
  const first = new ConsumptionLoop({ ...parts, locks });
  const count = parts.options.members ?? 1;
  if (count === 1) return first;
  return new SharedConsumption([
    first,
    ...Array.from({ length: count - 1 }, () => new ConsumptionLoop({ ...parts, locks })),
  ]);
}
