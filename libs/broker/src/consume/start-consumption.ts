import type { Consumption } from '../consumption.ts';
import { ConsumptionLoop, type ConsumptionParts } from './consumption-loop.ts';
import { SharedConsumption } from './shared-consumption.ts';

/** Starts a consumption, with as many members of the group as asked for. */
export function startConsumption(parts: ConsumptionParts): Consumption {
  const first = new ConsumptionLoop(parts);
  const count = parts.options.members ?? 1;
  if (count === 1) return first;
  return new SharedConsumption([first, ...Array.from({ length: count - 1 }, () => new ConsumptionLoop(parts))]);
}
