import type { OrderLine } from '@entrepot/canonical';
import { fitOwnField } from '../../texts/own-fields.ts';
import type { OrderContext } from '../context.ts';
import type { WantedLine } from '../wanted.ts';

/** What people leave around a SKU and nobody sees: blanks, and signs without width as pasted texts have them. */
const UNSEEN_AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

/** The SKU of a line, without what is not seen around it; null when it has none. */
export function skuOf(line: OrderLine): string | null {
  const sku = line.item?.sku?.replace(UNSEEN_AROUND, '') ?? '';
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
    ...mapLineFields(context, line.id),
  };
}

/** What the flow's expressions give for a line, over-long texts cut; null = empty. */
export function mapLineFields(context: OrderContext, lineId: string): Record<string, unknown> {
  const { lineFields, problems, texts } = context;
  const fields = Object.entries(lineFields[lineId] ?? {});
  for (const [name] of fields)
    if (OWN_FIELDS.has(name))
      problems.add(
        'reserved-line-field',
        `lineFields.${name}`,
        `${name} of a line is made of the order itself`,
        `Take "${name}" out of the flow's lineFields.`,
      );
  return Object.fromEntries(fields.map(([name, value]) => [name, fitField(texts, name, value)]));
}

/** Fields of a row that hold goods, money and identity. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  'LineNum',
  'ItemCode',
  'Quantity',
  'Price',
  'UnitPrice',
  'PriceAfterVAT',
  'GrossPrice',
  'DiscountPercent',
  'LineTotal',
  'GrossTotal',
  'TaxCode',
  'VatGroup',
  'TaxTotal',
]);

function fitField(texts: OrderContext['texts'], name: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const path = `lineFields.${name}`;
  if (name === 'FreeText') return texts.fit('LineFreeText', value, path);
  if (name === 'ItemDescription') return texts.fit('ItemDescription', value, path);
  return fitOwnField(texts, name, value, path);
}
