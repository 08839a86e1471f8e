import {
  type Address,
  type Attribute,
  addDecimals,
  type Bag,
  createAddress,
  createAmounts,
  createAttribute,
  createTax,
  Decimal,
  parseDecimal,
  parseTimestamp,
  subtractDecimals,
  type Tax,
} from '@entrepot/canonical';
import type { WireAddress, WireAttribute, WireBag, WireMetafield, WireTax } from './entities/wire.ts';

/** Kinds of Shopify objects that are asked for by id. */
export type GidType = 'Order' | 'Customer' | 'Refund' | 'Return' | 'FulfillmentOrder';

/** A numeric id as Shopify's global id. */
export function toGid(type: GidType, id: string): string {
  return `gid://shopify/${type}/${id}`;
}

/**
 * The numeric part of a global id, as text: ids exceed what a JavaScript number holds. A query part is dropped (addresses carry
 * `?model_name=…`).
 * @throws TypeError when it is no global id
 */
export function fromGid(gid: string): string {
  const match = /^gid:\/\/shopify\/\w+\/([^/?]+)(\?.*)?$/.exec(gid);
  if (match?.[1] === undefined) throw new TypeError(`"${gid}" is not a Shopify id.`);
  return match[1];
}

/** True for what can be an id of an order or a customer: digits only, so that it can be put into a global id. */
export function isNumericId(id: string): boolean {
  return /^\d{1,25}$/.test(id);
}

export function idOrNull(object: { readonly id: string | null } | null | undefined): string | null {
  return object?.id == null ? null : fromGid(object.id);
}

/** Shopify shows empty text and null for "nothing"; both are null here. */
export function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === null || text.trim() === '' ? null : text;
}

/**
 * A code (SKU, external id) without surrounding invisible characters, which no target matches: blanks, and zero-width
 * signs as pasted texts have them. Null when nothing else is left.
 */
export function codeOrNull(code: string | null | undefined): string | null {
  return textOrNull(code?.replace(UNSEEN_AROUND, ''));
}

const UNSEEN_AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

export function timeOrNull(text: string | null | undefined): number | null {
  return text === undefined || text === null ? null : parseTimestamp(text);
}

export function mapAddress(address: WireAddress | null, roles: readonly string[], isDefault = false): Address | null {
  if (address === null) return null;
  return createAddress({
    id: idOrNull(address),
    roles: [...roles],
    isDefault,
    firstName: textOrNull(address.firstName),
    lastName:
      textOrNull(address.lastName) ?? (textOrNull(address.firstName) === null ? textOrNull(address.name) : null),
    company: textOrNull(address.company),
    lines: [address.address1, address.address2].map(textOrNull).filter((line) => line !== null),
    city: textOrNull(address.city),
    regionCode: textOrNull(address.provinceCode),
    regionName: textOrNull(address.province),
    postalCode: textOrNull(address.zip),
    country: textOrNull(address.countryCodeV2),
    phone: textOrNull(address.phone),
  });
}

export function mapTaxes(taxes: readonly WireTax[], included: boolean): Tax[] {
  return taxes.map((tax) =>
    createTax({
      name: tax.title,
      rate: tax.rate === null ? null : parseDecimal(tax.rate),
      amount: bagOf(tax.priceSet),
      included,
      channelLiable: tax.channelLiable,
    }),
  );
}

/** Custom attributes have no group; metafields have their namespace. */
export function mapAttributes(
  attributes: readonly WireAttribute[],
  metafields: readonly WireMetafield[] = [],
): Attribute[] {
  return [
    ...attributes.map((attribute) => createAttribute({ key: attribute.key, value: attribute.value })),
    ...metafields.map((field) =>
      createAttribute({ namespace: field.namespace, key: field.key, value: field.value, type: field.type }),
    ),
  ];
}

/** The two currencies of an order: the shop's and the customer's. */
export interface Currencies {
  readonly base: string;
  readonly document: string;
}

/** Amounts come trimmed ("12.0") in GraphQL and are always decimals here. Both sides are kept, also when the currencies are the same. */
export function bagOf(wire: WireBag): Bag {
  const read = (money: WireBag['shopMoney']) => ({ amount: money.amount, currency: money.currencyCode });
  return createAmounts(read(wire.shopMoney), read(wire.presentmentMoney));
}

export function bagOrZero(wire: WireBag | null | undefined, currencies: Currencies): Bag {
  return wire ? bagOf(wire) : makeBag(new Decimal(0), new Decimal(0), currencies);
}

export function makeBag(base: Decimal, document: Decimal, currencies: Currencies): Bag {
  return createAmounts(
    { amount: base, currency: currencies.base },
    { amount: document, currency: currencies.document },
  );
}

/** The amount in the customer's currency. */
export function documentOf(bag: Bag): Decimal {
  return (bag.document ?? bag.base).amount;
}

function combine(left: Bag, right: Bag, merge: (a: Decimal, b: Decimal) => Decimal): Bag {
  return {
    base: { amount: merge(left.base.amount, right.base.amount), currency: left.base.currency },
    document: { amount: merge(documentOf(left), documentOf(right)), currency: (left.document ?? left.base).currency },
  };
}

export function addBags(left: Bag, right: Bag): Bag {
  return combine(left, right, addDecimals);
}

export function subtractBags(left: Bag, right: Bag): Bag {
  return combine(left, right, subtractDecimals);
}

export function sumBags(bags: readonly Bag[], currencies: Currencies): Bag {
  return bags.reduce(addBags, bagOrZero(null, currencies));
}

export function multiplyBag(bag: Bag, factor: number): Bag {
  return combine(bag, bag, (amount) => amount.times(factor));
}

export function absoluteBag(bag: Bag): Bag {
  return combine(bag, bag, (amount) => amount.abs());
}

export function isZeroBag(bag: Bag): boolean {
  return bag.base.amount.isZero() && documentOf(bag).isZero();
}
