import type { LabelsOf } from '@entrepot/service-kit';
import type { CallContext, ConnectionView, FoundDocument, Target } from '@entrepot/vendor-kit';

/** What a call asks of the target, as it is counted. */
export type CallName = LabelsOf<'entrepot_sink_call_seconds'>['operation'];
export type CallOutcome = LabelsOf<'entrepot_sink_call_seconds'>['outcome'];

/** The lane (its lease, target or partition) was taken from under an attempt: nothing may be concluded, the record stays unfinished. */
export class LaneInterrupted extends Error {
  override readonly name = 'LaneInterrupted';
}

/** The lane holds: the attempt did not happen and is begun anew when it goes on. */
export class LaneHeld extends Error {
  override readonly name = 'LaneHeld';
}

/** The lane's owner at work: one epoch, one open target. Calls go through its gate, concurrency limit, bucket and breaker. */
export interface TargetAccess {
  readonly connection: ConnectionView;
  readonly epoch: number;
  /** When the epoch had begun: whatever an earlier epoch sent, it sent before. */
  readonly sinceMicros: number;
  readonly target: Target;
  /** Unanswered creates, of this epoch and of earlier ones: document key → sent at the latest. Survives a failing database, unlike the link. */
  readonly unanswered: Map<string, number>;
  /** Unanswered updates: of this epoch by document key, of earlier ones by link: when the last was sent, and of which version. */
  readonly unansweredUpdates: Map<string, { readonly sentAtMicros: number; readonly version: number }>;
  /** Recent single hits of searches by natural key. */
  readonly matches: Map<string, { readonly found: FoundDocument; readonly untilMs: number }>;
  /**
   * Runs one operation against the target.
   * @throws LaneHeld before anything was sent, when the lane holds
   * @throws LaneInterrupted when the lane was lost or restarted
   * @throws VendorError as the operation does
   */
  call<T>(operation: TargetOperation<T>): Promise<T>;
}

export interface TargetOperation<T> {
  readonly name: CallName;
  readonly bulk: boolean;
  readonly signal: AbortSignal;
  readonly record: CallContext['record'];
  /** Called immediately before each request is written. */
  readonly onSend?: () => void;
  readonly run: (call: CallContext) => Promise<T>;
}
