import { expect } from 'vitest';
import { ask, control, create } from './shop-under-test.ts';

const ORDER = `query($id: ID!) { order(id: $id) { displayFulfillmentStatus displayFinancialStatus returnStatus
  currentTotalPriceSet { shopMoney { amount } } currentSubtotalPriceSet { shopMoney { amount } } currentTotalTaxSet { shopMoney { amount } }
  totalOutstandingSet { shopMoney { amount } } totalRefundedSet { shopMoney { amount } } currentShippingPriceSet { shopMoney { amount } }
  lineItems(first: 10) { nodes { id title sku quantity currentQuantity unfulfilledQuantity refundableQuantity } }
  fulfillments { fulfillmentLineItems(first: 5) { nodes { id quantity lineItem { id } } } }
  fulfillmentOrders(first: 5) { nodes { status lineItems(first: 5) { nodes { remainingQuantity lineItem { title } } } } }
  refunds { id return { id } refundLineItems(first: 5) { nodes { quantity restockType restocked } } orderAdjustments(first: 3) { nodes { amountSet { shopMoney { amount } } } } }
  returns(first: 5) { nodes { ...R } } } }
fragment R on Return { id name status totalQuantity
  returnLineItems(first: 5) { nodes { id quantity processedQuantity unprocessedQuantity refundableQuantity ... on ReturnLineItem { fulfillmentLineItem { id lineItem { id } } } } }
  exchangeLineItems(first: 5) { nodes { id quantity processedQuantity title variantSku variantTitle productId variantId lineItems { id title } } }
  reverseFulfillmentOrders(first: 1) { nodes { status lineItems(first: 5) { nodes { id totalQuantity dispositions { type quantity } } } } } }`;

interface Seen extends Record<string, unknown> {
  lineItems: { nodes: { id: string; title: string }[] };
  fulfillments: { fulfillmentLineItems: { nodes: { id: string; quantity: number }[] } }[];
  returns: {
    nodes: {
      id: string;
      returnLineItems: { nodes: { id: string }[] };
      exchangeLineItems: { nodes: { id: string }[] };
      reverseFulfillmentOrders: { nodes: { lineItems: { nodes: { id: string }[] } }[] };
    }[];
  };
}
export const look = async (id: unknown): Promise<Seen> => {
  const { data, errors } = await ask(ORDER, { id });
  expect(errors).toBeUndefined();
  return data?.order as unknown as Seen;
};
/** Quantities of each line: ordered, current, unfulfilled. */
export const quantities = (seen: Seen) =>
  seen.lineItems.nodes.map((one) => {
    const { quantity, currentQuantity, unfulfilledQuantity } = one as Record<string, unknown>;
    return [quantity, currentQuantity, unfulfilledQuantity];
  });
export const patch = async (id: unknown, body: object, status = 200): Promise<string> => {
  const answer = await control('PATCH', `/orders/${String(id).split('/').at(-1)}`, body);
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  return text;
};
export const paid = async (lineItems: object[], more: object = {}) =>
  (await create({ lineItems, financialStatus: 'PAID', ...more })).id;

export const RETURN_CREATE = `mutation($returnInput: ReturnInput!) { returnCreate(returnInput: $returnInput) { return { id status } userErrors { field message code } } }`;
export const RETURN_PROCESS = `mutation($input: ReturnProcessInput!) { returnProcess(input: $input) { return { id status } userErrors { field message code } } }`;
