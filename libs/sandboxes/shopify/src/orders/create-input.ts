import type { OrderCompanyInput } from '../companies/companies.ts';
import type { PaymentTermsInput } from '../companies/terms.ts';
import type { AddressInput, CustomerUpsertInput } from '../customers/input.ts';
import type { FulfillmentOrderPlan } from '../fulfillment/routing.ts';
import type { MoneyBagInput } from '../money.ts';

/** `OrderCreateOrderInput`, as far as the sandbox reads it. */
export interface OrderCreateInput {
  readonly lineItems?: readonly LineInput[] | null;
  readonly shippingLines?:
    | readonly {
        title: string;
        code?: string | null;
        source?: string | null;
        priceSet: MoneyBagInput;
        taxLines?: readonly TaxInput[] | null;
      }[]
    | null;
  readonly taxLines?: readonly TaxInput[] | null;
  readonly transactions?: readonly TransactionInput[] | null;
  readonly discountCode?: DiscountInput | null;
  readonly customer?: {
    toAssociate?: { id?: string | null; email?: string | null } | null;
    toUpsert?: CustomerUpsertInput | null;
  } | null;
  readonly customerId?: string | null;
  readonly billingAddress?: AddressInput | null;
  readonly shippingAddress?: AddressInput | null;
  readonly email?: string | null;
  readonly phone?: string | null;
  readonly note?: string | null;
  readonly tags?: readonly string[] | null;
  readonly poNumber?: string | null;
  readonly customAttributes?: readonly { key: string; value: string }[] | null;
  readonly metafields?:
    | readonly { namespace?: string | null; key?: string | null; value?: string | null; type?: string | null }[]
    | null;
  readonly currency?: string | null;
  readonly presentmentCurrency?: string | null;
  readonly financialStatus?: string | null;
  readonly fulfillmentStatus?: string | null;
  readonly taxesIncluded?: boolean | null;
  readonly test?: boolean | null;
  readonly name?: string | null;
  readonly processedAt?: string | null;
  readonly sourceName?: string | null;
  readonly sourceIdentifier?: string | null;
  readonly companyLocationId?: string | null;
}

export interface LineInput {
  readonly title?: string | null;
  readonly quantity: number;
  readonly sku?: string | null;
  readonly variantId?: string | null;
  readonly productId?: string | null;
  readonly variantTitle?: string | null;
  readonly vendor?: string | null;
  readonly priceSet?: MoneyBagInput | null;
  readonly giftCard?: boolean | null;
  readonly requiresShipping?: boolean | null;
  readonly taxable?: boolean | null;
  readonly taxLines?: readonly TaxInput[] | null;
  readonly properties?: readonly { name: string; value: string }[] | null;
}

export interface TaxInput {
  readonly title: string;
  readonly rate: string | number;
  readonly priceSet?: MoneyBagInput | null;
  readonly channelLiable?: boolean | null;
}

export interface TransactionInput {
  readonly amountSet: MoneyBagInput;
  readonly kind?: string | null;
  readonly status?: string | null;
  readonly gateway?: string | null;
  readonly authorizationCode?: string | null;
  readonly processedAt?: string | null;
  readonly test?: boolean | null;
}

export interface DiscountInput {
  readonly itemFixedDiscountCode?: { code: string; amountSet?: MoneyBagInput | null } | null;
  readonly itemPercentageDiscountCode?: { code: string; percentage?: number | null } | null;
  readonly freeShippingDiscountCode?: { code: string } | null;
}

/** What the Admin API's orderCreate cannot do but real shops have; only the control API takes it. */
export interface OrderExtras {
  readonly tip?: MoneyBagInput;
  readonly duties?: readonly {
    line: number;
    amount: MoneyBagInput;
    harmonizedSystemCode?: string;
    countryCodeOfOrigin?: string;
  }[];
  readonly dutiesIncluded?: boolean;
  readonly fees?: readonly { name: string; price: MoneyBagInput }[];
  readonly cashRounding?: MoneyBagInput;
  readonly company?: OrderCompanyInput;
  readonly paymentTerms?: PaymentTermsInput;
  readonly customerLocale?: string;
  readonly taxExempt?: boolean;
  readonly surcharge?: MoneyBagInput;
  readonly fulfillmentOrders?: readonly FulfillmentOrderPlan[];
}
