import { Decimal } from '@entrepot/canonical';
import { describe, expect, it } from 'vitest';
import { toVendorError } from '../src/service-layer/errors.ts';
import { formatCookies, readCookies } from '../src/service-layer/login.ts';
import { formatQuery, keyPath, quoteText, readAmount, toWireNumber } from '../src/service-layer/wire.ts';

const v2 = (code: string, message = 'text') =>
  JSON.stringify({ error: { code, details: [{ code: '', message: '' }], message } });
const v1 = (code: number, value = 'text') => JSON.stringify({ error: { code, message: { lang: 'en-us', value } } });

describe('answers that are no success', () => {
  const cases: readonly (readonly [string, number, string, string])[] = [
    ['wrong password', 401, '-304', 'unauthorized'],
    ['unknown company', 401, '-306', 'unauthorized'],
    ['wrong company', 400, '-5027', 'unauthorized'],
    ['dead session', 401, '301', 'unavailable'],
    ['login service overrun', 500, '299', 'unavailable'],
    ['table missing on the node', 400, '407', 'unavailable'],
    ['stale', 412, '-2039', 'conflict'],
    ['duplicate', 400, '-2035', 'conflict'],
    ['generic refusal', 400, '-10', 'rejected'],
    ['business refusal', 400, '-5002', 'rejected'],
    ['rule of the site', 400, '-1116', 'rejected'],
    ['not in the list', 400, '-1004', 'rejected'],
    ['unknown property', 400, '-1000', 'rejected'],
    ['bad query', 400, '201', 'rejected'],
    ['action not allowed', 400, '-5006', 'rejected'],
    ['no authorisation', 403, '-6006', 'rejected'],
    ['missing key', 404, '-2028', 'notFound'],
    ['bad reference in a body', 400, '-2028', 'rejected'],
    ['a code nobody knows', 400, '-4711', 'rejected'],
    ['batch without Content-ID', 400, '244', 'unexpected'],
  ];
  it.each(cases)('%s (%i, %s) is %s, in both versions', (_name, status, code, kind) => {
    for (const text of [v2(code), v1(Number(code))]) {
      const error = toVendorError({ status, text }, 'creating order x', true);
      expect(error).toMatchObject({ kind, code, httpStatus: status });
      expect(error.message).toContain('text');
    }
  });

  it.each([429, 502, 503, 504])('takes %i for a matter of the moment whatever its body says', (status) => {
    const text = JSON.stringify({ error: { code: '-5002', message: '(1) refused' } });
    expect(toVendorError({ status: 400, text }, 'logging in', false).kind).toBe('rejected');
    expect(toVendorError({ status, text }, 'logging in', false).kind).toBe('unavailable');
  });

  it('HTML of the balancer: unavailable; 502 and 504 leave a write in doubt, a read not', () => {
    const html = '<html><body>Proxy Error</body></html>';
    expect(toVendorError({ status: 502, text: html }, 'x', true)).toMatchObject({
      kind: 'unavailable',
      answerUnknown: true,
    });
    expect(toVendorError({ status: 502, text: html }, 'x', false)).toMatchObject({
      kind: 'unavailable',
      answerUnknown: false,
    });
    expect(toVendorError({ status: 503, text: html }, 'x', true)).toMatchObject({
      kind: 'unavailable',
      answerUnknown: false,
    });
    expect(toVendorError({ status: 500, text: '' }, 'x', true)).toMatchObject({
      kind: 'unexpected',
      answerUnknown: true,
    });
  });

  it('operators are told what to do about refusals', () => {
    for (const [, status, code, kind] of cases)
      if (kind === 'rejected' || kind === 'unauthorized')
        expect(toVendorError({ status, text: v2(code) }, 'x', true).advice, code).toMatch(/\w{3}/);
  });
});

