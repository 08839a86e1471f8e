import type { WireConnection } from '../../api/client.ts';
import type { WireAddress, WireMetafield } from '../wire.ts';

/** A customer as `customersDocument` asks for it. */
export interface WireCustomer {
  readonly __typename: 'Customer';
  readonly id: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly displayName: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly state: string;
  readonly note: string | null;
  readonly tags: readonly string[];
  readonly taxExempt: boolean;
  readonly taxExemptions: readonly string[];
  readonly locale: string | null;
  readonly defaultEmailAddress: {
    readonly emailAddress: string;
    readonly marketingState: string;
    readonly marketingUpdatedAt: string | null;
  } | null;
  readonly defaultPhoneNumber:
    | ({ readonly phoneNumber: string } & (
        | { readonly smsMarketingConsent: { readonly state: string; readonly updatedAt: string | null } }
        | { readonly marketingState: string; readonly marketingUpdatedAt: string | null }
      ))
    | null;
  readonly defaultAddress: { readonly id: string } | null;
  readonly companyContactProfiles?: readonly {
    readonly id: string;
    readonly title: string | null;
    readonly isMainContact: boolean;
    readonly company: { readonly id: string; readonly name: string; readonly externalId: string | null };
  }[];
  readonly addressesV2: WireConnection<WireAddress>;
  readonly metafields: WireConnection<WireMetafield>;
}
