import { createLineQuantity, Decimal, type LineQuantity, type OrderLine, parseDecimal } from '@entrepot/canonical';
import { codeOrNull, fromGid } from '../../fields.ts';
import type { WireLine, WireOrder } from './wire.ts';

/** Titles of tips in the languages of the checkout: they only rank two otherwise equal candidates. */
const TIP_WORDS =
  /^(tips?|gratuity|trinkgeld|pourboire|propina|gorjeta|gratificação|mancia|fooi|dricks|drikkepenger?|juomaraha|napiwek|spropitné|bahşiş|チップ|小费|小費|팁)(?=$|[^\p{L}])/iu;
/** All combinations of this many lines are tried: 1,024 at most. */
const MAX_CANDIDATES = 10;

interface Candidate {
  readonly id: string;
  readonly amount: Decimal;
  /** 2: the title is a word for tip and nothing else; 1: it starts with one; 0: neither. */
  readonly likeness: number;
}

/**
 * The ids of the lines that are tips. A tip is a line of its own without item, tax and delivery, and goods can look just like it:
 * which lines are tips follows from the tips that the order says it received, and from its total, not from a title.
 * @param adds true when the order's total adds up with these lines as tips and whatever else it received as tips on top
 */
export function findTipLines(
  order: WireOrder,
  adds: (tipLineIds: ReadonlySet<string>) => boolean,
): ReadonlySet<string> {
  const received = parseDecimal(order.totalTipReceivedSet.presentmentMoney.amount);
  const choices = combine(listCandidates(order, received)).filter(({ sum }) => sum.lte(received));
  // Lines that make up all the tips, then a sum without lines, then some of each.
  const rank = (sum: Decimal): number => (sum.eq(received) ? 0 : sum.isZero() ? 1 : 2);
  choices.sort((a, b) => rank(a.sum) - rank(b.sum) || b.likeness - a.likeness || a.members.length - b.members.length);
  const chosen = choices.find(({ members }) => adds(new Set(members))) ?? choices[0];
  return new Set(chosen?.members);
}

interface Choice {
  readonly members: readonly string[];
  readonly sum: Decimal;
  /** Of the least likely member. */
  readonly likeness: number;
}

/** Every combination; those with the earlier candidates come first. */
function combine(candidates: readonly Candidate[]): Choice[] {
  let choices: Choice[] = [{ members: [], sum: parseDecimal(0), likeness: 2 }];
  for (const candidate of candidates)
    choices = choices.flatMap((choice) => [
      {
        members: [...choice.members, candidate.id],
        sum: choice.sum.plus(candidate.amount),
        likeness: Math.min(choice.likeness, candidate.likeness),
      },
      choice,
    ]);
  return choices;
}

/** The likeliest lines first; of equal ones the later, since a tip comes after the goods. */
function listCandidates(order: WireOrder, received: Decimal): Candidate[] {
  return order.lineItems.nodes
    .filter(canBeTip)
    .map((line) => ({
      id: line.id,
      amount: parseDecimal(line.originalUnitPriceSet.presentmentMoney.amount).times(line.quantity),
      likeness: likenessOf(line.title),
    }))
    .filter(({ amount }) => amount.gt(0) && amount.lte(received))
    .reverse()
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, MAX_CANDIDATES);
}

function canBeTip(line: WireLine): boolean {
  const isItem = Boolean(line.product) || Boolean(line.variant) || codeOrNull(line.sku) !== null || line.isGiftCard;
  const isTaxed = line.taxLines.some((tax) => !parseDecimal(tax.priceSet.presentmentMoney.amount).isZero());
  return !isItem && !isTaxed && !line.requiresShipping && line.discountAllocations.length === 0;
}

function likenessOf(title: string): number {
  const word = TIP_WORDS.exec(title.trim())?.[0];
  if (word === undefined) return 0;
  return word.length === title.trim().length ? 2 : 1;
}

/** Makes lines tips: nothing is sold and nothing handed over. */
export function markTips(lines: readonly OrderLine[], tipLineIds: ReadonlySet<string>): OrderLine[] {
  const ids = new Set([...tipLineIds].map(fromGid));
  return lines.map((line) =>
    ids.has(line.id) ? { ...line, kind: 'TIP', item: null, quantity: takeBack(line.quantity) } : line,
  );
}

/** Shops mark all lines of an order as fulfilled; a tip has nothing to hand over. */
function takeBack(quantity: LineQuantity): LineQuantity {
  const { ordered, current } = quantity;
  return createLineQuantity({ ordered, current, cancelled: ordered.minus(current) });
}
