import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * - `public`: a global unicast address
 * - `special`: of a range that is no part of the public internet (private, loopback, shared, documentation …); a connection may name it
 * - `never`: no vendor lives there, but credentials of the machine could be read from it, or it is no host at all
 */
export type AddressKind = 'public' | 'special' | 'never';

/** Ranges at which no vendor can be, whatever a connection allows. */
const NEVER = new Set(['unspecified', 'broadcast', 'multicast', 'linkLocal']);

/**
 * Metadata services outside of the link-local ranges: AWS (fd00:ec2::/32), Alibaba, Oracle, Azure's host, Google, Scaleway, each by the
 * cloud's own documentation. Some lie in ranges that a connection may well allow, one among the public ones.
 */
const METADATA = [
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
  'fd00:42::42/128',
].map((range) => ipaddr.parseCIDR(range));

/**
 * IANA allocates global unicast addresses only from this range; addresses that ipaddr.js has no name for lie elsewhere,
 * too.
 */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
const IPV4_COMPATIBLE = ipaddr.parseCIDR('::/96');
const IPV4_TRANSLATED = ipaddr.parseCIDR('::ffff:0:0:0/96');

/** An address with its classification. */
export interface ClassifiedAddress {
  readonly address: Address;
  readonly kind: AddressKind;
  /** In words: `private`, `loopback`, `metadata service` … */
  readonly range: string;
  /** IPv4 addresses that it carries: a router or gateway on the way may unpack them and go there. */
  readonly carried: readonly ClassifiedAddress[];
}

/**
 * Classifies an address. An IPv4 address inside an IPv6 one is unpacked and classified as well. A mapped address, and
 * one of NAT64's well-known prefix (RFC 6052), are nothing but the IPv4 address in it.
 * @returns null when the text is no address
 */
export function classifyAddress(text: string): ClassifiedAddress | null {
  if (!ipaddr.isValid(text)) return null;
  return classify(ipaddr.process(text));
}

export function isWithin(address: Address, range: readonly [Address, number]): boolean {
  return address.kind() === range[0].kind() && address.match(range as [never, number]);
}

function classify(address: Address): ClassifiedAddress {
  if (METADATA.some((range) => isWithin(address, range))) {
    return { address, kind: 'never', range: 'metadata service', carried: [] };
  }
  if (address instanceof ipaddr.IPv6 && isWithin(address, NAT64)) return classify(lastFourBytes(address));
  const range = address.range();
  const carried = address instanceof ipaddr.IPv6 ? listCarried(address).map(classify) : [];
  if (NEVER.has(range)) return { address, kind: 'never', range: nameRange(range), carried };
  const isPublic = range === 'unicast' && (address.kind() === 'ipv4' || isWithin(address, GLOBAL_UNICAST));
  return { address, kind: isPublic ? 'public' : 'special', range: nameRange(range), carried };
}

/** A network's own NAT64 prefix, as most use it (RFC 8215, /96), 6to4 (RFC 3056), Teredo (server and client, RFC 4380), ISATAP (RFC 5214), IPv4-translated (RFC 6145), IPv4-compatible (RFC 4291). */
function listCarried(address: ipaddr.IPv6): ipaddr.IPv4[] {
  const bytes = address.toByteArray();
  const { parts } = address;
  switch (address.range()) {
    case 'rfc6052':
      return [lastFourBytes(address)];
    case '6to4':
      return [new ipaddr.IPv4(bytes.slice(2, 6))];
    case 'teredo':
      return [new ipaddr.IPv4(bytes.slice(4, 8)), new ipaddr.IPv4(bytes.slice(12, 16).map((byte) => byte ^ 0xff))];
    default: {
      const isIsatap = ((parts[4] ?? 0) & 0xfdff) === 0 && parts[5] === 0x5efe;
      const holdsIpv4 = isIsatap || isWithin(address, IPV4_TRANSLATED) || isWithin(address, IPV4_COMPATIBLE);
      return holdsIpv4 && !/^(unspecified|loopback)$/.test(address.range()) ? [lastFourBytes(address)] : [];
    }
  }
}

function lastFourBytes(address: ipaddr.IPv6): ipaddr.IPv4 {
  return new ipaddr.IPv4(address.toByteArray().slice(12, 16));
}

const RANGE_WORDS: Readonly<Record<string, string>> = {
  unicast: 'not given out',
  linkLocal: 'link-local',
  carrierGradeNat: 'shared by a provider (RFC 6598)',
  uniqueLocal: 'private (unique local)',
  rfc6052: 'local NAT64',
  rfc6145: 'IPv4-translated',
  '6to4': '6to4',
};

function nameRange(range: string): string {
  return RANGE_WORDS[range] ?? range;
}
