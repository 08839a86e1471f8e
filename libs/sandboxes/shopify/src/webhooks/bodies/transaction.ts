import { type Money, zeroBag } from '../../money.ts';
import type { OrderState, TransactionState } from '../../state.ts';
import { restId, restMoney, shopAmount } from '../rest-shapes.ts';

export function transactionPayload(order: OrderState, transaction: TransactionState) {
  const isManual = transaction.gateway === 'manual';
  // An authorisation is unsettled until it is captured.
  const unsettled = transaction.kind === 'AUTHORIZATION' ? transaction.amountSet : zeroBag(order.currencies);
  const restUnsettled = (money: Money) => ({ amount: restMoney(money).amount, currency: money.currencyCode });
  return {
    id: restId(transaction.id),
    order_id: restId(order.id),
    kind: transaction.kind.toLowerCase(),
    gateway: transaction.gateway,
    status: transaction.status.toLowerCase(),
    message: null,
    created_at: transaction.createdAt,
    test: transaction.test,
    authorization: transaction.authorizationCode,
    location_id: null,
    user_id: null,
    parent_id: transaction.parentId === null ? null : restId(transaction.parentId),
    processed_at: transaction.processedAt,
    device_id: null,
    error_code: null,
    source_name: order.sourceName,
    // Who pays by hand shows no card.
    ...(isManual
      ? {}
      : {
          payment_details: {
            credit_card_bin: null,
            avs_result_code: null,
            cvv_result_code: null,
            credit_card_number: null,
            credit_card_company: null,
            buyer_action_info: null,
            credit_card_name: null,
            credit_card_wallet: null,
            credit_card_expiration_month: null,
            credit_card_expiration_year: null,
            payment_method_name: transaction.gateway,
          },
        }),
    receipt: {},
    amount: shopAmount(transaction.amountSet),
    currency: order.currencies.shop,
    payment_id: `${order.name}.${order.transactions.indexOf(transaction) + 1}`,
    total_unsettled_set: {
      presentment_money: restUnsettled(unsettled.presentmentMoney),
      shop_money: restUnsettled(unsettled.shopMoney),
    },
    manual_payment_gateway: isManual,
    amount_rounding: null,
    admin_graphql_api_id: transaction.id,
  };
}
