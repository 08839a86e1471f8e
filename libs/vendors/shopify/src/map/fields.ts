import {
  type Address,
  type Attribute,
  createAddress,
  createAttribute,
  createTax,
  parseDecimal,
  parseTimestamp,
  type Tax,
} from '@entrepot/canonical';
import { fromGid } from '../ids.ts';
import type { WireAddress, WireAttribute, WireMetafield, WireTax } from '../wire.ts';
import { bagOf } from './bags.ts';

export function idOrNull(object: { readonly id: string | null } | null | undefined): string | null {
  return object?.id == null ? null : fromGid(object.id);
}

/** Shopify shows empty text and null for "nothing"; both are null here. */
export function textOrNull(text: string | null | undefined): string | null {
  return text === undefined || text === null || text.trim() === '' ? null : text;
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
