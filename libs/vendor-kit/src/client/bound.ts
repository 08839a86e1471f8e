import type { Masker } from '@entrepot/service-kit/masking';
import type { CallBudget } from '../call.ts';
import type { ConnectionView } from '../connection.ts';
import type { ErrorGuard } from '../masking.ts';

/** An opened client with the connection that it is bound to, as both sides get it. */
export interface BoundClient {
  readonly client: unknown;
  readonly connection: ConnectionView;
  readonly masker: Masker;
  /** Every call goes through it: its errors are masked, and it counts as under way until it has ended. */
  readonly guard: ErrorGuard;
  readonly budget: CallBudget;
}
