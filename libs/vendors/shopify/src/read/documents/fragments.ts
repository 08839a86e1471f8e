export const MONEY_FRAGMENT =
  'fragment MoneyFields on MoneyBag { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }';

export const ADDRESS_FRAGMENT =
  'fragment AddressFields on MailingAddress { id firstName lastName name company address1 address2 city province provinceCode zip countryCodeV2 phone }';

export const COMPANY_ADDRESS_FRAGMENT =
  'fragment CompanyAddressFields on CompanyAddress { id firstName lastName recipient companyName address1 address2 city province zoneCode zip countryCode phone }';
