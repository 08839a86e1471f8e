import { currentQuantityOf, unfulfilledQuantityOf } from '../fulfillment/quantities.ts';
import { type Money, type MoneyBag, sumBags, zeroBag } from '../money.ts';
import type { LineState, OrderState, ShippingLineState } from '../state.ts';
import { restBag, restId, shopAmount } from './rest-shapes.ts';

export function lineTotal(line: LineState): MoneyBag {
  const scale = (money: Money): Money => ({ ...money, amount: money.amount.times(line.quantity) });
  return {
    shopMoney: scale(line.originalUnitPriceSet.shopMoney),
    presentmentMoney: scale(line.originalUnitPriceSet.presentmentMoney),
  };
}

function restTaxes(taxLines: LineState['taxLines']) {
  return taxLines.map((tax) => ({
    channel_liable: tax.channelLiable ?? false,
    price: shopAmount(tax.priceSet),
    price_set: restBag(tax.priceSet),
    rate: tax.rate,
    title: tax.title,
  }));
}

function restAllocations(owner: Pick<LineState, 'discountAllocations'>) {
  return owner.discountAllocations.map((allocation) => ({
    amount: shopAmount(allocation.allocatedAmountSet),
    amount_set: restBag(allocation.allocatedAmountSet),
    discount_application_index: allocation.discountApplication.index,
  }));
}

export function restLine(order: OrderState, line: LineState) {
  const discount = sumBags(
    line.discountAllocations.map((allocation) => allocation.allocatedAmountSet),
    order.currencies,
  );
  return {
    id: restId(line.id),
    admin_graphql_api_id: line.id,
    attributed_staffs: [],
    current_quantity: currentQuantityOf(line),
    fulfillable_quantity: unfulfilledQuantityOf(line),
    fulfillment_service: 'manual',
    fulfillment_status: line.fulfilled === 0 ? null : unfulfilledQuantityOf(line) === 0 ? 'fulfilled' : 'partial',
    gift_card: line.isGiftCard,
    grams: 0,
    name: line.variantTitle === null ? line.title : `${line.title} - ${line.variantTitle}`,
    price: shopAmount(line.originalUnitPriceSet),
    price_set: restBag(line.originalUnitPriceSet),
    product_exists: line.productId !== null,
    product_id: line.productId === null ? null : restId(line.productId),
    properties: line.customAttributes.map((attribute) => ({ name: attribute.key, value: attribute.value })),
    quantity: line.quantity,
    requires_shipping: line.requiresShipping,
    sku: line.sku,
    taxable: line.taxable,
    title: line.title,
    total_discount: '0.00',
    total_discount_set: restBag(discount),
    variant_id: line.variantId === null ? null : restId(line.variantId),
    variant_title: line.variantTitle,
    vendor: line.vendor,
    tax_lines: restTaxes(line.taxLines),
    duties: [],
    discount_allocations: restAllocations(line),
  };
}

export function restShipping(order: OrderState, line: ShippingLineState) {
  return {
    id: restId(line.id),
    carrier_identifier: null,
    code: line.code,
    is_removed: line.isRemoved,
    price: shopAmount(line.originalPriceSet),
    price_set: restBag(line.originalPriceSet),
    source: line.source,
    title: line.title,
    discounted_price_set: restBag(
      line.discountAllocations.length === 0 ? line.originalPriceSet : zeroBag(order.currencies),
    ),
    tax_lines: restTaxes(line.taxLines),
    discount_allocations: restAllocations(line),
  };
}
