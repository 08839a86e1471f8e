import type { EntityName } from '@entrepot/canonical';
import type { CursorDocument } from '../documents.ts';
import type { Lease } from './lease.ts';

/** The right to poll one entity of one connection. */
export interface PollerLease extends Lease {
  readonly connection: string;
  readonly entity: EntityName;
  /** Position at the time of acquisition. */
  readonly cursor: string | null;
}

export interface Cursors {
  get(connection: string, entity: EntityName): Promise<CursorDocument | null>;
  /** @returns null while another poller's lease runs (database's clock) */
  acquirePoller(connection: string, entity: EntityName, owner: string, ttlMs: number): Promise<PollerLease | null>;
  /** @returns false when another poller took over */
  renewPoller(lease: PollerLease, ttlMs: number): Promise<boolean>;
  /** Moves the cursor; call it after everything before it was acknowledged. @returns false when another poller took over: nothing was written */
  set(lease: PollerLease, cursor: string): Promise<boolean>;
  /** Notes a completed poll (`polledAt`, database's clock) and frees the poller for the next round. */
  releasePoller(lease: PollerLease, polled: boolean): Promise<void>;
}
