import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { playOnPaper, quantitiesOf, type ShopStep, stepsArbitrary } from './quantity-model.ts';
import { connectionOf } from './wire-order.ts';

describe('whatever happens to an order', () => {
  it('goods handed over are never cancelled, and the quantities are those of what happened', () => {
    fc.assert(
      fc.property(stepsArbitrary, (steps: readonly ShopStep[]) => {
        const played = playOnPaper(steps);
        expect(quantitiesOf(played.wire)).toEqual(played.expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('the quantities add up even where Shopify’s count of units to ship is wrong', () => {
    fc.assert(
      fc.property(stepsArbitrary, fc.array(fc.nat({ max: 12 }), { minLength: 4, maxLength: 4 }), (steps, noise) => {
        const { wire } = playOnPaper(steps);
        const nodes = wire.lineItems.nodes.map((line, index) => ({
          ...line,
          unfulfilledQuantity: noise[index % 4] ?? 0,
        }));
        for (const [ordered = 0, current = 0, fulfilled = 0, cancelled = 0, returned = 0] of quantitiesOf({
          ...wire,
          lineItems: connectionOf(nodes),
        })) {
          expect(fulfilled).toBeLessThanOrEqual(ordered - cancelled);
          expect(current).toBeLessThanOrEqual(ordered - cancelled);
          expect(returned).toBeLessThanOrEqual(fulfilled);
          expect(Math.min(current, fulfilled, cancelled, returned)).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
