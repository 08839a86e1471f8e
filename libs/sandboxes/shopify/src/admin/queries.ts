import { refuseType } from '../graphql/access.ts';
import { compareIds, makeConnection, type PageArguments } from '../graphql/connections.ts';
import type { RequestContext } from '../graphql/context.ts';
import { searchItems, searchText, searchWords } from '../graphql/search/search.ts';
import { findInventoryItem, findVariant, listVariants, viewProduct } from '../products/view.ts';
import type { CustomerState, OrderState } from '../state.ts';
import { COMPANY_NODES, COMPANY_QUERIES } from './companies/queries.ts';
import { viewCustomer } from './customer-view.ts';
import { CUSTOMER_CARE_QUERIES } from './customers/care.ts';
import { viewEvent } from './events.ts';
import { FULFILLMENT_NODES, FULFILLMENT_QUERIES } from './fulfillment/queries.ts';
import { INVENTORY_QUERIES } from './inventory.ts';
import { viewOrder, viewRefund } from './order-view.ts';
import { RETURN_QUERIES, showReturn } from './returns/resolvers.ts';
import { CUSTOMER_SEARCH, ORDER_SEARCH } from './search-fields.ts';
import { WEBHOOK_QUERIES } from './subscriptions.ts';

type Resolver = (args: Record<string, unknown>, context: RequestContext) => unknown;

/** Any object by its global id; null when there is none. */
export function findNode(context: RequestContext, gid: string): unknown {
  const { store } = context;
  const type = /^gid:\/\/shopify\/(\w+)\//.exec(gid)?.[1] ?? '';
  refuseType(store, type);
  switch (type) {
    case 'Order': {
      const order = store.orders.get(gid);
      return order ? viewOrder(store, order) : null;
    }
    case 'Customer': {
      const customer = store.customers.get(gid);
      return customer ? viewCustomer(store, customer) : null;
    }
    case 'Refund': {
      const order = [...store.orders.values()].find((candidate) =>
        candidate.refunds.some((refund) => refund.id === gid),
      );
      const refund = order?.refunds.find((candidate) => candidate.id === gid);
      return order && refund ? viewRefund(store, order, refund) : null;
    }
    case 'Return':
      return showReturn(store, gid);
    case 'Product':
      return viewProduct(store, gid);
    case 'ProductVariant':
      return findVariant(store, gid);
    case 'BasicEvent': {
      const order = [...store.orders.values()].find((one) => one.events.some((event) => event.id === gid));
      const event = order?.events.find((one) => one.id === gid);
      return order && event ? viewEvent(order, event, () => viewOrder(store, order)) : null;
    }
    case 'InventoryItem':
      return findInventoryItem(store, gid);
    default:
      return { ...FULFILLMENT_NODES, ...COMPANY_NODES }[type]?.(context, gid) ?? null;
  }
}

function sortBy<Item extends { id: string }>(items: Item[], sortValueOf: (item: Item) => string): Item[] {
  return items.sort((a, b) =>
    sortValueOf(a) < sortValueOf(b) ? -1 : sortValueOf(a) > sortValueOf(b) ? 1 : compareIds(a.id, b.id),
  );
}

const ORDER_SORT: Readonly<Record<string, (order: OrderState) => string>> = {
  UPDATED_AT: (order) => order.updatedAt,
  CREATED_AT: (order) => order.createdAt,
  PROCESSED_AT: (order) => order.processedAt,
};

export const QUERY_RESOLVERS: Readonly<Record<string, Resolver>> = {
  node: (args, context) => findNode(context, String(args.id)),
  nodes: (args, context) => (args.ids as string[]).map((id) => findNode(context, id)),
  order: (args, context) => findNode(context, String(args.id)),
  customer: (args, context) => findNode(context, String(args.id)),
  job: (args, { jobs }) => {
    const id = String(args.id);
    const done = jobs.isDone(id);
    // What a job changed can be asked for within it once it is done.
    return done === null ? null : { id, done, query: done ? {} : null };
  },
  orders: (args, context) => {
    const sortValueOf = ORDER_SORT[String(args.sortKey)] ?? ((order: OrderState) => order.id.padStart(60, '0'));
    const found = sortBy(
      searchItems(context, 'orders', [...context.store.orders.values()], args.query, ORDER_SEARCH),
      sortValueOf,
    );
    const page = makeConnection(found, args as PageArguments, sortValueOf);
    return viewPage(page, (order) => viewOrder(context.store, order));
  },
  ordersCount: (args, context) => {
    const found = searchItems(
      context,
      'ordersCount',
      [...context.store.orders.values()],
      args.query,
      ORDER_SEARCH,
    ).length;
    // Counting stops at the limit; null counts all.
    const isCut = typeof args.limit === 'number' && found > args.limit;
    return { count: isCut ? args.limit : found, precision: isCut ? 'AT_LEAST' : 'EXACT' };
  },
  customers: (args, context) => {
    const sortValueOf = (customer: CustomerState): string =>
      args.sortKey === 'UPDATED_AT' ? customer.updatedAt : customer.id.padStart(60, '0');
    const found = sortBy(
      searchItems(context, 'customers', [...context.store.customers.values()], args.query, CUSTOMER_SEARCH),
      sortValueOf,
    );
    return viewPage(makeConnection(found, args as PageArguments, sortValueOf), (customer) =>
      viewCustomer(context.store, customer),
    );
  },
  products: (_args, context) => context.store.products.map((product) => viewProduct(context.store, product.id)),
  productVariant: (args, context) => findNode(context, String(args.id)),
  productVariants: (args, context) =>
    searchItems(context, 'productVariants', listVariants(context.store), args.query, {
      default: searchWords((variant) => [variant.sku as string, variant.displayName as string]),
      sku: searchText((variant) => [variant.sku as string]),
      // From 2026-10 on any of a variant's barcodes counts.
      barcode: searchText((variant) => {
        const { barcode, barcodes } = variant as { barcode: string | null; barcodes: readonly { value: string }[] };
        return context.version >= '2026-10' ? barcodes.map((one) => one.value) : [barcode];
      }),
    }),
  ...FULFILLMENT_QUERIES,
  ...INVENTORY_QUERIES,
  ...COMPANY_QUERIES,
  ...RETURN_QUERIES,
  shop: (_args, context) => ({
    id: context.store.shopId,
    name: context.store.domain.split('.')[0],
    myshopifyDomain: context.store.domain,
    url: `https://${context.store.domain}`,
    primaryDomain: {
      id: context.store.shopId.replace('Shop', 'Domain'),
      host: context.store.domain,
      sslEnabled: true,
      url: `https://${context.store.domain}`,
    },
    email: `owner@${context.store.domain}`,
    currencyCode: context.store.currency,
    ianaTimezone: 'America/New_York',
    plan: {
      displayName: 'Development',
      publicDisplayName: 'Development',
      shopifyPlus: false,
      partnerDevelopment: true,
    },
    taxesIncluded: false,
  }),
  currentAppInstallation: (_args, context) => ({
    id: 'gid://shopify/AppInstallation/1',
    accessScopes: context.store.scopes.map((handle) => ({ handle, description: handle.replaceAll('_', ' ') })),
    app: { id: 'gid://shopify/App/1', title: 'Sandbox app' },
  }),
  ...WEBHOOK_QUERIES,
  ...CUSTOMER_CARE_QUERIES,
};

function viewPage<Item>(page: ReturnType<typeof makeConnection<Item>>, view: (item: Item) => unknown) {
  return {
    ...page,
    nodes: page.nodes.map(view),
    edges: page.edges.map((edge) => ({ ...edge, node: view(edge.node) })),
  };
}
