import type { LabelsOf } from '@entrepot/service-kit';
import type { CallContext, ConnectionView, FoundDocument, Target } from '@entrepot/vendor-kit';

/** What a call asks of the target, as it is counted. */
export type CallName = LabelsOf<'entrepot_sink_call_seconds'>['operation'];
export type CallOutcome = LabelsOf<'entrepot_sink_call_seconds'>['outcome'];

/**
 * The attempt lost its lane (lease, target or partition): it must conclude nothing, and the record stays unfinished.
 */
export class LaneInterrupted extends Error {
  override readonly name = 'LaneInterrupted';
}

/** The lane holds: the attempt did not happen and starts again when the lane resumes. */
export class LaneHeld extends Error {
  override readonly name = 'LaneHeld';
}

/**
 * One session of the lane's owner: one epoch (its fencing token), one open target. Calls pass its gate, concurrency
 * limit, bucket and breaker.
 */
export interface TargetAccess {
  readonly connection: ConnectionView;
  readonly epoch: number;
  /** Upper bound of when this epoch began: every send of an earlier epoch came before. */
  readonly sinceMicros: number;
  readonly target: Target;
  /**
   * Unanswered creates, of this epoch and of earlier ones: document key → latest time of the send. Survives a failing
   * database, unlike the link.
   */
  readonly unanswered: Map<string, number>;
  /** Unanswered updates: of this epoch by document key, of earlier ones by link: when the last was sent, and of which version. */
  readonly unansweredUpdates: Map<string, { readonly sentAtMicros: number; readonly version: number }>;
  /** What attempts of this epoch learned and have yet to write, by link: survives a failing database, as the above. */
  readonly unwritten: Map<string, { flush(): Promise<void> }>;
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
