/** A person as an order names it; `displayName` is not asked for, since it falls back to the e-mail address. */
export interface WirePerson {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

export interface WireCompanyAddress {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly recipient: string | null;
  readonly companyName: string;
  readonly address1: string;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly zoneCode: string | null;
  readonly zip: string | null;
  readonly countryCode: string;
  readonly phone: string | null;
}

/** Who buys: a company with its location and contact, or (by `__typename` alone) a customer. */
export interface WireCompanyPurchase {
  readonly __typename: string;
  readonly company?: { readonly id: string; readonly name: string; readonly externalId: string | null };
  readonly location?: {
    readonly id: string;
    readonly name: string;
    readonly externalId: string | null;
    readonly billingAddress: WireCompanyAddress | null;
    readonly shippingAddress: WireCompanyAddress | null;
  };
  readonly contact?: { readonly id: string; readonly customer: WirePerson } | null;
}
