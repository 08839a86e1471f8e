import { expect } from 'vitest';
import { ask, control, line } from './shop-under-test.ts';

export const FULFILLMENT_ORDERS = `query($id: ID!) { order(id: $id) { displayFulfillmentStatus
  fulfillmentOrders(first: 10) { nodes { id status requestStatus supportedActions { action } assignedLocation { name location { id } }
    deliveryMethod { methodType } lineItems(first: 10) { nodes { id totalQuantity remainingQuantity lineItem { id } } } } }
  fulfillments { id status displayStatus name location { name } totalQuantity fulfillmentLineItems(first: 5) { nodes { id quantity lineItem { id } } } }
  lineItems(first: 10) { nodes { id quantity currentQuantity unfulfilledQuantity fulfillableQuantity nonFulfillableQuantity refundableQuantity } } } }`;

interface Seen {
  displayFulfillmentStatus: string;
  fulfillmentOrders: {
    nodes: {
      id: string;
      status: string;
      requestStatus: string;
      supportedActions: { action: string }[];
      assignedLocation: { name: string };
      lineItems: { nodes: { id: string; totalQuantity: number; remainingQuantity: number }[] };
    }[];
  };
  fulfillments: { id: string; status: string; displayStatus: string; location: { name: string } }[];
  lineItems: { nodes: Record<string, unknown>[] };
}

export const look = async (id: unknown): Promise<Seen> =>
  (await ask(FULFILLMENT_ORDERS, { id })).data?.order as unknown as Seen;
/** Place, status and remaining quantities of each fulfilment order. */
export const places = (seen: Seen) =>
  seen.fulfillmentOrders.nodes.map((one) => [
    one.assignedLocation.name,
    one.status,
    one.lineItems.nodes.map((item) => item.remainingQuantity),
  ]);

export const place = async (body: object): Promise<string> => {
  const answer = await control('POST', '/orders', body);
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { gid: string }).gid;
};
export const patch = async (gid: string, body: object): Promise<Record<string, unknown>> => {
  const answer = await control('PATCH', `/orders/${gid.slice(gid.lastIndexOf('/') + 1)}`, body);
  const value = (await answer.json()) as Record<string, unknown>;
  expect(answer.status, JSON.stringify(value)).toBe(200);
  return value;
};
export const mutate = async (name: string, args: string, fields: string, variables: object, types: string) =>
  (await ask(`mutation(${types}) { ${name}(${args}) { ${fields} userErrors { field message } } }`, variables)).data?.[
    name
  ] as Record<string, unknown>;
export const ship = (fulfillment: object) =>
  mutate(
    'fulfillmentCreate',
    'fulfillment: $fulfillment',
    'fulfillment { id status displayStatus trackingInfo { number url company } }',
    { fulfillment },
    '$fulfillment: FulfillmentInput!',
  );
export const order = { currency: 'CAD', lineItems: [line('10.00', 2), line('5.00', 1)] };
