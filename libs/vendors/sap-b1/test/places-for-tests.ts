import { createOrder, Decimal, type Order } from '@entrepot/canonical';
import { makeFlow } from './orders-for-tests.ts';

interface Group {
  readonly location: string | null;
  readonly status?: string;
  readonly quantity: number;
  readonly remaining?: number;
}

/** The order, its goods spread over these places. */
export const placed = (order: Order, groups: readonly Group[]): Order => ({
  ...order,
  fulfilmentGroups: createOrder({
    fulfilmentGroups: groups.map(({ location, status = 'OPEN', quantity, remaining }, index) => ({
      id: `g${index}`,
      location: location === null ? null : { id: location },
      status,
      lines: [{ lineId: 'a', quantity: new Decimal(quantity), remaining: new Decimal(remaining ?? quantity) }],
    })),
  }).fulfilmentGroups,
});

/** Warehouse in SAP by place of the shop. */
export const WAREHOUSES = { '1': 'W-CLOSED', '2': 'W-NORTH', '3': 'W-SOUTH' };

/** A flow of orders with this map of warehouses. */
export const flowOf = (warehouse: Record<string, string> = WAREHOUSES, target: Record<string, unknown> = {}) =>
  makeFlow(target, { valueMaps: { tax: { '0': 'EX', '8.875': 'NY', '19': 'VAT19' }, warehouse } });
