import type { ErrorDetail } from '@entrepot/canonical';
import type { CallContext } from '../call.ts';
import type { FoundDocument } from './documents.ts';

/** What a handle says of a document that the target has taken. */
export type HandleAnswer<State = unknown> =
  | { readonly status: 'pending' }
  | { readonly status: 'confirmed'; readonly document: FoundDocument<State> }
  /** The target has refused it after all; nothing of it is there. */
  | { readonly status: 'refused'; readonly error: ErrorDetail };

/** The answer to a create, and to an update where it is `ofUpdates`, has a handle, which is polled. */
export interface PolledConfirmation<Client = unknown, State = unknown> {
  readonly by: 'poll';
  /** The longest a confirmation may take, from the acceptance on; then a person is asked. */
  readonly withinMs: number;
  /** Whether changes of a document are accepted in the same way; left out: their answers are final. */
  readonly ofUpdates?: boolean;
  poll(handle: string, client: Client, call: CallContext): Promise<HandleAnswer<State>>;
}

/**
 * The document shows at this vendor's own source side, hours later: one of its entities reads our reference there
 * (`SourceEntity.confirms`). What was sent is never sent again meanwhile, be it without an answer.
 */
export interface InboundConfirmation {
  readonly by: 'inbound';
  /** The longest a confirmation may take, from the acceptance on; then a person is asked. */
  readonly withinMs: number;
  /** Whether changes of a document are accepted in the same way; left out: their answers are final. */
  readonly ofUpdates?: boolean;
}

/** How a target confirms what it accepted. */
export type Confirmation<Client = unknown, State = unknown> = PolledConfirmation<Client, State> | InboundConfirmation;

/** The same, opened. */
export interface OpenConfirmation {
  readonly by: 'poll' | 'inbound';
  readonly withinMs: number;
  /** Null where there is nothing to poll. */
  readonly poll: ((handle: string, call: CallContext) => Promise<HandleAnswer>) | null;
}
