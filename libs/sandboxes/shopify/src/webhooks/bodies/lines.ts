import { currentQuantityOf, unfulfilledQuantityOf } from '../../fulfillment/quantities.ts';
import { type Money, type MoneyBag, subtractBags, sumBags, zeroBag } from '../../money.ts';
import type { LineState, OrderState, ShippingLineState } from '../../state.ts';
import { restBag, restId, restMoney, shopAmount } from '../rest-shapes.ts';
import { applicationsOf } from './discounts.ts';

export function lineTotal(line: LineState): MoneyBag {
  const scale = (money: Money): Money => ({ ...money, amount: money.amount.times(line.quantity) });
  return {
    shopMoney: scale(line.originalUnitPriceSet.shopMoney),
    presentmentMoney: scale(line.originalUnitPriceSet.presentmentMoney),
  };
}

export function restTaxes(taxLines: LineState['taxLines']) {
  return taxLines.map((tax) => ({
    channel_liable: tax.channelLiable ?? false,
    price: shopAmount(tax.priceSet),
    price_set: restBag(tax.priceSet),
    rate: tax.rate,
    title: tax.title,
  }));
}

function restAllocations(order: OrderState, owner: Pick<LineState, 'discountAllocations'>) {
  return owner.discountAllocations.map((allocation) => ({
    amount: shopAmount(allocation.allocatedAmountSet),
    amount_set: restBag(allocation.allocatedAmountSet),
    discount_application_index: applicationsOf(order).findIndex(
      (one) => one.index === allocation.discountApplication.index,
    ),
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
    sales_line_item_group_id: null,
    sku: line.sku,
    taxable: line.taxable,
    title: line.title,
    total_discount: '0.00',
    total_discount_set: restBag(discount),
    variant_id: line.variantId === null ? null : restId(line.variantId),
    variant_inventory_management: null,
    variant_title: line.variantTitle,
    vendor: line.vendor,
    tax_lines: restTaxes(line.taxLines),
    duties: line.duties.map((duty) => ({
      id: restId(duty.id),
      harmonized_system_code: duty.harmonizedSystemCode,
      country_code_of_origin: duty.countryCodeOfOrigin,
      shop_money: restMoney(duty.price.shopMoney),
      presentment_money: restMoney(duty.price.presentmentMoney),
      price_set: restBag(duty.price),
      tax_lines: restTaxes(duty.taxLines),
      admin_graphql_api_id: duty.id,
    })),
    discount_allocations: restAllocations(order, line),
  };
}

export function restShipping(order: OrderState, line: ShippingLineState) {
  const discounted = subtractBags(
    line.originalPriceSet,
    sumBags(
      line.discountAllocations.map((allocation) => allocation.allocatedAmountSet),
      order.currencies,
    ),
  );
  return {
    id: restId(line.id),
    carrier_identifier: null,
    code: line.code,
    is_removed: line.isRemoved,
    price: shopAmount(line.originalPriceSet),
    price_set: restBag(line.originalPriceSet),
    source: line.source,
    title: line.title,
    discounted_price: shopAmount(discounted),
    discounted_price_set: restBag(discounted),
    current_discounted_price_set: restBag(line.isRemoved ? zeroBag(order.currencies) : discounted),
    phone: null,
    requested_fulfillment_service_id: null,
    tax_lines: restTaxes(line.taxLines),
    discount_allocations: restAllocations(order, line),
  };
}
