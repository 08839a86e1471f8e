import { parseDecimal } from '@entrepot/canonical';
import type { CallContext, ListedValue } from '@entrepot/vendor-kit';
import { fromGid } from '../fields.ts';
import type { Shop } from '../shop.ts';

export const LOCATIONS_DOCUMENT = `query Locations($after: String) {
  locations(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { id name } }
}`;

/**
 * Gateways, channels and shipping codes have no list in the Admin API: the values that recent orders used are offered.
 */
export const USED_DOCUMENT = `query UsedValues($after: String, $withTerms: Boolean!) {
  orders(first: 50, after: $after, query: "status:any", sortKey: UPDATED_AT, reverse: true) {
    pageInfo { hasNextPage endCursor }
    nodes {
      sourceName paymentGatewayNames taxLines { title rate } shippingLines(first: 3) { nodes { code title } }
      paymentTerms @include(if: $withTerms) { paymentTermsName }
    }
  }
}`;
const USED_PAGES = 4;

interface UsedOrder {
  readonly sourceName: string | null;
  readonly paymentGatewayNames: readonly string[];
  readonly paymentTerms?: { readonly paymentTermsName: string } | null;
  readonly taxLines: readonly { readonly title: string; readonly rate: number | null }[];
  readonly shippingLines: { readonly nodes: readonly { readonly code: string | null; readonly title: string }[] };
}

const same = (value: string): ListedValue => ({ value, label: value });

/** Values of one kind that an order uses, as value maps are keyed by them. */
const USED_VALUES = {
  channel: ({ sourceName }: UsedOrder) => (sourceName === null ? [] : [same(sourceName)]),
  paymentGateway: (order: UsedOrder) => order.paymentGatewayNames.map(same),
  /** Terms are chosen by the order's own, or by how it was paid. */
  paymentTerms: ({ paymentTerms, paymentGatewayNames }: UsedOrder) => [
    ...(paymentTerms ? [same(paymentTerms.paymentTermsName)] : []),
    ...paymentGatewayNames.map(same),
  ],
  shipVia: (order: UsedOrder) =>
    order.shippingLines.nodes.map((line) => ({ value: line.code ?? line.title, label: line.title })),
  /** A tax code is chosen by the rate in percent, or by the tax's title. */
  tax: (order: UsedOrder) =>
    order.taxLines.map(({ title, rate }) =>
      rate === null ? same(title) : { value: parseDecimal(rate).times(100).toString(), label: title },
    ),
};

/** Lists the values of one kind; those that orders use are of the latest 200. */
export function valuesOf(kind: keyof typeof USED_VALUES): (shop: Shop, call: CallContext) => Promise<ListedValue[]> {
  const pick = USED_VALUES[kind];
  return async ({ client, access }, call) => {
    const { withTerms } = (await access(call)).switches;
    const values = new Map<string, ListedValue>();
    let after: string | null = null;
    for (let page = 0; page < USED_PAGES; page += 1) {
      const { orders }: Page<'orders', UsedOrder> = (
        await client.query<Page<'orders', UsedOrder>>(
          { name: 'UsedValues', document: USED_DOCUMENT, variables: { after, withTerms }, use: 'question' },
          call,
        )
      ).data;
      for (const order of orders.nodes) {
        for (const used of pick(order)) values.set(JSON.stringify([used.value, used.label]), used);
      }
      if (!orders.pageInfo.hasNextPage) break;
      after = orders.pageInfo.endCursor;
    }
    return [...values.values()].sort((a, b) => a.label.localeCompare(b.label));
  };
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

export async function listLocations({ client }: Shop, call: CallContext): Promise<ListedValue[]> {
  const values: ListedValue[] = [];
  let after: string | null = null;
  for (;;) {
    const { locations }: Page<'locations', { id: string; name: string }> = (
      await client.query<Page<'locations', { id: string; name: string }>>(
        { name: 'Locations', document: LOCATIONS_DOCUMENT, variables: { after }, use: 'question' },
        call,
      )
    ).data;
    values.push(...locations.nodes.map((location) => ({ value: fromGid(location.id), label: location.name })));
    if (!locations.pageInfo.hasNextPage) return values;
    after = locations.pageInfo.endCursor;
  }
}
