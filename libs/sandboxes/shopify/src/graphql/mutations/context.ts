import type { Actions } from '../../actions.ts';
import type { RequestContext } from '../query-resolvers.ts';

export interface MutationContext extends RequestContext {
  readonly actions: Actions;
  /** Key of `@idempotent` on the field being resolved, when the call has one. */
  idempotencyKey(field: string): string | null;
}

export type MutationResolver = (args: Record<string, unknown>, context: MutationContext) => unknown;

/** The errors of mutations; most have no code. */
export const failed = <Field extends string[] | null>(field: Field, message: string, code?: string) => [
  { field, message, ...(code === undefined ? {} : { code }) },
];
