import type { Decimal } from '@entrepot/canonical';
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
 * rounded once. A gross document's freight is written with the tax inside, as its lines are: the net amounts rounded apart would not come to the total.
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
  const value = sum(merged.map(({ charge }) => (grossLines ? charge.value : charge.net)));
  const override = settings.tax.policy === 'override';
  const computed = computeTax(value, chosen.percent, grossLines, digits.amount);
  const tax = override ? sum(merged.map(({ charge }) => charge.tax)) : computed;
  const row: PlannedExpense = {
    expenseCode,
    fields: {
      [grossLines ? 'LineGross' : 'LineTotal']: toWireNumber(value),
      [connection.taxField]: chosen.code,
      ...(override ? { TaxSum: toWireNumber(tax) } : {}),
    },
  };
  return { row, net: grossLines ? value.minus(computed) : value, tax };
}
