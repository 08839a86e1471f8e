import { createHmac, timingSafeEqual } from 'node:crypto';
import { createHttpClient, keepFirst, type OAuthSignIn, VendorError } from '@entrepot/vendor-kit';
import { adminBaseUrl, type ShopifySecrets, type ShopifySettings } from '../config.ts';
import { SCOPES } from './access.ts';
import { readOfflineGrant } from './offline-tokens.ts';
import { requestToken } from './token.ts';

/** A token's answer is small; more is another system's page. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Sign-in of the shop's owner on Shopify's page. It knows no PKCE; the redirect is signed with the app's client secret. */
export const signIn: OAuthSignIn<ShopifySettings, ShopifySecrets> = {
  isUsed: ({ auth }) => auth.type === 'authorizationCode',

  authorizeUrl({ settings, secrets }, { state, redirectUrl }) {
    const { clientId } = readApp(settings, secrets);
    const query = new URLSearchParams({
      client_id: clientId,
      scope: SCOPES.map(({ scope }) => scope).join(','),
      redirect_uri: redirectUrl,
      state,
    });
    return `${adminBaseUrl(settings)}/admin/oauth/authorize?${query.toString()}`;
  },

  async complete({ connection, masker, openCall, now }, { parameters }) {
    const { settings, secrets } = connection;
    const { clientId, clientSecret } = readApp(settings, secrets);
    if (!isSigned(parameters, clientSecret))
      throw new VendorError('rejected', 'The answer is not signed with the client secret of the app', {
        code: 'wrong-signature',
        advice: "Check the connection's client secret, then begin the sign-in again.",
      });
    const { shop, code } = parameters;
    if (shop?.toLowerCase() !== settings.shop)
      throw new VendorError('rejected', `The owner of ${shop ?? 'no shop'} agreed, not that of ${settings.shop}`, {
        code: 'other-shop',
        advice: `Begin the sign-in again, and open the page as the owner of ${settings.shop}.`,
      });
    if (code === undefined) throw new VendorError('rejected', 'The answer has no code', { code: 'no-code' });
    const http = createHttpClient({
      name: 'Shopify',
      baseUrl: adminBaseUrl(settings),
      allowedAddresses: settings.allowedAddresses,
      timeoutMs: settings.timeoutMs,
      maxResponseBytes: MAX_RESPONSE_BYTES,
      masker,
    });
    try {
      const request = { http, openCall, clientId, clientSecret, timeoutMs: settings.timeoutMs };
      const grant = await requestToken(request, { code, expiring: '1' });
      return keepFirst(readOfflineGrant({ shop: settings.shop, clientId }, grant, now()));
    } finally {
      await http.close();
    }
  },
};

function readApp({ auth }: ShopifySettings, { clientSecret }: ShopifySecrets) {
  if (auth.type !== 'authorizationCode') throw new TypeError('the connection signs in otherwise');
  if (clientSecret === null)
    throw new VendorError('unauthorized', 'The connection has no client secret', {
      advice: "Enter the app's client secret, then begin the sign-in.",
    });
  return { clientId: auth.clientId, clientSecret };
}

/** `hmac` is the HMAC-SHA256, in hex, of the other parameters, sorted by name and encoded as a form. */
function isSigned({ hmac = '', ...signed }: Readonly<Record<string, string>>, clientSecret: string): boolean {
  const query = new URLSearchParams(signed);
  query.sort();
  const expected = createHmac('sha256', clientSecret).update(query.toString()).digest();
  const given = Buffer.from(hmac, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
