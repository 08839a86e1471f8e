import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAllowedRange, refuseAddress } from '../src/address/allowed.ts';
import { createGuardedLookup } from '../src/address/lookup.ts';
import { validateBaseUrl } from '../src/index.ts';

const byte = fc.integer({ min: 0, max: 255 });
const word = fc.integer({ min: 0, max: 0xffff });

/** Addresses of a range, by its first bits. */
function ipv4In(cidr: string): fc.Arbitrary<string> {
  const [base = '', bits = ''] = cidr.split('/');
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return fc
    .nat(2 ** (32 - Number(bits)) - 1)
    .map((offset) => [24, 16, 8, 0].map((shift) => Math.floor((start + offset) / 2 ** shift) % 256).join('.'));
}

function ipv6After(prefix: string, words: number): fc.Arbitrary<string> {
  return fc
    .array(word, { minLength: words, maxLength: words })
    .map((rest) => `${prefix}:${rest.map((each) => each.toString(16)).join(':')}`);
}

const hex = (first: number, second: number) => (first * 256 + second).toString(16);
const asWords = (ipv4: string): string => {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return `${hex(a, b)}:${hex(c, d)}`;
};
const inverted = (ipv4: string): string =>
  ipv4
    .split('.')
    .map((part) => 255 - Number(part))
    .join('.');

/** IANA's special-purpose registries (RFC 6890 and its successors), and multicast. */
const SPECIAL_IPV4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
];
const NEVER_IPV4 = ['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/4', '255.255.255.255/32', '168.63.129.16/32'];
/** Single addresses inside the special ranges that are never reached: broadcast, and two of metadata services. */
const NEVER_WITHIN_SPECIAL = ['255.255.255.255', '100.100.100.200', '192.0.0.192'];
const special = fc.oneof(...SPECIAL_IPV4.map(ipv4In)).filter((address) => !NEVER_WITHIN_SPECIAL.includes(address));
const never = fc.oneof(...NEVER_IPV4.map(ipv4In));
/** Blocks that regional registries gave out to networks of the public internet. */
const publicIpv4 = fc.oneof(...['8.8.8.0/24', '23.227.38.0/24', '80.0.0.0/6', '185.0.0.0/9'].map(ipv4In));
const publicIpv6 = fc.oneof(ipv6After('2a00:1450', 6), ipv6After('2620:127', 6), ipv6After('2404:6800', 6));

/** Ways in which an IPv6 address holds an IPv4 one. */
const CARRIERS: Readonly<Record<string, (ipv4: string) => string>> = {
  mapped: (ipv4) => `::ffff:${ipv4}`,
  'mapped, in words': (ipv4) => `0:0:0:0:0:ffff:${asWords(ipv4)}`,
  NAT64: (ipv4) => `64:ff9b::${ipv4}`,
  'local NAT64': (ipv4) => `64:ff9b:1::${ipv4}`,
  '6to4': (ipv4) => `2002:${asWords(ipv4)}::1`,
  'Teredo client': (ipv4) => `2001:0:808:808:0:0:${asWords(inverted(ipv4))}`,
  'Teredo server': (ipv4) => `2001:0:${asWords(ipv4)}:0:0:f7f7:f7f7`,
  ISATAP: (ipv4) => `2a00:1450:0:1:0:5efe:${asWords(ipv4)}`,
  'ISATAP, universal': (ipv4) => `2a00:1450:0:1:200:5efe:${asWords(ipv4)}`,
  translated: (ipv4) => `::ffff:0:${ipv4}`,
  compatible: (ipv4) => `::${asWords(ipv4)}`,
};

