import { type ListedValue, VendorError } from '@entrepot/vendor-kit';
import type { ShopifyClient } from '../client.ts';
import { fromGid } from '../ids.ts';

export const LOCATIONS_DOCUMENT = `query Locations($after: String) {
  locations(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id name } }
}`;

/** Gateways, channels and shipping codes have no list of their own in the Admin API: what recent orders used is what there is to map. */
export const USED_DOCUMENT = `query UsedValues($after: String) {
  orders(first: 50, after: $after, query: "status:any", sortKey: UPDATED_AT, reverse: true) {
    pageInfo { hasNextPage endCursor }
    nodes { sourceName paymentGatewayNames taxLines { title rate } shippingLines(first: 3) { nodes { code title } } }
  }
}`;
const USED_PAGES = 4;

interface UsedOrder {
  readonly sourceName: string | null;
  readonly paymentGatewayNames: readonly string[];
  readonly taxLines: readonly { readonly title: string; readonly rate: number | null }[];
  readonly shippingLines: { readonly nodes: readonly { readonly code: string | null; readonly title: string }[] };
}

/** Picks the values of one kind out of an order. */
const USED_VALUES: Readonly<Record<string, (order: UsedOrder) => readonly ListedValue[]>> = {
  channel: (order) => (order.sourceName === null ? [] : [{ value: order.sourceName, label: order.sourceName }]),
  paymentGateway: (order) => order.paymentGatewayNames.map((name) => ({ value: name, label: name })),
  shipVia: (order) => order.shippingLines.nodes.map((line) => ({ value: line.code ?? line.title, label: line.title })),
  tax: (order) =>
    order.taxLines.map((line) => ({
      value: line.title,
      label: line.rate === null ? line.title : `${line.title} (${line.rate})`,
    })),
};
const ALIASES: Readonly<Record<string, string>> = {
  location: 'warehouse',
  payment: 'paymentGateway',
  paymentTerms: 'paymentGateway',
};

/**
 * Values of the shop for value maps: `warehouse` (locations), `paymentGateway`, `shipVia`, `channel`, `tax`; the last four are those
 * that the latest 200 orders used.
 * @throws VendorError `notFound` for another kind
 */
export async function listValues(client: ShopifyClient, kind: string, signal: AbortSignal): Promise<ListedValue[]> {
  const wanted = ALIASES[kind] ?? kind;
  if (wanted === 'warehouse') return listLocations(client, signal);
  const pick = USED_VALUES[wanted];
  if (pick === undefined)
    throw new VendorError(
      'notFound',
      `Shopify has no list of ${kind}; known: warehouse, ${Object.keys(USED_VALUES).join(', ')}`,
    );
  const values = new Map<string, ListedValue>();
  let after: string | null = null;
  for (let page = 0; page < USED_PAGES; page += 1) {
    const { orders }: Page<'orders', UsedOrder> = (
      await client.query<Page<'orders', UsedOrder>>(
        { name: 'UsedValues', document: USED_DOCUMENT, variables: { after }, use: 'question' },
        signal,
      )
    ).data;
    for (const order of orders.nodes) for (const value of pick(order)) values.set(value.value, value);
    if (!orders.pageInfo.hasNextPage) break;
    after = orders.pageInfo.endCursor;
  }
  return [...values.values()].sort((a, b) => a.label.localeCompare(b.label));
}

type Page<Field extends string, Node> = Readonly<
  Record<
    Field,
    {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly Node[];
    }
  >
>;

async function listLocations(client: ShopifyClient, signal: AbortSignal): Promise<ListedValue[]> {
  const values: ListedValue[] = [];
  let after: string | null = null;
  for (;;) {
    const { locations }: Page<'locations', { id: string; name: string }> = (
      await client.query<Page<'locations', { id: string; name: string }>>(
        { name: 'Locations', document: LOCATIONS_DOCUMENT, variables: { after }, use: 'question' },
        signal,
      )
    ).data;
    values.push(...locations.nodes.map((location) => ({ value: fromGid(location.id), label: location.name })));
    if (!locations.pageInfo.hasNextPage) return values;
    after = locations.pageInfo.endCursor;
  }
}
