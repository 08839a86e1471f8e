import type { Actions } from '../actions.ts';
import type { Jobs } from '../jobs.ts';
import type { KnownVersion } from '../schema/versions.ts';
import type { Store } from '../store.ts';

/** What the resolvers of one request work with. */
export interface RequestContext {
  readonly store: Store;
  readonly jobs: Jobs;
  /** Version of the Admin API whose schema answers. */
  readonly version: KnownVersion;
  readonly now: () => number;
  /** Search warnings, returned in `extensions.search`. */
  readonly searches: {
    readonly path: string[];
    readonly query: string;
    readonly parsed: unknown;
    readonly warnings: readonly { field: string; message: string }[];
  }[];
}

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