describe('addresses', () => {
  it('lets public unicast addresses pass', () => {
    fc.assert(fc.property(fc.oneof(publicIpv4, publicIpv6), (address) => refuseAddress(address, []) === null));
  });

  it('refuses every special range unless the connection names it', () => {
    fc.assert(
      fc.property(special, (address) => {
        expect(refuseAddress(address, [])).toContain('allowedAddresses');
        expect(refuseAddress(address, [address])).toBeNull();
        expect(refuseAddress(address, [`${address}/24`])).toBeNull();
      }),
    );
  });

  it('never reaches link-local, multicast, unspecified and metadata addresses, whatever is allowed', () => {
    const all = ['loopback', 'private', '100.64.0.0/10', '169.254.0.0/16', '224.0.0.0/8', '168.0.0.0/8', 'fc00::/7'];
    fc.assert(fc.property(never, (address) => refuseAddress(address, all)?.includes('cannot be there')));
    for (const address of [
      '100.100.100.200',
      '192.0.0.192',
      'fd00:ec2::254',
      'fd20:ce::254',
      'fe80::1',
      'ff02::1',
      '::',
    ])
      expect(refuseAddress(address, [...all, address])).toMatch(/cannot be there/);
  });

  it.each(Object.keys(CARRIERS))('judges an IPv4 address inside of an IPv6 one: %s', (name) => {
    const carry = CARRIERS[name] as (ipv4: string) => string;
    fc.assert(fc.property(fc.oneof(special, never), (address) => refuseAddress(carry(address), []) !== null));
    // What the machine itself would be reached by stays shut, even if the carrier's own range is named.
    const carriers = ['64:ff9b:1::/48', '2002::/16', '2001::/32', '::ffff:0:0:0/96', '::/96', '2a00:1450::/32'];
    fc.assert(
      fc.property(never, (address) => refuseAddress(carry(address), carriers) !== null),
      // Written as an IPv4-compatible address it is ::1, loopback itself.
      { examples: [['0.0.0.1']] },
    );
  });

  it('takes mapped and NAT64 addresses for what they hold: hosts with IPv6 alone reach public IPv4 so', () => {
    fc.assert(
      fc.property(publicIpv4, ipv4In('10.0.0.0/8'), (open, inside) => {
        for (const carry of [CARRIERS['mapped'], CARRIERS['NAT64']] as ((ipv4: string) => string)[]) {
          expect(refuseAddress(carry(open), [])).toBeNull();
          expect(refuseAddress(carry(inside), ['private'])).toBeNull();
        }
      }),
    );
  });

  it('refuses what is no global unicast address of IPv6, given out or not', () => {
    const others = fc.oneof(
      fc.constantFrom('::1', 'fc00::1', 'fd12:3456::1', 'fec0::1', '100::1', '2001:db8::1', '2001:2::1', '5f00::1'),
      fc.tuple(fc.integer({ min: 0x4000, max: 0xfbff }), word).map(([first, last]) => `${first.toString(16)}::${last}`),
      ipv6After('1', 7),
    );
    fc.assert(fc.property(others, (address) => refuseAddress(address, []) !== null));
  });

  it('is never sure of text that is no address', () => {
    fc.assert(fc.property(fc.string(), (text) => /[:.]/.test(text) || refuseAddress(text, []) !== null));
    expect(refuseAddress('erp.example.com', ['private'])).toMatch(/no IP address/);
  });

  it('takes each byte of an address in its usual form only', () => {
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte), ([b, c, d]) => refuseAddress(`10.${b}.${c}.${d}`, ['private']) === null),
    );
  });
});

describe('allow-list', () => {
  it.each(['loopback', 'private', '10.0.0.5', '10.20.0.0/16', '100.64.0.0/10', 'fd12:3456::/32', '::1'])(
    'takes %s',
    (entry) => expect(checkAllowedRange(entry)).toBeNull(),
  );
  it.each([
    ['0.0.0.0/0', /too wide/],
    ['::/0', /too wide/],
    ['10.0.0.0/7', /too wide/],
    ['169.254.0.0/16', /link-local/],
    ['fe80::/10', /linkLocal|link-local/],
    ['100.100.100.200', /metadata/],
    ['erp.example.com', /must be/],
    ['10.0.0', /must be/],
    ['10.0.0.5/33', /must be/],
    ['::ffff:10.0.0.5', /must be/],
    // It would hold ::1, this machine, without naming it.
    ['::/96', /unspecified/],
    ['::8/96', /unspecified/],
    ['169.254.7.7/8', /link-local/],
    ['constructor', /must be/],
    ['', /must be/],
  ])('refuses %s', (entry, words) => expect(checkAllowedRange(entry)).toMatch(words));
});

describe('base URLs', () => {
  it.each([
    ['https://demo.myshopify.com', []],
    ['https://erp:50000/b1s', []],
    ['http://127.0.0.1:7090/shopify/', ['loopback']],
    ['http://localhost:7090', ['loopback']],
    ['http://[::1]:8080', ['loopback']],
    ['https://10.0.0.5:50000', ['private']],
    ['https://10.0.0.5:50000', ['10.0.0.0/24']],
  ])('takes %s with %s', (url, allowed) => expect(validateBaseUrl(url, allowed).href).toBeTruthy());

  it.each([
    ['ftp://x', /http/],
    ['nonsense', /cannot be read/],
    ['https://user:pw@erp', /secrets/],
    ['https://erp/?x=1', /query/],
    ['http://127.0.0.1:7090', /loopback/],
    ['http://127.1', /loopback/],
    ['http://localhost', /loopback/],
    ['http://erp.localhost.', /loopback/],
    ['http://[::1]', /loopback/],
    ['https://10.0.0.5', /private/],
    ['http://169.254.1.1/', /link-local/],
    ['http://2851995905/', /link-local/],
    ['http://0xA9FE0101/', /link-local/],
    ['http://[::ffff:169.254.1.1]/', /link-local/],
    ['http://[fe80::1]/', /link-local/],
    ['http://metadata.google.internal/', /metadata/],
    ['http://0.0.0.0/', /cannot be there/],
  ])('refuses %s', (url, words) => expect(() => validateBaseUrl(url)).toThrow(words));

  it('never repeats what stands before the host', () => {
    expect(() => validateBaseUrl('https://user:hunter2@erp')).toThrow(/^(?!.*hunter2)/);
    expect(() => validateBaseUrl('user:hunter2@erp:x')).toThrow(/^(?!.*hunter2)/);
  });
});

describe('names', () => {
  const resolve = (name: string, allowed: readonly string[], all = true) =>
    new Promise<Error | null>((done) => createGuardedLookup(allowed)(name, { all } as never, (error) => done(error)));

  it('are judged by every address that they resolve to', async () => {
    expect((await resolve('localhost', []))?.message).toMatch(/localhost resolves to .*loopback.*not connecting/);
    expect((await resolve('169.254.1.1', ['private']))?.message).toMatch(/link-local/);
    expect(await resolve('localhost', ['loopback'])).toBeNull();
    expect(await resolve('localhost', ['loopback'], false)).toBeNull();
  });
});
