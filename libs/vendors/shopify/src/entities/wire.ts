/** Shapes of the Admin API's answers to our documents, GraphQL's own names. Amounts are text. */
export interface WireMoney {
  readonly amount: string;
  readonly currencyCode: string;
}

export interface WireBag {
  readonly shopMoney: WireMoney;
  readonly presentmentMoney: WireMoney;
}

export interface WireAddress {
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly name: string | null;
  readonly company: string | null;
  readonly address1: string | null;
  readonly address2: string | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly provinceCode: string | null;
  readonly zip: string | null;
  readonly countryCodeV2: string | null;
  readonly phone: string | null;
}

export interface WireTax {
  readonly title: string;
  readonly rate: number | null;
  readonly source: string | null;
  readonly channelLiable: boolean | null;
  readonly priceSet: WireBag;
}

export interface WireAttribute {
  readonly key: string;
  readonly value: string | null;
}

export interface WireMetafield {
  readonly namespace: string;
  readonly key: string;
  readonly value: string;
  readonly type: string;
}

export interface WireDuty {
  readonly id: string;
  readonly harmonizedSystemCode: string | null;
  readonly countryCodeOfOrigin: string | null;
  readonly price: WireBag;
  readonly taxLines: readonly WireTax[];
}
