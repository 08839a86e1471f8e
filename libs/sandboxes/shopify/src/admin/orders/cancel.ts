import type { MutationContext } from '../../graphql/context.ts';
import { refuseCancel } from '../../orders/change.ts';
import { viewOrder } from '../order-view.ts';

interface CancelMistake {
  readonly field: string[];
  readonly message: string;
  readonly code: 'INVALID' | 'NOT_FOUND';
}

const MAX_NOTE_CHARS = 255;

/** `orderCancel`: refuses what it can immediately; the rest is a job that runs after the answer. */
export function cancelByJob(args: Record<string, unknown>, { store, actions, jobs }: MutationContext): object {
  const order = store.orders.get(String(args.orderId));
  const mistake = findMistake(args) ?? (order === undefined ? missing() : refusalOf(refuseCancel(order)));
  if (mistake !== null || order === undefined) {
    const errors = mistake === null ? [] : [mistake];
    return { job: null, jobResult: null, orderCancelUserErrors: errors, userErrors: errors };
  }
  const method = args.refundMethod as { originalPaymentMethodsRefund?: boolean } | undefined;
  const refund = args.refund === true || method?.originalPaymentMethodsRefund === true;
  const id = jobs.start(() => {
    actions.cancel(store, order, { reason: String(args.reason), refund, restock: args.restock === true });
  });
  const done = jobs.isDone(id) === true;
  return {
    job: { id, done },
    jobResult: {
      __typename: 'OrderCancelJobResult',
      id,
      done,
      errors: [],
      order: () => viewOrder(store, order),
      status: 'STARTED',
    },
    orderCancelUserErrors: [],
    userErrors: [],
  };
}

function findMistake(args: Record<string, unknown>): CancelMistake | null {
  if (String(args.staffNote ?? '').length > MAX_NOTE_CHARS)
    return invalid('staffNote', `Staff note is too long. Maximum length is ${MAX_NOTE_CHARS} characters.`);
  if (typeof args.refund === 'boolean' && args.refundMethod)
    return invalid('refund', 'Only one of the arguments `refund` or `refund_method` is allowed.');
  return null;
}

function refusalOf(message: string | null): CancelMistake | null {
  return message === null ? null : invalid('orderId', message);
}

function invalid(field: string, message: string): CancelMistake {
  return { field: [field], message, code: 'INVALID' };
}

function missing(): CancelMistake {
  return { field: ['orderId'], message: 'Order does not exist', code: 'NOT_FOUND' };
}
