/** What the demo and the tests vary of an order; the rest is a usual order of two shirts' worth of office supplies. */
export interface OrderWish {
  readonly lines?: readonly OrderLineWish[];
  readonly email?: string;
  readonly test?: boolean;
  readonly note?: string;
  readonly name?: string;
  /** Left out: no discount. */
  readonly discount?: { readonly code: string; readonly amount: string };
  readonly financialStatus?: 'PAID' | 'PENDING' | 'AUTHORIZED';
}

export interface OrderLineWish {
  readonly sku: string;
  readonly title: string;
  readonly price: string;
  readonly quantity: number;
  /** Line item properties, such as an engraving. */
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

export interface PlacedOrder {
  /** Number as Entrepot keys it: the digits of the gid. */
  readonly id: string;
  readonly gid: string;
  readonly name: string;
  readonly total: string;
}

export interface ShopClient {
  placeOrder(wish?: OrderWish): Promise<PlacedOrder>;
  cancelOrder(gid: string): Promise<void>;
  /** Changes note and tags of an order. */
  updateOrder(gid: string, input: Readonly<Record<string, unknown>>): Promise<void>;
  graphql<T extends object>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
}

const CURRENCY = 'USD';
const TAX_RATE = 0.07;

export const USUAL_LINES: readonly OrderLineWish[] = [
  { sku: 'A00001', title: 'Printer Inkjet 1312', price: '300.00', quantity: 1 },
  { sku: 'A00003', title: 'Paper - A4', price: '7.50', quantity: 4 },
];

const ORDER_CREATE = `mutation Place($order: OrderCreateOrderInput!) {
  orderCreate(order: $order) {
    order { id name totalPriceSet { shopMoney { amount currencyCode } } }
    userErrors { field message }
  }
}`;

/** A shop as its customers and staff use it: through the Admin API of the store. */
export function createShopClient(sandboxUrl: string, accessToken = 'sandbox-token', version = '2026-10'): ShopClient {
  async function graphql<T extends object>(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<T> {
    const response = await fetch(`${sandboxUrl}/shopify/admin/api/${version}/graphql.json`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-shopify-access-token': accessToken },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data?: T; errors?: unknown };
    if (!response.ok || body.errors !== undefined || body.data === undefined) {
      throw new Error(`The shop answered ${response.status}: ${JSON.stringify(body.errors ?? body)}`);
    }
    refuseUserErrors(body.data);
    return body.data;
  }

  return {
    graphql,
    async placeOrder(wish = {}) {
      const data = await graphql<{ orderCreate: { order: CreatedOrder } }>(ORDER_CREATE, { order: toOrderInput(wish) });
      const { order } = data.orderCreate;
      return {
        gid: order.id,
        id: order.id.split('/').at(-1) ?? '',
        name: order.name,
        total: `${order.totalPriceSet.shopMoney.amount} ${order.totalPriceSet.shopMoney.currencyCode}`,
      };
    },
    async cancelOrder(gid) {
      await graphql(
        `mutation Cancel($id: ID!) {
          orderCancel(orderId: $id, reason: CUSTOMER, restock: true) { job { id } userErrors: orderCancelUserErrors { field message } }
        }`,
        { id: gid },
      );
    },
    async updateOrder(gid, input) {
      await graphql(
        `mutation Change($input: OrderInput!) { orderUpdate(input: $input) { userErrors { field message } } }`,
        {
          input: { id: gid, ...input },
        },
      );
    },
  };
}

interface CreatedOrder {
  readonly id: string;
  readonly name: string;
  readonly totalPriceSet: { readonly shopMoney: { readonly amount: string; readonly currencyCode: string } };
}

function refuseUserErrors(data: object): void {
  for (const payload of Object.values(data) as ({ userErrors?: unknown[] } | null)[]) {
    const errors = payload?.userErrors ?? [];
    if (errors.length > 0) throw new Error(`The shop refused it: ${JSON.stringify(errors)}`);
  }
}

function money(amount: string) {
  return { shopMoney: { amount, currencyCode: CURRENCY } };
}

/** The input of `orderCreate` for an order as wished. */
export function toOrderInput(wish: OrderWish) {
  const lines = wish.lines ?? USUAL_LINES;
  const email = wish.email ?? 'jordan.winter@example.com';
  const address = {
    firstName: 'Jordan',
    lastName: 'Winter',
    address1: '100 Main Street',
    city: 'Burlington',
    provinceCode: 'VT',
    zip: '05401',
    countryCode: 'US',
  };
  return {
    email,
    currency: CURRENCY,
    test: wish.test ?? false,
    financialStatus: wish.financialStatus ?? 'PAID',
    ...(wish.note === undefined ? {} : { note: wish.note }),
    ...(wish.name === undefined ? {} : { name: wish.name }),
    ...(wish.discount === undefined
      ? {}
      : {
          discountCode: { itemFixedDiscountCode: { code: wish.discount.code, amountSet: money(wish.discount.amount) } },
        }),
    customer: { toUpsert: { email, firstName: 'Jordan', lastName: 'Winter' } },
    billingAddress: address,
    shippingAddress: address,
    lineItems: lines.map((line) => ({
      title: line.title,
      sku: line.sku,
      quantity: line.quantity,
      requiresShipping: true,
      taxable: true,
      priceSet: money(line.price),
      ...(line.properties === undefined ? {} : { properties: line.properties }),
      taxLines: [{ title: 'VT State Tax', rate: String(TAX_RATE), priceSet: money(taxOf(line)) }],
    })),
    shippingLines: [{ title: 'Standard', code: 'standard', priceSet: money('10.00') }],
  };
}

/** Tax of a line to the cent, computed in whole cents. */
function taxOf(line: OrderLineWish): string {
  const cents = Math.round(Number(line.price) * 100) * line.quantity;
  return (Math.round(cents * TAX_RATE) / 100).toFixed(2);
}
