import { makeAddress } from '../../customers/addresses.ts';
import type { AddressInput } from '../../customers/input.ts';
import { checkPhone, type InputMistake, normalizeEmail, normalizePhone } from '../../customers/input-checks.ts';
import { countryNameOf, findProvince } from '../../customers/regions.ts';
import { sortTags } from '../../customers/tags.ts';
import { failed, type MutationContext } from '../../graphql/context.ts';
import { setMetafield } from '../../metafields.ts';
import type { OrderState } from '../../state.ts';
import { isoSeconds } from '../../store.ts';
import { recalculateTax } from '../../tax/recalculate.ts';

/** What a shop has against an `orderUpdate`, in its words (recorded). */
export function checkOrderUpdate(
  input: Readonly<Record<string, unknown>>,
): (InputMistake | { field: null; message: string })[] {
  if (Object.keys(input).every((field) => field === 'id'))
    return failed(null, 'No valid update parameters have been provided');
  const address = input.shippingAddress as AddressInput | null | undefined;
  return [
    ...checkPhone(normalizePhone(input.phone as string | null | undefined), ['phone']),
    ...(address ? checkShippingAddress(address) : []),
  ];
}

function checkShippingAddress(address: AddressInput): InputMistake[] {
  const field = (name: string): string[] => ['shippingAddress', name];
  const country = address.countryCode ?? null;
  const province = address.provinceCode ?? address.province;
  const isUnitedStates = country === 'US';
  const isProvinceWrong = Boolean(province) && findProvince(country, province ?? '') === null;
  const word = isUnitedStates ? 'State' : 'Province';
  return [
    ...(address.lastName ? [] : failed(field('lastName'), 'Enter a last name')),
    ...(isUnitedStates && !address.zip ? failed(field('zip'), 'Enter a ZIP code') : []),
    ...(isProvinceWrong
      ? failed(
          field('province'),
          `${word} is not a valid ${word.toLowerCase()} in ${countryNameOf(country ?? '') ?? ''}`,
        )
      : []),
  ];
}

export function applyOrderUpdate(context: MutationContext, order: OrderState, input: Record<string, unknown>): void {
  if ('email' in input) order.email = normalizeEmail(input.email as string | null);
  if ('phone' in input) order.phone = normalizePhone(input.phone as string | null);
  if ('note' in input) order.note = input.note as string | null;
  if ('poNumber' in input) order.poNumber = input.poNumber as string | null;
  if (Array.isArray(input.tags)) order.tags = sortTags(input.tags as string[]);
  if (Array.isArray(input.customAttributes))
    order.customAttributes = input.customAttributes as { key: string; value: string }[];
  if (input.shippingAddress) moveTo(context, order, input.shippingAddress as AddressInput);
  for (const metafield of (input.metafields as object[] | undefined) ?? [])
    setMetafield(context.store, order.metafields, metafield, isoSeconds(context.now()));
}

function moveTo({ store, version }: MutationContext, order: OrderState, address: AddressInput): void {
  const before = order.shippingAddress;
  order.shippingAddress = makeAddress(store, address);
  if (version >= '2026-10') recalculateTax(order, before, store.taxRegions);
}