describe('stock that is short', () => {
  const read = (message: string) => toVendorError({ status: 400, text: v2('-10', message) }, 'creating order x', true);

  it.each([
    'Quantity falls into negative inventory  [IGE1.ItemCode][line: 2]',
    '(Quantity falls into negative inventory) [RDR1.ItemCode][line: 1]',
    'Menge fällt in negativen Bestand  [RDR1.ItemCode][Zeile: 11]',
    'La cantidad recae en inventario negativo [RDR1.ItemCode][línea: 1]',
    'Quantity falls into negative inventory',
    "10001153 - Quantity falls into negative inventory  [INV1.ItemCode][line: 1] , 'A00001'",
  ])('is tried again, in whatever language it comes: %s', (message) => {
    expect(read(message)).toMatchObject({ kind: 'conflict', advice: expect.stringContaining('stock') });
  });

  it.each([
    "1320000140 - Business partner code 'c1' already assigned to a business partner",
    '1250000127 - Not for sale [RDR1.ItemCode][line: 1]',
    '(1) Quantity over the limit of our house [RDR1.ItemCode][line: 1]',
    'Enter a price [RDR1.Price][line: 1]',
    'No matching item [OITM.ItemCode]',
  ])('is not what another refusal speaks of: %s', (message) => {
    expect(read(message)).toMatchObject({ kind: 'rejected', advice: expect.stringMatching(/\w{3}/) });
  });
});

describe('refusals that name a field', () => {
  const adviceOn = (message: string) =>
    toVendorError({ status: 400, text: v2('-5002', message) }, 'creating order x', true).advice;

  it('of a date say what to do about periods', () => {
    expect(adviceOn('Date deviates from permissible range  [ORDR.DocDueDate]')).toContain('"docDate"');
  });

  it('of a text that is too long name the setting', () => {
    expect(adviceOn('Field size deviates from column definition [ORDR.U_Gift]')).toContain('"textLimits"');
  });

  it('of a state name the value map', () => {
    expect(adviceOn("Code undefined 'BE' [CRD1.State]")).toContain('"state"');
    expect(adviceOn("Code undefined 'BE' [RDR12.StateS]")).toContain('"state"');
    expect(adviceOn("Enter valid state 'ZZ' ('US')  [RDR12.ShipToState]")).toContain('"state"');
    expect(adviceOn('Code undefined [OCRD.GroupCode]')).not.toContain('"state"');
  });
});

describe('cookies', () => {
  it('are read by hand: no Path, dangling semicolon, one header or two', () => {
    const expected = { session: 'PTRz-yjk', route: '.node1' };
    expect(readCookies(['B1SESSION=PTRz-yjk;HttpOnly;', 'ROUTEID=.node1; path=/b1s'])).toEqual(expected);
    expect(readCookies('B1SESSION=PTRz-yjk;HttpOnly;,ROUTEID=.node1; path=/b1s')).toEqual(expected);
    expect(readCookies('B1SESSION=abc;HttpOnly;')).toEqual({ session: 'abc', route: null });
    expect(readCookies('ROUTEID=.node1')).toBeNull();
    expect(formatCookies(expected)).toBe('B1SESSION=PTRz-yjk; ROUTEID=.node1');
  });
});

describe('OData', () => {
  it('quotes and encodes', () => {
    expect(quoteText("O'Brien")).toBe("'O''Brien'");
    expect(keyPath('Items', "a/b #1'")).toBe("Items('a%2Fb%20%231''')");
    expect(keyPath('Orders', 22)).toBe('Orders(22)');
    expect(formatQuery({ filter: "A eq 'x&y'", select: ['A'], orderBy: 'A', top: 5 })).toBe(
      "?$select=A&$filter=A%20eq%20'x%26y'&$orderby=A&$top=5",
    );
  });

  it('numbers keep their digits both ways', () => {
    expect(readAmount(19.990000000000002, 2).toFixed()).toBe('19.99');
    expect(readAmount('100', 2).toFixed()).toBe('100');
    expect(readAmount(null, 2).toFixed()).toBe('0');
    expect(toWireNumber(new Decimal('19.99'))).toBe(19.99);
    expect(toWireNumber(new Decimal('12345678901234.567'))).toBe('12345678901234.567');
  });
});
