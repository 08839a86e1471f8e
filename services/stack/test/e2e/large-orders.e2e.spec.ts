import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitForState } from '../../src/demo/delivery-watch.ts';
import { waitFor } from '../../src/demo/wait.ts';
import { startTestStack, type TestStack } from './test-stack.ts';

let test: TestStack;

beforeAll(async () => {
  test = await startTestStack();
  // Large orders cost many points to read; how a small plan's budget is kept is another test's matter.
  await test.control.patch('shopify/stores/demo.myshopify.test', { maximumAvailable: 20_000, restoreRate: 20_000 });
}, 180_000);

afterAll(() => test?.stop(), 60_000);

/** 300 lines with ten properties each, of so many characters in all. */
function placeOrderOf(characters: number) {
  const value = 'p'.repeat(Math.ceil(characters / 3_000));
  return test.shop.placeOrder({
    lines: Array.from({ length: 300 }, (_, line) => ({
      sku: 'A00001',
      title: `Printer ${line}`,
      price: '1.00',
      quantity: 1,
      properties: Array.from({ length: 10 }, (_each, index) => ({ name: `Engraving ${index}`, value })),
    })),
  });
}

describe('an order of 300 lines with ten properties each', () => {
  it.each([
    ['1.4 MB', 1_400_000],
    ['2 MB', 2_000_000],
    ['nearly the largest record', 4_050_000],
  ])(
    'of %s comes to SAP by its webhook, and its event is shown whole',
    async (_name, characters) => {
      const order = await placeOrderOf(characters);
      const delivery = await waitForState(test.admin, order.id, ['verified'], 60_000);
      const [document, ...others] = await test.erp.findOrders(`shop/${order.id}`);
      expect(others).toEqual([]);
      expect(document?.DocumentLines).toHaveLength(300);
      const { payload } = await test.admin.showDelivery(delivery.id);
      expect(JSON.stringify(payload).length).toBeGreaterThan(characters);
    },
    90_000,
  );

  it('beyond the largest record is told as unmapped, with the setting and the size that it needs', async () => {
    const order = await placeOrderOf(4_500_000);
    const [told] = await waitFor(
      'the order to be told as unmapped',
      async () => {
        const found = await test.admin.listMessages({ sourceId: order.id, state: 'unmapped' });
        return found.length > 0 ? found : null;
      },
      60_000,
    );
    expect(told?.error).toMatchObject({ code: 'too-large' });
    const [, needed, now] =
      /Set ENTREPOT_MAX_RECORD_BYTES of all services to (\d+) or more \(it is (\d+)\)/.exec(
        told?.error?.advice ?? '',
      ) ?? [];
    expect(Number(now)).toBe(4_194_304);
    expect(Number(needed)).toBeGreaterThan(4_500_000);
    expect(Number(needed)).toBeLessThan(4_900_000);
  }, 90_000);
});
