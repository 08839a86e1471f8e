import { CUSTOMER_FRAGMENTS } from './customer.ts';
import type { SchemaFeatures } from './features.ts';
import { ORDER_SWITCHES, orderFragments } from './order.ts';

/** How the following pages of one nested connection are asked for. */
export interface NestedConnection {
  /** Operation name. */
  readonly name: string;
  readonly document: string;
  /** How many nodes to ask for at once; the reader asks for fewer where a page costs too much. */
  readonly pageSize: number;
}

/** The most that Shopify gives at once: a page costs by its doublings, so one of 250 lines costs twice as much as one of 10. */
const LARGEST_PAGE = 250;

const ORDER_SELECTIONS: Readonly<Record<string, string>> = {
  'Order.lineItems': 'lineItems(first: $first, after: $after) { ...Page nodes { ...LineFields } }',
  'Order.shippingLines':
    'shippingLines(first: $first, after: $after, includeRemovals: true) { ...Page nodes { ...ShippingFields } }',
  'Order.metafields': 'metafields(first: $first, after: $after) { ...Page nodes { ...MetafieldFields } }',
  'Order.fulfillmentOrders':
    'fulfillmentOrders(first: $first, after: $after) { ...Page nodes { ...FulfillmentOrderFields } }',
  'Order.returns': 'returns(first: $first, after: $after) { ...Page nodes { ...ReturnFields } }',
  'ProductVariant.barcodes': 'barcodes(first: $first, after: $after) { ...Page nodes { value } }',
  'PaymentTerms.paymentSchedules':
    'paymentSchedules(first: $first, after: $after) { ...Page nodes { ...PaymentScheduleFields } }',
  'Fulfillment.fulfillmentLineItems':
    'fulfillmentLineItems(first: $first, after: $after) { ...Page nodes { ...FulfillmentLineFields } }',
  'FulfillmentOrder.lineItems':
    'lineItems(first: $first, after: $after) { ...Page nodes { ...FulfillmentOrderLineFields } }',
  'Refund.refundLineItems': 'refundLineItems(first: $first, after: $after) { ...Page nodes { ...RefundLineFields } }',
  'Refund.refundShippingLines':
    'refundShippingLines(first: $first, after: $after) { ...Page nodes { ...RefundShippingFields } }',
  'Refund.orderAdjustments': 'orderAdjustments(first: $first, after: $after) { ...Page nodes { ...AdjustmentFields } }',
  'Refund.transactions': 'transactions(first: $first, after: $after) { ...Page nodes { id } }',
  'Return.returnLineItems': 'returnLineItems(first: $first, after: $after) { ...Page nodes { ...ReturnLineFields } }',
  'Return.exchangeLineItems':
    'exchangeLineItems(first: $first, after: $after) { ...Page nodes { ...ExchangeLineFields } }',
};

const CUSTOMER_SELECTIONS: Readonly<Record<string, string>> = {
  'Customer.addressesV2': 'addressesV2(first: $first, after: $after) { ...Page nodes { ...AddressFields } }',
  'Customer.metafields': 'metafields(first: $first, after: $after) { ...Page nodes { ...MetafieldFields } }',
};

/** Every connection that a fetched record may hold, by `<type>.<field>`. */
export function nestedConnections(features: SchemaFeatures): ReadonlyMap<string, NestedConnection> {
  const fragments = orderFragments(features);
  return new Map([
    ...Object.entries(ORDER_SELECTIONS)
      .filter(([key]) => features.variantBarcodes || key !== 'ProductVariant.barcodes')
      .map(([key, selection]) => [key, write(key, selection, fragments, ORDER_SWITCHES)] as const),
    ...Object.entries(CUSTOMER_SELECTIONS).map(
      ([key, selection]) => [key, write(key, selection, CUSTOMER_FRAGMENTS, '')] as const,
    ),
  ]);
}

function write(key: string, selection: string, fragments: string, switches: string): NestedConnection {
  const [type = '', field = ''] = key.split('.');
  const name = `More${type}${field.charAt(0).toUpperCase()}${field.slice(1)}`;
  const page = `page: ${selection.replace('...Page', 'pageInfo { hasNextPage endCursor }')}`;
  const used = pickFragments(page, fragments);
  // Only switches that the chosen fragments use may be declared: an unused variable is a validation error.
  const usedSwitches = switches
    .split(', ')
    .filter((declaration) => used.includes(declaration.split(':')[0] ?? '?') && declaration !== '');
  const variables = ['$id: ID!', '$first: Int!', '$after: String', ...usedSwitches].join(', ');
  const document = `query ${name}(${variables}) { node(id: $id) { ... on ${type} { ${page} } } }\n${used}`;
  return { name, document, pageSize: LARGEST_PAGE };
}

/** The fragments that a selection uses, directly or through others: an unused fragment is a validation error too. */
function pickFragments(selection: string, fragments: string): string {
  const all = new Map(
    fragments
      .split(/(?=^fragment )/m)
      .map((text) => [/^fragment (\w+)/.exec(text)?.[1], text] as const)
      .filter((entry): entry is readonly [string, string] => entry[0] !== undefined),
  );
  const picked = new Set<string>();
  const visit = (text: string): void => {
    for (const [, name] of text.matchAll(/\.\.\.(\w+)/g)) {
      const fragment = name === undefined ? undefined : all.get(name);
      if (name === undefined || fragment === undefined || picked.has(name)) continue;
      picked.add(name);
      visit(fragment);
    }
  };
  visit(selection);
  return [...picked].map((name) => all.get(name)).join('');
}
