import {
  type CallContext,
  type Scope,
  SIGN_IN_CHECK,
  type TestCheck,
  type TestReport,
  VendorError,
} from '@entrepot/vendor-kit';
import type { ShopifySettings } from '../config.ts';
import { judgeScopes, SCOPES } from './access.ts';
import type { ShopifyClient } from './client.ts';

export const TEST_DOCUMENT = `query ConnectionTest {
  shop { name myshopifyDomain currencyCode ianaTimezone }
  currentAppInstallation { accessScopes { handle } }
}`;

interface Data {
  readonly shop: {
    readonly name: string;
    readonly myshopifyDomain: string;
    readonly currencyCode: string;
    readonly ianaTimezone: string;
  };
  readonly currentAppInstallation: { readonly accessScopes: readonly { readonly handle: string }[] };
}

/**
 * Checks whether the token works, belongs to the intended shop, and what it may read. A failing call is a failed check,
 * not an error.
 */
export async function testConnection(
  client: ShopifyClient,
  settings: ShopifySettings,
  call: CallContext,
): Promise<TestReport> {
  let data: Data;
  try {
    data = (await client.query<Data>({ name: 'ConnectionTest', document: TEST_DOCUMENT, use: 'question' }, call)).data;
  } catch (error) {
    if (!(error instanceof VendorError)) throw error;
    return report([
      {
        name: SIGN_IN_CHECK,
        ok: false,
        message: error.message,
        ...(error.advice === null ? {} : { advice: error.advice }),
      },
    ]);
  }
  const { shop } = data;
  const scopes = judgeScopes(data.currentAppInstallation.accessScopes.map((scope) => scope.handle));
  const sameShop = shop.myshopifyDomain.toLowerCase() === settings.shop;
  return report([
    { name: SIGN_IN_CHECK, ok: true, message: `The access token works (API version ${settings.apiVersion}).` },
    {
      name: 'shop',
      ok: sameShop,
      message: sameShop
        ? `${shop.name} (${shop.myshopifyDomain}), ${shop.currencyCode}, ${shop.ianaTimezone}`
        : `The token belongs to ${shop.myshopifyDomain}, not to ${settings.shop}.`,
      ...(sameShop ? {} : { advice: 'Correct the shop domain, or take the token of the right shop.' }),
    },
    ...SCOPES.map((wanted) => checkScope(scopes.granted, wanted)),
  ]);
}

function checkScope(granted: ReadonlySet<string>, wanted: Scope): TestCheck {
  const { scope, optional } = wanted;
  if (granted.has(scope)) return { name: `scope ${scope}`, ok: true, message: `granted, for ${wanted.for}` };
  return {
    name: `scope ${scope}`,
    ok: optional,
    message: `missing, for ${wanted.for}${optional ? ' (optional: that part is left out)' : ''}`,
    advice: `Grant the app the scope ${scope}.`,
  };
}

function report(checks: readonly TestCheck[]): TestReport {
  return { ok: checks.every((check) => check.ok), checks };
}
