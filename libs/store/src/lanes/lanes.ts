import type { LaneDocument } from '../documents.ts';
import type { Lease } from './lease.ts';

/** Ownership of a target connection, by one process at a time. */
export interface LaneLease extends Lease {
  readonly connection: string;
  /** Rises with every acquisition, also by the same owner; fences link updates. */
  readonly epoch: number;
}

export interface Lanes {
  /**
   * Takes the lane when it is free, expired (by the database's clock) or our own; epoch + 1 each time.
   * @returns null while another owner's lease runs
   */
  acquire(connection: string, owner: string, ttlMs: number): Promise<LaneLease | null>;
  /** Prolongs the lease in place. @returns false when the lane was taken by somebody else: stop sending at once */
  renew(lease: LaneLease, ttlMs: number): Promise<boolean>;
  /** Gives the lane up at once. The session token stays, for the successor to end. */
  release(lease: LaneLease): Promise<void>;
  get(connection: string): Promise<LaneDocument | null>;
  /** The session token the last owner left, decrypted; null when there is none or it cannot be opened any more. */
  readSession(connection: string): Promise<string | null>;
  /** Keeps a session token for the successor, sealed. @returns false when a newer epoch owns the lane: nothing was written */
  writeSession(lease: LaneLease, token: string | null): Promise<boolean>;
}
