import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  completeSource,
  createOrder,
  deliveryId,
  eventId,
  eventKey,
  externalReference,
  parseEventKey,
  parseExternalReference,
  readBase32,
  writeBase32,
} from '../src/index.ts';

const identity = {
  entity: 'order',
  connection: 'shop',
  id: 'gid://shopify/Order/1',
  version: 1_795_300_000_000_000,
  contentHash: 'abc',
} as const;

describe('keys', () => {
  it('come back as they were, slashes in the id included', () => {
    expect(parseEventKey(eventKey('shop', 'gid://shopify/Order/1'))).toEqual({
      connection: 'shop',
      id: 'gid://shopify/Order/1',
    });
  });

  it('refuse what could not be told apart', () => {
    expect(() => eventKey('a/b', '1')).toThrow('hold a slash');
    expect(() => eventKey('shop', '')).toThrow('has no id');
    expect(() => parseEventKey('shop')).toThrow('expected <connection>/<id>');
  });

  it('external references name document, role and part, and never meet', () => {
    expect(externalReference('shop', '1001')).toBe('shop/1001');
    expect(externalReference('shop', '1001', 'payment', '7')).toBe('shop/1001/payment/7');
    expect(externalReference('shop', '1001/payment')).not.toBe(externalReference('shop', '1001', 'payment'));
    expect(() => externalReference('shop', '1', null, '7')).toThrow('no role');
  });

  it('external references are read back as they were written', () => {
    expect(parseExternalReference('shop/1001')).toEqual({ connection: 'shop', id: '1001', role: null, subId: null });
    expect(parseExternalReference('shop/a%2Fb%25/payment/p%2F1')).toEqual({
      connection: 'shop',
      id: 'a/b%',
      role: 'payment',
      subId: 'p/1',
    });
    const part = fc.string({ minLength: 1, unit: fc.constantFrom('a', '1', '/', '%', '2', '5', 'F', ' ', 'é') });
    const connection = part.filter((text) => !text.includes('/'));
    const named = fc.tuple(part, fc.option(part)).map(([role, subId]) => ({ role, subId }));
    fc.assert(
      fc.property(connection, part, fc.option(named), (shop, id, document) => {
        const { role, subId } = document ?? { role: null, subId: null };
        const text = externalReference(shop, id, role, subId);
        expect(parseExternalReference(text)).toEqual({ connection: shop, id, role, subId });
      }),
    );
  });

  it('text that is no external reference is none: what people write into the field names no record', () => {
    for (const text of [
      '',
      'PO 4711',
      '/1',
      'shop/',
      'shop//payment',
      'shop/1/a/b/c',
      'shop/100%',
      'shop/%41',
      'shop/%2%25F',
    ])
      expect(parseExternalReference(text), text).toBeNull();
    // Whatever it takes, it would write the same.
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '/', '%', '2', '5', 'F') }), (text) => {
        const read = parseExternalReference(text);
        if (read !== null && !read.connection.includes('/'))
          expect(externalReference(read.connection, read.id, read.role, read.subId)).toBe(text);
      }),
    );
  });
});

describe('base-32 digits', () => {
  it('are those that stand in stored ids: ten of milliseconds, eleven of microseconds', () => {
    // The time of the example in the specification of ULIDs, which has the same alphabet and ten digits of milliseconds.
    expect(writeBase32(1_469_918_176_385n, 10)).toBe('01aryz6s41');
    // By hand: 2026-01-01T00:00:00Z in microseconds = 1 · 32^10 + 18 · 32^9 + 7 · 32^8 + 9 · 32^7 + 1 · 32^6 + …
    const digits = [1, 18, 7, 9, 1, 3, 2, 0, 16, 0, 0];
    expect(digits.reduce((sum, digit) => sum * 32 + digit, 0)).toBe(1_767_225_600_000_000);
    expect(writeBase32(1_767_225_600_000_000n, 11)).toBe('1j791320g00');
    expect(deliveryId('orders', eventId(identity), 1_767_225_600_000_000)).toMatch(/^1j791320g00-/);
  });

  it('are read back, and text of other characters is not', () => {
    const anyTime = fc.nat({ max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(anyTime, (time) => {
        expect(readBase32(writeBase32(BigInt(time), 11))).toBe(time);
      }),
    );
    expect(readBase32('01aryz6s4l')).toBeNull();
  });
});

describe('event ids', () => {
  it('are the same for the same state, safe in URLs and headers, and sort by version', () => {
    expect(eventId(identity)).toBe(eventId({ ...identity }));
    expect(eventId(identity)).toMatch(/^[0-9a-z]{11}-[0-9a-z]{26}$/);
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.nat({ max: Number.MAX_SAFE_INTEGER }), (left, right) => {
        fc.pre(left !== right);
        expect(eventId({ ...identity, version: left }) < eventId({ ...identity, version: right })).toBe(left < right);
      }),
    );
  });

  it.each([
    { entity: 'customer' as const },
    { connection: 'shop2' },
    { id: '2' },
    { version: 1 },
    { contentHash: 'abd' },
  ])('differ when %j does', (change) => {
    expect(eventId({ ...identity, ...change })).not.toBe(eventId(identity));
  });

  it('keep their parts apart', () => {
    expect(eventId({ ...identity, connection: 'ab', id: 'c' })).not.toBe(
      eventId({ ...identity, connection: 'a', id: 'bc' }),
    );
  });

  it('of deliveries begin with the time and differ by flow', () => {
    const id = deliveryId('orders', eventId(identity), 1_795_300_000_000_001);
    expect(id).toMatch(/^[0-9a-z]{11}-[0-9a-z]{26}$/);
    expect(deliveryId('customers', eventId(identity), 1_795_300_000_000_001)).not.toBe(id);
    expect(deliveryId('orders', eventId(identity), 1_795_300_000_000_002) > id).toBe(true);
  });
});

describe('making records', () => {
  it('fills defaults at every depth and refuses fields that are none', () => {
    expect(createOrder({ lines: [{ id: '1' }] }).lines[0]).toMatchObject({ kind: 'UNKNOWN', taxes: [], unit: null });
    expect(() => createOrder({ lines: [{ idd: '1' } as never] })).toThrow('Order.lines[0] has no field "idd"');
  });

  it('gives each record lists and records of its own', () => {
    const [first, second] = [createOrder({}), createOrder({})];
    first.lines.push(...createOrder({ lines: [{ id: '1' }] }).lines);
    first.totals.current.total.base.currency = 'EUR';
    expect(second).toMatchObject({ lines: [], totals: { current: { total: { base: { currency: '' } } } } });
    expect(Object.keys(first)).toEqual(Object.keys(createOrder({ tags: ['a'], source: { id: '1' } })));
  });

  it('completes the source without touching what it was given', () => {
    const order = createOrder({ source: { connection: 'shop', vendor: 'shopify', id: '1' } });
    const complete = completeSource(order, { version: 3, contentHash: 'h', via: 'POLL', observedAt: 4 });
    expect(complete.source).toMatchObject({
      id: '1',
      version: 3,
      contentHash: 'h',
      via: 'POLL',
      observedAt: 4,
      origin: null,
    });
    expect(order.source.version).toBe(0);
  });
});
