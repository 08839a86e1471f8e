import { type Customer, createCustomer, createOrder, Decimal, type Order, type Sparse } from '@entrepot/canonical';
import { type FlowSettings, flowSettingsSchemaOf } from '@entrepot/mapping';

export const PLACED_AT = Date.UTC(2026, 2, 2, 14, 30) * 1000;

export function money(amount: string | Decimal, currency = 'USD') {
  return { base: { amount: new Decimal(amount), currency }, document: null };
}

export interface LineInput {
  readonly id?: string;
  readonly kind?: Order['lines'][number]['kind'];
  readonly sku?: string | null;
  readonly title?: string;
  readonly quantity?: string;
  readonly price: string;
  readonly discount?: string;
  /** Rate as a fraction and amount. */
  readonly tax?: { readonly rate: string; readonly amount: string; readonly name?: string };
}

export interface OrderInput {
  readonly id?: string;
  readonly number?: string;
  readonly currency?: string;
  readonly lines: readonly LineInput[];
  readonly shipping?: { readonly price: string; readonly tax?: { readonly rate: string; readonly amount: string } };
  readonly taxesIncluded?: boolean;
  readonly more?: Sparse<Order>;
}

/** An order that adds up, made of its lines. */
export function makeOrder(input: OrderInput): Order {
  const currency = input.currency ?? 'USD';
  const included = input.taxesIncluded ?? false;
  const bag = (amount: string | Decimal) => money(amount, currency);
  const taxOf = (tax: LineInput['tax']) =>
    tax === undefined
      ? []
      : [{ name: tax.name ?? 'Tax', rate: new Decimal(tax.rate), amount: bag(tax.amount), included }];
  const sum = (amounts: readonly (string | undefined)[]) =>
    amounts.reduce((total, amount) => total.plus(amount ?? 0), new Decimal(0));
  const plain = input.lines.filter((line) => line.kind !== 'TIP');
  const full = (line: LineInput) => new Decimal(line.price).times(line.quantity ?? '1').toFixed();
  const lines = sum(plain.map(full));
  const tips = sum(input.lines.filter((line) => line.kind === 'TIP').map(full));
  const discounts = sum(input.lines.map((line) => line.discount));
  const shipping = sum([input.shipping?.price]);
  const taxes = sum([...input.lines.map((line) => line.tax?.amount), input.shipping?.tax?.amount]);
  const total = lines
    .plus(tips)
    .plus(shipping)
    .minus(discounts)
    .plus(included ? 0 : taxes);
  const amounts = {
    lines: bag(lines),
    discounts: bag(discounts),
    shipping: bag(shipping),
    taxes: bag(taxes),
    tips: bag(tips),
    total: bag(total),
  };
  const address = {
    firstName: 'Ada',
    lastName: 'Example',
    lines: ['1 Main Street'],
    city: 'Springfield',
    regionCode: 'NY',
    postalCode: '12345',
    country: 'US',
  };
  return createOrder({
    source: {
      connection: 'shop',
      vendor: 'shopify',
      id: input.id ?? '1001',
      number: input.number ?? '#1001',
      version: 1,
      contentHash: 'h',
      observedAt: PLACED_AT,
    },
    orderType: 'SALE',
    orderStatus: 'OPEN',
    paymentStatus: 'PAID',
    placedAt: PLACED_AT,
    customer: { id: '77', name: 'Ada Example' },
    email: 'Ada@Example.com',
    billTo: address,
    shipTo: address,
    taxesIncluded: included,
    baseCurrency: currency,
    documentCurrency: currency,
    lines: input.lines.map((line, index) => ({
      id: line.id ?? `l${index + 1}`,
      position: index + 1,
      kind: line.kind ?? 'PRODUCT',
      item:
        line.sku === null
          ? null
          : { productId: `p${index + 1}`, variantId: `v${index + 1}`, sku: line.sku ?? 'MUG-WHITE' },
      title: line.title ?? `Line ${index + 1}`,
      quantity: { ordered: new Decimal(line.quantity ?? '1'), current: new Decimal(line.quantity ?? '1') },
      unitPrice: bag(line.price),
      discounts: line.discount === undefined ? [] : [{ target: 'LINE', amount: bag(line.discount) }],
      taxes: taxOf(line.tax),
      taxable: line.tax !== undefined,
    })),
    shippingLines:
      input.shipping === undefined
        ? []
        : [
            {
              id: 's1',
              code: 'standard',
              title: 'Standard',
              price: bag(input.shipping.price),
              taxes: taxOf(input.shipping.tax),
            },
          ],
    totals: { original: amounts, current: amounts },
    ...input.more,
  });
}

/** A flow into the demo company: freight for shipping, items for tips and gift cards, the demo's tax codes. */
export function makeFlow(
  target: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): FlowSettings<'order'> {
  return flowSettingsSchemaOf('order').parse({
    valueMaps: {
      tax: { '0': 'EX', '7': 'VAT7', '7.25': 'CA725', '8.25': 'TX825', '8.875': 'NY', '19': 'VAT19', '20': 'VAT20' },
    },
    target: {
      customers: { mode: 'collective', cardCode: 'C-WEB' },
      shipping: { as: 'expense', expenseCode: 1 },
      tips: { as: 'item', itemCode: 'TIP' },
      fees: { as: 'expense', expenseCode: 2 },
      giftCardItem: 'GIFTCARD',
      customItem: 'CUSTOM',
      ...target,
    },
    ...more,
  });
}

/** A flow by which the customers of an order flow are written: as its prerequisites say. */
export function prerequisiteFlow({ prerequisites: { customer } }: FlowSettings<'order'>): FlowSettings<'order'> {
  return makeFlow({}, { target: customer?.target ?? {}, valueMaps: customer?.valueMaps ?? {} });
}

export function makeCustomer(more: Sparse<Customer> = {}): Customer {
  return createCustomer({
    source: {
      connection: 'shop',
      vendor: 'shopify',
      id: '77',
      number: null,
      version: 1,
      contentHash: 'h',
      observedAt: PLACED_AT,
    },
    kind: 'PERSON',
    status: 'ACTIVE',
    name: 'Ada Example',
    firstName: 'Ada',
    lastName: 'Example',
    email: 'ada@example.com',
    phone: '+15550100',
    currency: 'USD',
    contacts: [{ id: 'c1', firstName: 'Ada', lastName: 'Example', email: 'ada@example.com', isDefault: true }],
    addresses: [
      {
        id: 'a1',
        roles: ['BILLING', 'SHIPPING'],
        isDefault: true,
        firstName: 'Ada',
        lastName: 'Example',
        lines: ['1 Main Street', 'Flat 2'],
        city: 'Springfield',
        regionCode: 'NY',
        postalCode: '12345',
        country: 'US',
      },
    ],
    ...more,
  });
}
