import { Decimal } from 'decimal.js';
import type { MutationContext, MutationResolver, RequestContext } from '../../graphql/context.ts';
import { type MoneyBagInput, makeBag, readBag } from '../../money.ts';
import { findVariant } from '../../orders/create.ts';
import { findReturn } from '../../returns/find.ts';
import type { ProcessInput } from '../../returns/process.ts';
import type { ExchangeInput, ReturnFailure } from '../../returns/returns.ts';
import type { ExchangeDiscount, ReturnState } from '../../returns/state.ts';
import type { OrderState } from '../../state.ts';
import type { Store } from '../../store.ts';
import { returnViewsOf } from '../order-view.ts';
import { REASON_DEFINITIONS, viewReturn } from './view.ts';

const show = (store: Store, order: OrderState, one: ReturnState) =>
  viewReturn(store, order, one, returnViewsOf(store, order));
const refuse = (failures: readonly ReturnFailure[], prefix: string) => ({
  return: null,
  userErrors: failures.map(({ field, ...failure }) => ({ ...failure, field: [prefix, ...field] })),
});

export const RETURN_QUERIES: Readonly<
  Record<string, (args: Record<string, unknown>, context: RequestContext) => unknown>
> = {
  return: (args, { store }) => showReturn(store, String(args.id)),
};

export function showReturn(store: Store, id: string): unknown {
  const found = findReturn(store, id);
  return found && show(store, found.order, found.one);
}

interface ReturnCreateInput {
  readonly orderId: string;
  readonly returnLineItems: readonly {
    readonly fulfillmentLineItemId: string;
    readonly quantity: number;
    readonly returnReason?: string | null;
    readonly returnReasonDefinitionId?: string | null;
    readonly returnReasonNote?: string | null;
    readonly restockingFee?: { readonly percentage: number } | null;
  }[];
  readonly returnShippingFee?: { readonly amount: MoneyBagInput['shopMoney'] } | null;
  readonly exchangeLineItems?: readonly ExchangeLineItemInput[] | null;
}

interface ExchangeLineItemInput {
  readonly variantId?: string | null;
  readonly quantity: number;
  readonly appliedDiscount?: {
    readonly description?: string | null;
    readonly value: { readonly amount?: MoneyBagInput['shopMoney'] | null; readonly percentage?: number | null };
  } | null;
}

interface ReturnProcessInput {
  readonly returnId: string;
  readonly note?: string | null;
  readonly returnLineItems?:
    | readonly {
        readonly id: string;
        readonly quantity: number;
        readonly dispositions?:
          | readonly {
              readonly reverseFulfillmentOrderLineItemId: string;
              readonly dispositionType: string;
              readonly quantity: number;
              readonly locationId?: string | null;
            }[]
          | null;
      }[]
    | null;
  readonly exchangeLineItems?: readonly { readonly id: string; readonly quantity: number }[] | null;
  readonly refundShipping?: {
    readonly fullRefund?: boolean | null;
    readonly shippingRefundAmount?: MoneyBagInput['shopMoney'] | null;
  } | null;
  readonly financialTransfer?: {
    readonly issueRefund?: {
      readonly orderTransactions: readonly {
        readonly parentId: string;
        readonly transactionAmount: MoneyBagInput['shopMoney'];
      }[];
    } | null;
  } | null;
}

export const RETURN_MUTATIONS: Readonly<Record<string, MutationResolver>> = {
  returnCreate: (args, { store, actions }) => {
    const input = args.returnInput as ReturnCreateInput;
    const order = store.orders.get(input.orderId);
    if (order === undefined)
      return refuse([{ field: ['orderId'], message: 'Order does not exist.', code: 'NOT_FOUND' }], 'returnInput');
    const returned = input.returnLineItems.map((item) => ({
      fulfillmentLineItemId: item.fulfillmentLineItemId,
      quantity: item.quantity,
      reason:
        REASON_DEFINITIONS.find((one) => one.id === item.returnReasonDefinitionId)?.reason ??
        item.returnReason ??
        'UNKNOWN',
      note: item.returnReasonNote ?? '',
      restockingFee: item.restockingFee?.percentage ?? null,
    }));
    const exchanges = (input.exchangeLineItems ?? []).map((item) => readExchange(store, order, item));
    const made = actions.openReturn(store, order, returned, exchanges, input.returnShippingFee?.amount ?? null);
    return 'id' in made ? { return: show(store, order, made), userErrors: [] } : refuse(made, 'returnInput');
  },
  returnProcess: (args, { store, actions }) => {
    const input = args.input as ReturnProcessInput;
    const found = findReturn(store, input.returnId);
    if (found === null)
      return refuse([{ field: ['returnId'], message: 'Return does not exist.', code: 'NOT_FOUND' }], 'input');
    const failures = actions.processReturn(store, found.order, found.one, readProcess(input));
    return failures.length > 0
      ? refuse(failures, 'input')
      : { return: show(store, found.order, found.one), userErrors: [] };
  },
  returnClose: (args, context) => change(context, args, 'CLOSED'),
  returnReopen: (args, context) => change(context, args, 'OPEN'),
  returnCancel: (args, context) => change(context, args, 'CANCELED'),
};

function change({ store, actions }: MutationContext, args: Record<string, unknown>, to: ReturnState['status']) {
  const found = findReturn(store, String(args.id));
  if (found === null)
    return { return: null, userErrors: [{ field: ['id'], message: 'Return does not exist.', code: 'NOT_FOUND' }] };
  const refusal = actions.changeReturn(store, found.order, found.one, to);
  return {
    return: show(store, found.order, found.one),
    userErrors: refusal === null ? [] : [{ field: ['id'], message: refusal, code: 'INVALID_STATE' }],
  };
}

function readExchange(store: Store, order: OrderState, item: ExchangeLineItemInput): ExchangeInput {
  const variant = item.variantId ? findVariant(store, item.variantId)?.variant : undefined;
  return {
    variantId: item.variantId ?? null,
    quantity: item.quantity,
    unitPriceSet: readBag(
      variant && { shopMoney: { amount: variant.price, currencyCode: order.currencies.shop } },
      order.currencies,
    ),
    discount: readDiscount(order, item),
  };
}

function readDiscount(order: OrderState, item: ExchangeLineItemInput): ExchangeDiscount | null {
  if (!item.appliedDiscount) return null;
  const { description, value } = item.appliedDiscount;
  const amount = value.amount == null ? null : new Decimal(value.amount.amount);
  return {
    description: description ?? null,
    percentage: value.percentage ?? null,
    amount: amount && makeBag(amount, amount, order.currencies),
  };
}

function readProcess(input: ReturnProcessInput): ProcessInput {
  const refund = input.financialTransfer?.issueRefund;
  const shipping = input.refundShipping;
  return {
    returned: (input.returnLineItems ?? []).map(({ id, quantity, dispositions }) => ({
      id,
      quantity,
      dispositions: (dispositions ?? []).map((one) => ({
        type: one.dispositionType,
        quantity: one.quantity,
        locationId: one.locationId ?? null,
      })),
    })),
    exchanged: input.exchangeLineItems ?? [],
    transfer:
      refund?.orderTransactions.map(({ parentId, transactionAmount }) => ({
        parentId,
        amount: transactionAmount.amount,
        gateway: 'manual',
        kind: 'REFUND',
      })) ?? null,
    shipping: shipping
      ? { fullRefund: shipping.fullRefund ?? false, amount: shipping.shippingRefundAmount?.amount ?? null }
      : null,
    note: input.note ?? null,
  };
}
