import { Customer } from './customer.ts';
import type { RecordShape } from './notation.ts';
import { Order } from './order.ts';

/** Every entity, by the name that its folder, its topic and its registry subject carry. */
export const entities: Readonly<Record<string, RecordShape>> = {
  order: Order,
  customer: Customer,
};
