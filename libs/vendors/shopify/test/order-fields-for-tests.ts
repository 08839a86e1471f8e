import { formatDecimal, type Order } from '@entrepot/canonical';
import { type OrderMapResult, orderFromShopify } from '../src/entities/order/map.ts';
import type { WireLine, WireOrder } from '../src/entities/order/wire.ts';
import { usd, wireLine, wireOrder } from './wire-order.ts';

export const tryMap = (wire: WireOrder): OrderMapResult =>
  orderFromShopify(wire, { connection: 'shop', adjustmentPolicy: 'refuse', customerHidden: false });

export function mapped(wire: WireOrder): Order {
  const result = tryMap(wire);
  if (!result.ok) throw new Error(result.error.message);
  return result.order;
}

/** A line without an item, neither taxed nor sent: goods and tips alike look so. */
export const bareLine = (index: number, title: string, price: string, changes: Partial<WireLine> = {}): WireLine =>
  wireLine(index, {
    title,
    sku: null,
    product: null,
    variant: null,
    taxable: false,
    requiresShipping: false,
    originalUnitPriceSet: usd(price),
    ...changes,
  });

/** An order of these lines with tips, whose total is as given. */
export function tipped(lines: readonly WireLine[], tip: string, total: string): WireOrder {
  const plain = wireOrder(lines);
  return {
    ...plain,
    totalTipReceivedSet: usd(tip),
    totalPriceSet: usd(total),
    currentTotalPriceSet: usd(total),
    totalReceivedSet: usd(total),
  };
}

export const kinds = (order: Order): string[] => order.lines.map((line) => line.kind);
export const sums = (order: Order): string[] =>
  (['lines', 'tips', 'total'] as const).map((field) => formatDecimal(order.totals.original[field].base.amount));
