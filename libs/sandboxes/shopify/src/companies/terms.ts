import { Decimal } from 'decimal.js';
import { type MoneyBag, makeBag, minorUnitsOf, sumBags } from '../money.ts';
import type { OrderState } from '../state.ts';
import type { Store } from '../store.ts';
import type { PaymentScheduleState, PaymentTermsState } from './state.ts';

/** What the control API says of an order's terms; amounts are in the currency that the customer sees. */
export interface PaymentTermsInput {
  readonly name: string;
  readonly type: string;
  readonly dueInDays?: number | null;
  readonly dueAt?: string | null;
  readonly schedules?: readonly {
    readonly amount?: string;
    readonly issuedAt?: string;
    readonly dueAt?: string | null;
  }[];
}

const template = (number: number, name: string, type: string, dueInDays: number | null) => ({
  __typename: 'PaymentTermsTemplate',
  id: `gid://shopify/PaymentTermsTemplate/${number}`,
  name,
  translatedName: name,
  description: dueInDays === null ? name : `Within ${dueInDays} days`,
  paymentTermsType: type,
  dueInDays,
});

/** Templates of every shop. */
export const TERMS_TEMPLATES = [
  template(1, 'Due on receipt', 'RECEIPT', null),
  template(9, 'Due on fulfillment', 'FULFILLMENT', null),
  template(2, 'Net 7', 'NET', 7),
  template(3, 'Net 15', 'NET', 15),
  template(4, 'Net 30', 'NET', 30),
  template(8, 'Net 45', 'NET', 45),
  template(5, 'Net 60', 'NET', 60),
  template(6, 'Net 90', 'NET', 90),
  template(7, 'Fixed', 'FIXED', null),
];

export function findTemplate(idOrName: string): (typeof TERMS_TEMPLATES)[number] | undefined {
  return TERMS_TEMPLATES.find((one) => one.id === idOrName || one.name === idOrName);
}

const MS_PER_DAY = 86_400_000;

/** Terms with their instalments; without any given, one over the whole order, due by its days. */
export function makeTerms(
  store: Store,
  input: PaymentTermsInput,
  order: Pick<OrderState, 'processedAt' | 'currencies'>,
  rate: Decimal,
): PaymentTermsState {
  const byDays =
    input.dueInDays == null
      ? input.type === 'RECEIPT'
        ? order.processedAt
        : null
      : new Date(Date.parse(order.processedAt) + input.dueInDays * MS_PER_DAY).toISOString().replace('.000Z', 'Z');
  const schedules = input.schedules ?? [{ dueAt: input.dueAt ?? byDays }];
  return {
    id: store.nextGid('PaymentTerms'),
    name: input.name,
    type: input.type,
    dueInDays: input.dueInDays ?? null,
    schedules: schedules.map(({ amount, issuedAt, dueAt }) => ({
      id: store.nextGid('PaymentSchedule'),
      amount: amount === undefined ? null : bagOf(new Decimal(amount), rate, order.currencies),
      // Terms that begin with the hand-over are issued then: until that they have no dates.
      issuedAt: issuedAt ?? (input.type === 'FULFILLMENT' ? null : order.processedAt),
      dueAt: dueAt ?? null,
    })),
  };
}

/** Whether an instalment must be paid: due from its due date on, overdue from the day after, neither once it is paid. */
export function dueOf(
  schedule: PaymentScheduleState,
  balance: { readonly completedAt: string | null } | undefined,
  nowMs: number,
): 'not yet' | 'due' | 'overdue' {
  if (schedule.dueAt === null || balance?.completedAt != null || nowMs < Date.parse(schedule.dueAt)) return 'not yet';
  const dayAfter = Date.parse(schedule.dueAt.slice(0, 10)) + MS_PER_DAY;
  return nowMs < dayAfter ? 'due' : 'overdue';
}

function bagOf(amount: Decimal, rate: Decimal, currencies: OrderState['currencies']): MoneyBag {
  return makeBag(amount.times(rate).toDecimalPlaces(minorUnitsOf(currencies.shop)), amount, currencies);
}

/** What of each instalment is open: payments cover them in their order. */
export function balancesOf(
  terms: PaymentTermsState,
  order: Pick<OrderState, 'currencies' | 'transactions'>,
  total: MoneyBag,
): { readonly total: MoneyBag; readonly due: MoneyBag; readonly completedAt: string | null }[] {
  const payments = order.transactions.filter(
    (one) => ['SALE', 'CAPTURE'].includes(one.kind) && one.status === 'SUCCESS',
  );
  let left = sumBags(
    payments.map((one) => one.amountSet),
    order.currencies,
  );
  return terms.schedules.map((schedule) => {
    const amount = schedule.amount ?? total;
    const paid = (side: 'shopMoney' | 'presentmentMoney'): Decimal =>
      Decimal.min(left[side].amount, amount[side].amount);
    const [shop, presentment] = [paid('shopMoney'), paid('presentmentMoney')];
    left = makeBag(
      left.shopMoney.amount.minus(shop),
      left.presentmentMoney.amount.minus(presentment),
      order.currencies,
    );
    const due = makeBag(
      amount.shopMoney.amount.minus(shop),
      amount.presentmentMoney.amount.minus(presentment),
      order.currencies,
    );
    return {
      total: amount,
      due,
      completedAt: due.presentmentMoney.amount.gt(0) ? null : (payments.at(-1)?.processedAt ?? null),
    };
  });
}
