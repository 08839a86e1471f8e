import type { MoneyBag } from '../money.ts';

export interface PaymentScheduleState {
  readonly id: string;
  /** Null: the order's total. */
  readonly amount: MoneyBag | null;
  readonly issuedAt: string | null;
  readonly dueAt: string | null;
}

export interface PaymentTermsState {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly dueInDays: number | null;
  readonly schedules: readonly PaymentScheduleState[];
}

export interface CompanyAddressState {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly recipient: string | null;
  readonly address1: string;
  readonly address2: string | null;
  readonly city: string | null;
  readonly zoneCode: string | null;
  readonly zip: string | null;
  readonly countryCode: string;
  readonly phone: string | null;
  readonly createdAt: string;
}

export interface CompanyLocationState {
  readonly __typename: 'CompanyLocation';
  readonly id: string;
  name: string;
  externalId: string | null;
  phone: string | null;
  note: string | null;
  locale: string | null;
  shippingAddress: CompanyAddressState | null;
  billingAddress: CompanyAddressState | null;
  /** Id of the template that its orders' terms come from. */
  termsTemplateId: string | null;
  readonly createdAt: string;
  updatedAt: string;
}

export interface CompanyContactState {
  readonly __typename: 'CompanyContact';
  readonly id: string;
  readonly customerId: string;
  title: string | null;
  /** Locations it may order for. */
  readonly roles: { readonly id: string; readonly locationId: string; readonly createdAt: string }[];
  readonly createdAt: string;
  updatedAt: string;
}

export interface CompanyState {
  readonly __typename: 'Company';
  readonly id: string;
  name: string;
  externalId: string | null;
  note: string | null;
  readonly customerSince: string;
  readonly createdAt: string;
  updatedAt: string;
  mainContactId: string | null;
  readonly roleId: string;
  readonly locations: CompanyLocationState[];
  readonly contacts: CompanyContactState[];
}
