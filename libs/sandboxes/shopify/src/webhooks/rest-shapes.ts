import { formatPadded, type Money, type MoneyBag } from '../money.ts';
import type { AddressState } from '../state.ts';
import { numericId } from '../store.ts';
import { RawNumber } from './raw-json.ts';

/** Webhook payloads are REST-shaped: numeric ids (beyond 2^53), padded amounts, lower-case statuses, tags as one text. */
export const restId = (gid: string): RawNumber => new RawNumber(numericId(gid));

export const restMoney = (money: Money) => ({
  amount: formatPadded(money.amount, money.currencyCode),
  currency_code: money.currencyCode,
});
export const restBag = (bag: MoneyBag) => ({
  shop_money: restMoney(bag.shopMoney),
  presentment_money: restMoney(bag.presentmentMoney),
});
export const shopAmount = (bag: MoneyBag): string => restMoney(bag.shopMoney).amount;

export function restAddress(address: AddressState | null) {
  if (address === null) return null;
  return {
    first_name: address.firstName,
    address1: address.address1,
    phone: address.phone,
    city: address.city,
    zip: address.zip,
    province: address.province,
    country: address.country,
    last_name: address.lastName,
    address2: address.address2,
    company: address.company,
    latitude: null,
    longitude: null,
    name: [address.firstName, address.lastName].filter((part) => part).join(' '),
    country_code: address.countryCodeV2,
    province_code: address.provinceCode,
  };
}
