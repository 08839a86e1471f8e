import type { LineState, OrderState } from '../state.ts';
import { numericId } from '../store.ts';

/** @throws Error when the order has no such line; by global or numeric id, or 0-based position */
export function findLine(order: OrderState, key: string): LineState {
  const found = order.lines.find((line, index) => [line.id, numericId(line.id), String(index)].includes(key));
  if (found === undefined) throw new Error(`The order has no line ${key}.`);
  return found;
}
