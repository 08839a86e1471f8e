import { readFileSync } from 'node:fs';
import type { WireConnection } from '../src/api/client.ts';
import type { WireLine, WireOrder } from '../src/entities/order/wire.ts';
import type { WireFulfillment, WireRefund, WireReturn } from '../src/entities/order/wire-after-sale.ts';
import type { WireBag } from '../src/entities/wire.ts';

/** A fixture as read from disk: a fresh copy each time. */
export function readWireOrder(name: string): WireOrder {
  return JSON.parse(readFileSync(new URL(`./fixtures/order.${name}.wire.json`, import.meta.url), 'utf8')) as WireOrder;
}

export function usd(amount: string): WireBag {
  const money = { amount, currencyCode: 'USD' };
  return { shopMoney: money, presentmentMoney: money };
}

export function connectionOf<Node>(nodes: readonly Node[]): WireConnection<Node> {
  return { pageInfo: { hasNextPage: false, endCursor: null }, nodes };
}

const lineId = (index: number): string => `gid://shopify/LineItem/${500 + index}`;
export const lineIdOf = (index: number): string => String(500 + index);

/** A line of goods at 10.00, untaxed, nothing handed over. */
export function wireLine(index: number, changes: Partial<WireLine> = {}): WireLine {
  const [base] = readWireOrder('return').lineItems.nodes as [WireLine];
  const quantity = changes.quantity ?? 1;
  return {
    ...base,
    id: lineId(index),
    sku: `SKU-${index}`,
    quantity,
    currentQuantity: quantity,
    unfulfilledQuantity: quantity,
    nonFulfillableQuantity: 0,
    originalUnitPriceSet: usd('10.0'),
    ...changes,
  };
}

/** An untaxed order without shipping in USD, whose sums follow from its lines. */
export function wireOrder(lines: readonly WireLine[], changes: Partial<WireOrder> = {}): WireOrder {
  const price = (line: WireLine): number => Number(line.originalUnitPriceSet.shopMoney.amount);
  const sum = (quantityOf: (line: WireLine) => number): WireBag =>
    usd(`${lines.reduce((total, line) => total + Math.round(price(line) * 100) * quantityOf(line), 0) / 100}`);
  const ordered = sum((line) => line.quantity);
  const current = sum((line) => line.currentQuantity);
  return {
    ...readWireOrder('return'),
    transactions: [],
    refunds: [],
    returns: connectionOf([]),
    fulfillments: [],
    fulfillmentOrders: connectionOf([]),
    lineItems: connectionOf(lines),
    shippingLines: connectionOf([]),
    subtotalPriceSet: ordered,
    totalPriceSet: ordered,
    totalReceivedSet: ordered,
    currentSubtotalPriceSet: current,
    currentShippingPriceSet: usd('0.0'),
    currentTotalPriceSet: current,
    ...changes,
  };
}

const stamp = (minute: number): string => new Date(Date.UTC(2026, 10, 2, 9, minute)).toISOString();

export function wireFulfilment(
  minute: number,
  quantities: Readonly<Record<number, number>>,
  status = 'SUCCESS',
): WireFulfillment {
  return {
    id: `gid://shopify/Fulfillment/${minute}`,
    status,
    createdAt: stamp(minute),
    fulfillmentLineItems: connectionOf(
      Object.entries(quantities).map(([index, quantity]) => ({
        id: `gid://shopify/FulfillmentLineItem/${minute}${index}`,
        quantity,
        lineItem: { id: lineId(Number(index)) },
      })),
    ),
  };
}

export function wireRefund(
  minute: number,
  index: number,
  quantity: number,
  restockType: string,
  returnId: string | null = null,
): WireRefund {
  return {
    id: `gid://shopify/Refund/${minute}`,
    note: null,
    createdAt: stamp(minute),
    processedAt: stamp(minute),
    totalRefundedSet: usd('0.0'),
    return: returnId === null ? null : { id: returnId },
    duties: [],
    refundLineItems: connectionOf([
      {
        quantity,
        restocked: restockType !== 'NO_RESTOCK',
        restockType,
        lineItem: { id: lineId(index) },
        location: null,
        subtotalSet: usd('0.0'),
        totalTaxSet: usd('0.0'),
      },
    ]),
    refundShippingLines: connectionOf([]),
    orderAdjustments: connectionOf([]),
    transactions: connectionOf([]),
  };
}

export function wireReturn(
  minute: number,
  index: number,
  quantity: number,
  processedQuantity: number,
  exchanges: WireReturn['exchangeLineItems']['nodes'] = [],
): WireReturn {
  return {
    id: `gid://shopify/Return/${minute}`,
    name: `#1-R${minute}`,
    status: 'OPEN',
    createdAt: stamp(minute),
    returnShippingFees: [],
    returnLineItems: connectionOf([
      {
        id: `gid://shopify/ReturnLineItem/${minute}`,
        quantity,
        processedQuantity,
        returnReasonNote: '',
        returnReasonDefinition: null,
        fulfillmentLineItem: { lineItem: { id: lineId(index) } },
      },
    ]),
    exchangeLineItems: connectionOf(exchanges),
  };
}

export const wireLineId = lineId;
