import { VendorError } from './vendor-error.ts';

/** One configured instance of a vendor, as a vendor lib sees it: settings validated, secrets decrypted. */
export interface ConnectionView<Settings = unknown, Secrets = unknown> {
  readonly id: string;
  readonly label: string;
  readonly settings: Settings;
  readonly secrets: Secrets;
  /** Rises with each change of settings or secrets. */
  readonly revision: number;
}

/** Structured log, bound to service and connection. Never pass secrets or personal data above debug. */
export interface VendorLog {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Name of the check of a connection test that says whether the credentials are accepted; every vendor's test has it. */
export const SIGN_IN_CHECK = 'sign-in';

/** One line of a connection test, e.g. "scopes: missing read_orders". */
export interface TestCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
  readonly advice?: string;
}

export interface TestReport {
  readonly ok: boolean;
  readonly checks: readonly TestCheck[];
}

/** A selectable value of reference data (warehouse, terms, tax code …), read live for the settings forms. */
export interface ListedValue {
  /** As a value map's target, or its key. */
  readonly value: string;
  /** Its name alone, by which two systems' values may be found to mean the same; a value map may be keyed by it too. */
  readonly label: string;
}

/**
 * The list of a kind that a side of a vendor declares.
 * @throws VendorError `rejected` for any other kind
 */
export function findList<List>(values: Readonly<Record<string, List>>, kind: string): List {
  const list = Object.hasOwn(values, kind) ? values[kind] : undefined;
  if (list !== undefined) return list;
  const kinds = Object.keys(values);
  throw new VendorError('rejected', `There are no values of the kind "${kind}"`, {
    code: 'unknown-kind',
    advice: kinds.length > 0 ? `Ask for one of: ${kinds.join(', ')}.` : 'It lists no values: enter them by hand.',
  });
}

/** A right that a connection's credentials need at the vendor. */
export interface Scope {
  /** As the vendor calls it. */
  readonly scope: string;
  /** What it is needed for, in words. */
  readonly for: string;
  /** Without it a part is left out; the connection works regardless. */
  readonly optional: boolean;
}
