import type { ConsentState, CustomerState } from '../state.ts';
import type { InputMistake } from './input-checks.ts';

/** As the Admin API's inputs for mail and text messages have it. */
interface ConsentInput {
  readonly marketingState: string;
  readonly marketingOptInLevel?: string | null;
  readonly consentUpdatedAt?: string | null;
  readonly sourceLocationId?: string | null;
}

export interface ConsentInputs {
  readonly emailMarketingConsent?: ConsentInput | null;
  readonly smsMarketingConsent?: ConsentInput | null;
}

/** States that only the shop itself gives, by the schema. */
const READ_ONLY_STATES = ['INVALID', 'REDACTED', 'NOT_SUBSCRIBED'];
const UPDATES = {
  emailMarketingConsent: 'customerEmailMarketingConsentUpdate',
  smsMarketingConsent: 'customerSmsMarketingConsentUpdate',
} as const;

/** Consent needs where the messages go, and a state that can be set; the words are ours, no recording has them. */
export function checkConsent(
  given: ConsentInputs,
  { email, phone }: Pick<CustomerState, 'email' | 'phone'>,
  field: readonly string[],
): InputMistake[] {
  const mail = given.emailMarketingConsent;
  const text = given.smsMarketingConsent;
  return [
    ...(mail && email === null
      ? [
          {
            field: [...field, 'emailMarketingConsent'],
            message: 'An email address is required to set the email consent state.',
          },
        ]
      : []),
    ...(text && phone === null
      ? [
          {
            field: [...field, 'smsMarketingConsent'],
            message: 'A phone number is required to set the SMS consent state.',
          },
        ]
      : []),
    ...Object.entries({ emailMarketingConsent: mail, smsMarketingConsent: text }).flatMap(([name, consent]) =>
      consent && READ_ONLY_STATES.includes(consent.marketingState)
        ? [
            {
              field: [...field, name, 'marketingState'],
              message: `Cannot specify ${consent.marketingState} as a marketing state input`,
            },
          ]
        : [],
    ),
  ];
}

/** An update of the customer does not take them: each has a mutation of its own (recorded). */
export function refuseInlineConsent(input: ConsentInputs): InputMistake[] {
  return (['emailMarketingConsent', 'smsMarketingConsent'] as const)
    .filter((name) => input[name] != null)
    .map((name) => ({
      field: [name],
      message: `To update ${name}, please use the ${UPDATES[name]} Mutation instead`,
    }));
}

/** True when something was given. */
export function setConsent(customer: CustomerState, given: ConsentInputs, at: string): boolean {
  const { emailMarketingConsent: mail, smsMarketingConsent: text } = given;
  if (mail) {
    customer.emailMarketing = mail.marketingState;
    customer.emailConsent = readConsent(mail, at);
  }
  if (text) {
    customer.smsMarketing = text.marketingState;
    customer.smsConsent = readConsent(text, at);
  }
  return Boolean(mail ?? text);
}

/** Without a date, the consent is of when it is sent; what an API sends was collected outside of the shop (recorded). */
function readConsent(input: ConsentInput, at: string): ConsentState {
  return {
    optInLevel: input.marketingOptInLevel ?? 'SINGLE_OPT_IN',
    updatedAt: input.consentUpdatedAt ?? at,
    collectedFrom: 'OTHER',
    locationId: input.sourceLocationId ?? null,
  };
}
