/**
 * What the shop says of an address; messages as recorded from a real store. `isLocalAllowed` is an exception that only the sandbox has:
 * a receiver on this machine, by http.
 */
export function findAddressMistakes(uri: string | null | undefined, isLocalAllowed: boolean): string[] {
  const address = uri?.trim() ?? '';
  if (address === '') return ["Address can't be blank"];
  const protocol = /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
  const host = URL.canParse(address) ? new URL(address).hostname.toLowerCase() : '';
  if (isLocalAllowed && protocol === 'http' && isLoopback(host)) return [];
  if (protocol === 'pubsub')
    return [
      'Address protocol pubsub:// is not supported',
      ...(/^pubsub:\/\/[^:/]+:[^:/]+$/.test(address)
        ? []
        : ['Address is not a valid GCP pub/sub format. Format should be pubsub://project:topic']),
    ];
  if (protocol !== undefined && protocol !== 'https') return [`Address protocol ${protocol}:// is not supported`];
  if (host === '') return ['Address is invalid'];
  return isInternal(host) ? ['Address cannot be a Shopify or an internal domain'] : [];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

const SHOPIFY_DOMAINS = ['shopify.com', 'myshopify.com', 'myshopify.test', 'shopifycloud.com', 'shopify.io'];
const INTERNAL_ENDINGS = ['.local', '.internal', '.localhost', '.lan'];
const PRIVATE_RANGES = /^(10\.|192\.168\.|169\.254\.|0\.|172\.(1[6-9]|2\d|3[01])\.|\[f[cd]|\[fe80)/;

function isInternal(host: string): boolean {
  return (
    isLoopback(host) ||
    PRIVATE_RANGES.test(host) ||
    INTERNAL_ENDINGS.some((ending) => host.endsWith(ending)) ||
    SHOPIFY_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`))
  );
}
