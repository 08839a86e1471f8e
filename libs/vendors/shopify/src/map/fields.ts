import {
  type Address,
  type Attribute,
  createAddress,
  createAttribute,
  createExternalId,
  createItemRef,
  createTax,
  type ItemRef,
  parseDecimal,
  parseTimestamp,
  type Tax,
} from '@entrepot/canonical';
import { fromGid } from '../ids.ts';
import type { WireAddress, WireAttribute, WireLine, WireMetafield, WireTax } from '../wire.ts';
import { bagOf } from './bags.ts';

export function idOrNull(object: { readonly id: string | null } | null | undefined): string | null {
  return object?.id == null ? null : fromGid(object.id);
}

/** Shopify shows empty text and null for "nothing"; both are null here. */
export function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === null || text.trim() === '' ? null : text;
}

/**
 * A code (SKU, external id) without what surrounds it, is not seen and no target matches: blanks, and signs without width as pasted
 * texts have them. Of these alone there is none.
 */
export function codeOrNull(code: string | null | undefined): string | null {
  return textOrNull(code?.replace(UNSEEN_AROUND, ''));
}

const UNSEEN_AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

/** What a line sells: the first of the variant's bar codes is its bar code, as Shopify has it, the others are alternate ids. */
export function mapItem(line: WireLine): ItemRef | null {
  const productId = idOrNull(line.product);
  const variantId = idOrNull(line.variant);
  const sku = codeOrNull(line.sku);
  if (productId === null && variantId === null && sku === null) return null;
  const listed = line.variant?.barcodes?.nodes.map((code) => code.value) ?? [line.variant?.barcode];
  const [barcode = null, ...others] = listed.map(textOrNull).filter((code) => code !== null);
  const alternateIds = others.map((id) => createExternalId({ kind: 'barcode', id }));
  return createItemRef({ productId, variantId, sku, barcode, alternateIds });
}

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
