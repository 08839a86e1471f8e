import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lists } from '../../src/api/paging.ts';
import { deliveryFloor, timeIdFloor } from '../../src/store/documents.ts';

const lists = new Lists(new Uint8Array(32).fill(7));

function cursorOf(list: string, filter: Record<string, string>, position: string[]): string {
  const page = lists.open(list, { limit: 1, ...filter }).toPage(
    ['a', 'b'],
    () => position,
    (row) => row,
  );
  return page.next ?? '';
}

describe('cursors', () => {
  it('give back the position for the same list and filter, in whatever order the filter is written and however many rows are asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 3 }), fc.string(), fc.string(), (position, a, b) => {
        const cursor = cursorOf('orders', { q: a, connection: b }, position);
        expect(lists.open('orders', { connection: b, q: a, limit: 50, cursor } as never).after).toEqual(position);
      }),
    );
  });

  it('any change of any character is refused', () => {
    const cursor = cursorOf('orders', {}, ['2026-01-01T00:00:00.000Z', 'order|shop/1']);
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...'ABCxyz019-_=. '), (at, character) => {
        fc.pre(cursor[at] !== character);
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        expect(() => lists.open('orders', { limit: 50, cursor: changed })).toThrow(/not one that this list gave/);
      }),
    );
  });

  it('of another list, another filter or another installation are refused', () => {
    const cursor = cursorOf('orders', { q: 'x' }, ['1']);
    const other = new Lists(new Uint8Array(32).fill(8));
    expect(() => lists.open('audit', { limit: 1, q: 'x', cursor } as never)).toThrow();
    expect(() => lists.open('orders', { limit: 1, q: 'y', cursor } as never)).toThrow();
    expect(() => lists.open('orders', { limit: 1, cursor } as never)).toThrow();
    expect(() => other.open('orders', { limit: 1, q: 'x', cursor } as never)).toThrow();
  });
});

describe('bounds of times', () => {
  it('every number is a time, and a later one is never below an earlier one', () => {
    const anyMs = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -9e15, max: 9e15 }));
    for (const floor of [deliveryFloor, timeIdFloor]) {
      fc.assert(
        fc.property(anyMs, anyMs, (a, b) => {
          expect(floor(Math.min(a, b)) <= floor(Math.max(a, b))).toBe(true);
        }),
      );
    }
  });
});
