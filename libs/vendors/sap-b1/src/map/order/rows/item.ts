import type { OrderLine } from '@entrepot/canonical';
import type { OrderContext } from '../context.ts';
import type { WantedLine } from '../wanted.ts';

/** The SKU of a line, without the blanks that people leave around it; null when it has none. */
export function skuOf(line: OrderLine): string | null {
  const sku = line.item?.sku?.trim() ?? '';
  return sku === '' ? null : sku;
}

/** SAP's item code of a line; a gap is noted and null answered. */
export function chooseItem(context: OrderContext, { line, path }: WantedLine): string | null {
  const sku = skuOf(line);
  const { giftCardItem, customItem } = context.settings;
  if (line.kind === 'GIFT_CARD' && giftCardItem !== undefined) return giftCardItem;
  // As SAP spells it, where the look-up found it spelt otherwise.
  if (sku !== null) return context.itemCodes.get(sku) ?? sku;
  if (line.kind !== 'GIFT_CARD' && customItem !== undefined) return customItem;
  const setting = line.kind === 'GIFT_CARD' ? 'giftCardItem' : 'customItem';
  context.problems.add(
    line.kind === 'GIFT_CARD' ? 'unmapped-gift-card' : 'unmapped-item',
    `${path}.item.sku`,
    `line ${line.position} "${line.title ?? line.id}" has no SKU`,
    `Give the product a SKU in the shop, or set "${setting}" of the flow to an item for such lines.`,
  );
  return null;
}

/** Fields of the rows of a line beside item, amounts and warehouse: the description of fallback items, and what the flow maps. */
export function describeLine(context: OrderContext, { line, path }: WantedLine): Record<string, unknown> {
  const isFallback = skuOf(line) === null && line.kind !== 'GIFT_CARD';
  return {
    // Items keep SAP's own description; a fallback item says nothing by itself.
    ...(isFallback && line.title !== null
      ? { ItemDescription: context.texts.fit('ItemDescription', line.title, `${path}.title`) }
      : {}),
  };
}
