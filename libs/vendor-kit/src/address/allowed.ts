import ipaddr from 'ipaddr.js';
import { type ClassifiedAddress, classifyAddress, isWithin } from './classify.ts';

type Range = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Names for the ranges that most installations need. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/**
 * The allow-list of connections saved before `allowedAddresses` existed: the addresses that the earlier release could
 * reach.
 */
export const ALLOWED_BY_EARLIER_RELEASES: readonly string[] = ['loopback', 'private', '100.64.0.0/10'];

/** Wider ranges are refused as mistakes: 8 and 7 are the widest private ranges there are. */
const SHORTEST_PREFIX = { ipv4: 8, ipv6: 7 } as const;

/** Returns what is wrong with an entry of the allow-list, or null. */
export function checkAllowedRange(entry: string): string | null {
  if (Object.hasOwn(NAMED, entry)) return null;
  const range = parseRange(entry);
  if (range === null) {
    return 'must be "loopback", "private", an address such as 10.0.0.5, or a range such as 10.20.0.0/16 or fd12:3456::/32';
  }
  const [address, prefix] = range;
  const shortest = SHORTEST_PREFIX[address.kind()];
  if (prefix < shortest) return `is too wide: at least /${shortest} is needed`;
  for (const each of [address, firstOf(range)]) {
    const known = classifyAddress(each.toString());
    if (known === null || known.kind === 'never') {
      return `is ${known?.range ?? 'no address'}: no vendor can be there, and it is never reached`;
    }
  }
  return null;
}

/** Where a range begins: `::8/96` looks like an address of its own, and holds that of this machine. */
function firstOf([address, prefix]: Range): ipaddr.IPv4 | ipaddr.IPv6 {
  const bytes = address.toByteArray().map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - 8 * index));
    return byte & (0xff << (8 - kept));
  });
  return ipaddr.fromByteArray(bytes);
}

/** The ranges of an allow-list; an entry that could not be saved today allows nothing. */
export function parseAllowed(entries: readonly string[]): readonly Range[] {
  return entries
    .filter((entry) => checkAllowedRange(entry) === null)
    .flatMap((entry) => (Object.hasOwn(NAMED, entry) ? (NAMED[entry] ?? []) : [entry]))
    .map(parseRange)
    .filter((range) => range !== null);
}

/**
 * Returns why an address must not be connected to, or null. Refuses everything but public unicast unless the allow-list
 * names it, and an address that carries a refused one.
 * @returns words fit for the operator
 */
export function refuseAddress(text: string, allowed: readonly string[]): string | null {
  const known = classifyAddress(text);
  if (known === null) return `${text} is no IP address`;
  return judge(known, parseAllowed(allowed));
}

function judge(known: ClassifiedAddress, allowed: readonly Range[]): string | null {
  const name = known.address.toString();
  if (known.kind === 'never') return `${name} is ${article(known.range)}; a vendor cannot be there`;
  if (known.kind === 'special' && !allowed.some((range) => isWithin(known.address, range))) {
    return `${name} is not public (${known.range}); if the vendor is there, name it or its range in allowedAddresses`;
  }
  const refused = known.carried.map((carried) => judge(carried, allowed)).find((words) => words !== null);
  return refused === undefined ? null : `${name} leads to another address: ${refused}`;
}

function article(range: string): string {
  return range === 'metadata service' ? 'a metadata service' : range;
}

function parseRange(entry: string): Range | null {
  const text = entry.includes('/') ? entry : `${entry}/${entry.includes(':') ? 128 : 32}`;
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text) && !ipaddr.IPv6.isValidCIDR(text)) return null;
  const [address, prefix] = ipaddr.parseCIDR(text);
  // Those are judged by the IPv4 address that they are.
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? null : [address, prefix];
}
