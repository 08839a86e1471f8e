import { describe, expect, it } from 'vitest';
import { ask, control, create, line, useShop } from './shop-under-test.ts';

useShop();

describe('search of orders', () => {
  it('joins by OR and AND, takes lists, turns round, groups, finds words, and drops what it does not know', async () => {
    const names: Record<string, string> = {};
    const add = async (key: string, order: object) => {
      names[String((await create(order)).name)] = key;
    };
    await add('paid', { lineItems: [line('1.00')], financialStatus: 'PAID', tags: ['red'] });
    await add('authorized', { lineItems: [line('1.00')], financialStatus: 'AUTHORIZED', tags: ['red', 'big'] });
    await add('pending', { lineItems: [line('1.00')], financialStatus: 'PENDING', email: 'mia@shore.example' });
    await add('shipped', { lineItems: [{ ...line('1.00', 2), title: 'Sea chart' }], fulfillmentStatus: 'FULFILLED' });
    const part = await create({ lineItems: [line('1.00', 2)], poNumber: 'PO-9' });
    names[String(part.name)] = 'part';
    await control('PATCH', `/orders/${String(part.legacyResourceId)}`, { fulfill: { lines: { 0: 1 } } });
    const find = async (query: string) => {
      const { data, extensions } = await ask(
        'query($query: String) { orders(first: 10, query: $query, sortKey: CREATED_AT) { nodes { name } } }',
        { query },
      );
      const found = ((data?.orders?.nodes ?? []) as { name: string }[]).map((one) => names[one.name]).sort();
      return { found, warnings: extensions?.search };
    };
    const all = ['authorized', 'paid', 'part', 'pending', 'shipped'];
    for (const [query, expected] of [
      ['financial_status:paid,authorized', ['authorized', 'paid']],
      ['financial_status:paid OR tag:big', ['authorized', 'paid']],
      ['financial_status:paid OR financial_status:pending tag:red', ['paid']],
      ['(financial_status:paid OR financial_status:pending) AND email:mia@shore.example', ['pending']],
      ['tag:red -tag:big', ['paid']],
      ['tag:red NOT tag:big', ['paid']],
      ['NOT (tag:red OR fulfillment_status:shipped)', ['part', 'pending']],
      ['fulfillment_status:fulfilled', ['shipped']],
      ['fulfillment_status:partial', ['part']],
      ['fulfillment_status:unfulfilled tag:red', ['authorized', 'paid']],
      ["'sea chart'", ['shipped']],
      ['mia', ['pending']],
      ['nobody', []],
      ['po_number:PO-9', ['part']],
      ['name:1001', ['paid']],
      ['', all],
    ] as const)
      expect((await find(query)).found, query).toEqual([...expected]);
    const dropped = await find('colour:red OR tag:big');
    expect(dropped.found).toEqual(['authorized']);
    expect(dropped.warnings).toMatchObject([{ warnings: [{ field: 'colour' }] }]);
    expect((await find('fulfillment_status:nonsense')).found).toEqual(all);
  });
});
