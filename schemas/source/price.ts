import { at, choice, closed, decimal, flag, many, maybe, rate, record, text } from './notation.ts';
import { entityFields, ItemRef, Money, openFields, Ref, Unit } from './shared.ts';

const PriceType = choice('PriceType', 'What a price is.', 'BASE SALES COMPARE_AT MSRP LIST SPECIAL PROMOTION');

const PriceTier = record('PriceTier', 'The price from a quantity on.', {
  minQuantity: decimal('From this quantity on.'),
  unit: maybe(Unit, 'The unit of quantity and price; null: base unit.'),
  amount: maybe(Money, 'Price of one unit; null when it is given as a percentage.'),
  percent: rate('Discount on the price it refers to, as a fraction.'),
  validFrom: at('From when it holds.'),
  validTo: at('Until when it holds.'),
});

export const Price = record(
  'Price',
  'All tiers of one item for one list, customer or class, currency, business unit and warehouse.',
  {
    ...entityFields,
    item: maybe(ItemRef, 'The item.'),
    ...closed('priceType', PriceType, 'What the price is.'),
    priceList: maybe(Ref, 'The price list.'),
    customer: maybe(Ref, 'The customer it is for.'),
    customerClass: maybe(Ref, 'The class or group of customers it is for.'),
    currency: text('ISO 4217 code.'),
    warehouse: maybe(Ref, 'The warehouse it is for.'),
    taxIncluded: flag('True when the prices contain the tax.'),
    tiers: many(PriceTier, 'The tiers: always the whole set.'),
    ...openFields,
  },
);
