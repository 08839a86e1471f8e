import { Decimal, type FulfilmentGroup, type OrderLine, powerOfTen, type Ref, type Tax } from '@entrepot/canonical';
import { fitOwnField, hasValueMap, labelOf, lookUpValue, namesOf } from '../../../map/translate.ts';
import { type OrderContext, type TaxContext } from './plan.ts';
import { listCharged, sum, sumTaxes, totalPercent, type WantedLine } from './wanted.ts';

/** Invisible characters around a SKU: blanks, and zero-width signs as pasted texts have them. */
const UNSEEN_AROUND = /^[\s\p{Cc}\p{Cf}]+|[\s\p{Cc}\p{Cf}]+$/gu;

/** The SKU of a line, without the invisible characters around it; null when it has none. */
export function skuOf(line: OrderLine): string | null {
  const sku = line.item?.sku?.replace(UNSEEN_AROUND, '') ?? '';
  return sku === '' ? null : sku;
}

/** SAP's item code of a line; a gap is noted and null answered. */
export function chooseItem(context: OrderContext, { line, path }: WantedLine): string | null {
  const sku = skuOf(line);
  const { giftCardItem, customItem } = context.settings;
  if (line.kind === 'GIFT_CARD' && giftCardItem !== undefined) return giftCardItem;
  // In SAP's spelling, where the look-up found another one.
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
    // Items keep SAP's own description; a fallback item has no meaningful one.
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

/** The part of a line that goes to one warehouse. */
export interface Portion {
  readonly quantity: Decimal;
  /** SAP's warehouse; null: the one of the item. */
  readonly warehouse: string | null;
}

/** Goods at one place of the source. */
interface Share {
  readonly place: Ref | null;
  readonly quantity: Decimal;
}

/** A wanted line by SAP's warehouses: as the fulfilment groups say; what none of them has goes by line, order and settings. */
export function planPortions(context: OrderContext, wanted: WantedLine): Portion[] {
  const byWarehouse = new Map<string | null, Decimal>();
  for (const { place, quantity } of listShares(context, wanted)) {
    const warehouse = chooseWarehouse(context, place, wanted.path);
    byWarehouse.set(warehouse, quantity.plus(byWarehouse.get(warehouse) ?? 0));
  }
  return [...byWarehouse].map(([warehouse, quantity]) => ({ warehouse, quantity }));
}

function listShares({ order }: OrderContext, { line, quantity }: WantedLine): Share[] {
  if (line.warehouse !== null) return [{ place: line.warehouse, quantity }];
  const held = order.fulfilmentGroups.filter(isAlive).flatMap((group) => readShares(group, line.id));
  const done = held.map((share) => share.done);
  const open = held.map((share) => share.open);
  // Handed over goods cannot be elsewhere any more. But a group shows what it sent though that was taken back, and a later group has the
  // goods now: where groups hold more than is wanted, only as much counts as is with the customer, of the latest groups.
  const isMore = sumShares([...done, ...open]).gt(quantity);
  const sent = isMore ? Decimal.min(quantity, line.quantity.fulfilled) : quantity;
  const handedOver = takeShares(isMore ? [...done].reverse() : done, sent);
  const toSend = takeShares(isMore ? [...open, ...done] : open, quantity.minus(sumShares(handedOver)));
  const shares = [...handedOver, ...toSend];
  const left = quantity.minus(sumShares(shares));
  return left.gt(0) ? [...shares, { place: order.warehouse, quantity: left }] : shares;
}

/** The first shares, up to the quantity. */
function takeShares(from: readonly Share[], most: Decimal): Share[] {
  const taken: Share[] = [];
  let left = most;
  for (const { place, quantity } of from) {
    const part = Decimal.min(left, quantity);
    if (part.lte(0)) continue;
    taken.push({ place, quantity: part });
    left = left.minus(part);
  }
  return taken;
}

function sumShares(shares: readonly Share[]): Decimal {
  return sum(shares.map(({ quantity }) => quantity));
}

/** Cancelled groups hold nothing: the source has put their goods into other groups. */
function isAlive({ status }: FulfilmentGroup): boolean {
  return !['CANCELLED', 'CANCELED'].includes(status?.toUpperCase() ?? '');
}

/** What a group has handed over of a line, and what it still holds. A closed group holds no more. */
function readShares(group: FulfilmentGroup, lineId: string): { readonly done: Share; readonly open: Share }[] {
  const closed = group.status?.toUpperCase() === 'CLOSED';
  return group.lines
    .filter((part) => part.lineId === lineId)
    .map(({ quantity, remaining }) => ({
      done: { place: group.location, quantity: quantity.minus(remaining) },
      open: { place: group.location, quantity: closed ? new Decimal(0) : remaining },
    }));
}

function chooseWarehouse(context: OrderContext, asked: Ref | null, path: string): string | null {
  const { flow, settings, problems } = context;
  const mapped = lookUpValue(flow, 'warehouse', namesOf(asked));
  if (mapped !== null) return mapped;
  if (asked !== null && hasValueMap(flow, 'warehouse') && settings.warehouse === undefined) {
    problems.add(
      'unmapped-warehouse',
      `${path}.warehouse`,
      `no warehouse of SAP is set for "${labelOf(asked)}"`,
      `Add "${asked.id ?? labelOf(asked)}" to the flow's value map "warehouse", or set a default warehouse.`,
      { actual: labelOf(asked) },
    );
  }
  return settings.warehouse ?? null;
}

/** A tax code of SAP with the rate SAP will use. */
export interface ChosenTax {
  readonly code: string;
  /** In percent. */
  readonly percent: Decimal;
}

/** What is taxed: a line or a charge. */
export interface TaxedRow {
  readonly taxes: readonly Tax[];
  /** Without tax. */
  readonly net: Decimal;
  readonly path: string;
  /** Setting of the flow that can name a code for it; null for lines of goods. */
  readonly setting: string | null;
  /** Code that the settings force. */
  readonly fixedCode: string | null;
}

const NO_TAX = '0';

/** Chooses SAP's tax code for a line or charge, by the flow's policy. A gap in the value map is noted as a problem and null answered. */
export function chooseTax(context: TaxContext, row: TaxedRow): ChosenTax | null {
  const { policy, side } = context;
  if (row.fixedCode !== null) return withRate(context, row.fixedCode, row);
  if (policy.policy === 'exempt-with-charge') return withRate(context, policy.exemptCode, { ...row, taxes: [] });
  const charged = listCharged(row.taxes, side);
  if (policy.policy !== 'jurisdiction' && totalPercent(charged) === null) return refuseWithoutRate(context, row);
  const keysOf = policy.policy === 'jurisdiction' ? jurisdictionKeys : rateKeys;
  const keys = keysOf(charged, sumTaxes(charged, side).isZero());
  // On cents a tax may come to nothing though it applies: the rate with it is the next guess.
  const tiny = row.taxes.filter((tax) => charged.includes(tax) || comesToNothing(context, tax, row.net));
  const candidates = charged.length === 0 || tiny.length === charged.length ? keys : [...keys, ...keysOf(tiny, false)];
  const code = lookUpValue(context.flow, 'tax', candidates);
  if (code !== null) return withRate(context, code, { ...row, taxes: charged });
  const [wanted = ''] = keys;
  const shown = policy.policy === 'jurisdiction' ? `"${wanted}"` : `${wanted} %`;
  const blend = readBlend(context, charged, row.net);
  context.problems.add(
    'unmapped-tax',
    `${row.path}.taxes`,
    blend === null
      ? `no tax code of SAP is set for ${shown}`
      : `the tax is a blend of several rates on parts of the amount (${blend} % of it together), for which there is no one tax code`,
    blend === null ? `Add "${wanted}" to the flow's value map "tax".` : adviseOnBlend(row),
    { actual: wanted },
  );
  return null;
}

function refuseWithoutRate(context: TaxContext, row: TaxedRow): null {
  context.problems.add(
    'unmapped-tax',
    `${row.path}.taxes`,
    'the tax has no rate to choose a tax code by',
    'Use the tax policy "jurisdiction" or "exempt-with-charge" for this flow.',
  );
  return null;
}

function rateKeys(taxes: readonly Tax[], none: boolean): string[] {
  if (none) return [NO_TAX, '0%'];
  const key = totalPercent(taxes)?.toDecimalPlaces(6).toFixed();
  return key === undefined ? [] : [key, `${key}%`];
}

function jurisdictionKeys(taxes: readonly Tax[], none: boolean): string[] {
  if (none) return [NO_TAX];
  const joined = (pick: (tax: Tax) => string | null) => {
    const names = taxes.map(pick);
    return names.every((name) => name !== null && name !== '') ? [(names as string[]).sort().join(' + ')] : [];
  };
  return [...joined((tax) => tax.jurisdiction), ...joined((tax) => tax.code), ...joined((tax) => tax.name)];
}

/** True when the rate of a tax gives less than half a cent on the amount: that nothing was charged says nothing of it then. */
function comesToNothing(context: TaxContext, { rate }: Tax, net: Decimal): boolean {
  return rate !== null && !rate.isZero() && rate.times(net).abs().lt(halfUnit(context));
}

function halfUnit({ digits }: TaxContext): Decimal {
  return powerOfTen(-digits).div(2);
}

/** The percentage that was really charged, when the rates apply each to a part of the amount only (shipping of a mixed basket); else null. */
function readBlend(context: TaxContext, charged: readonly Tax[], net: Decimal): string | null {
  const percent = totalPercent(charged);
  if (percent === null || charged.length < 2 || net.lte(0)) return null;
  const tax = sumTaxes(charged, context.side);
  const whole = net.times(percent).div(100);
  // Each tax was rounded on its own.
  return whole.minus(tax).lte(halfUnit(context).times(charged.length)) ? null : tax.times(100).div(net).toFixed(2);
}

function adviseOnBlend({ setting }: TaxedRow): string {
  const exempt = 'Use the tax policy "exempt-with-charge", which writes the tax as a charge of its own';
  return setting === null
    ? `${exempt}.`
    : `${exempt}; or the tax policy "override" with a code in the setting "${setting}.taxCode", under which the shop's tax is written as it is.`;
}

function withRate(context: TaxContext, code: string, { taxes, path }: TaxedRow): ChosenTax | null {
  const known = context.profile.taxRates[code];
  if (known !== undefined) return { code, percent: new Decimal(known) };
  // The company shows no codes: trust the shop's rate; the read-back shows a difference.
  if (Object.keys(context.profile.taxRates).length === 0)
    return { code, percent: totalPercent(taxes) ?? new Decimal(0) };
  context.problems.add(
    'unknown-tax-code',
    `${path}.taxes`,
    `SAP has no active tax code "${code}" for sales`,
    'Correct the code in the flow settings, or create it in SAP.',
    { actual: code },
  );
  return null;
}
