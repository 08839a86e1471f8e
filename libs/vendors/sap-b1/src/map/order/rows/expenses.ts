import { Decimal } from '@entrepot/canonical';
import { toWireNumber } from '../../../service-layer/odata.ts';
import { sum } from '../../amounts.ts';
import type { WantedCharge } from '../charges.ts';
import type { OrderContext } from '../context.ts';
import type { PlannedExpense } from '../plan.ts';
import type { ChosenTax } from '../tax.ts';
import { computeTax } from './pricing.ts';

/** A charge that goes into a freight row. */
export interface ExpenseDraft {
  readonly charge: WantedCharge;
  readonly code: number;
  readonly chosen: ChosenTax;
}

export interface PlannedExpenses {
  readonly rows: PlannedExpense[];
  /** Sum without tax, and the tax that SAP computes. */
  readonly net: Decimal;
  readonly tax: Decimal;
}

/**
 * Charges as freight rows. SAP has one row a freight code, so charges of one code are added up, which needs one tax code, and their tax is
 * rounded once; the shop's is given where it differs by that. A gross document's freight is written with the tax inside, as its lines are: the net amounts rounded apart would not come to the total.
 */
export function planExpenses(context: OrderContext, drafts: readonly ExpenseDraft[]): PlannedExpenses {
  const byCode = new Map<number, ExpenseDraft[]>();
  for (const draft of drafts) {
    const known = byCode.get(draft.code) ?? [];
    const [first] = known;
    if (first !== undefined && first.chosen.code !== draft.chosen.code)
      context.problems.add(
        'mixed-freight-tax',
        draft.charge.path,
        `freight code ${draft.code} would carry two tax codes (${first.chosen.code}, ${draft.chosen.code})`,
        'Use different freight codes for these charges, or write one of them as an item.',
      );
    byCode.set(draft.code, [...known, draft]);
  }
  const planned = [...byCode].map(([code, merged]) => planRow(context, code, merged));
  return {
    rows: planned.map(({ row }) => row),
    net: sum(planned.map(({ net }) => net)),
    tax: sum(planned.map(({ tax }) => tax)),
  };
}

function planRow(context: OrderContext, expenseCode: number, merged: readonly ExpenseDraft[]) {
  const { grossLines, digits, connection, settings } = context;
  const { chosen } = merged[0] as ExpenseDraft;
  const value = sum(merged.map(({ charge }) => charge.value));
  const net = sum(merged.map(({ charge }) => charge.net));
  const shopTax = sum(merged.map(({ charge }) => charge.tax));
  const computed = computeTax(grossLines ? value : net, chosen.percent, grossLines, digits.amount);
  // The shop rounds the tax of each charge, SAP that of the row: where only that differs, the shop's is given.
  const roundings = new Decimal(10).pow(-digits.amount).times(merged.length);
  const differs = !computed.eq(shopTax) && computed.minus(shopTax).abs().lte(roundings);
  const gives = settings.tax.policy === 'override' || (settings.tax.policy !== 'exempt-with-charge' && differs);
  const row: PlannedExpense = {
    expenseCode,
    fields: {
      ...(grossLines && !gives ? { LineGross: toWireNumber(value) } : { LineTotal: toWireNumber(net) }),
      [connection.taxField]: chosen.code,
      ...(gives ? { TaxSum: toWireNumber(shopTax) } : {}),
    },
  };
  return {
    row,
    net: grossLines && !gives ? value.minus(computed) : net,
    tax: gives ? shopTax : computed,
  };
}
