import { isInTarget } from '@entrepot/canonical';
import type { LinkedDocument } from '@entrepot/store';
import type { HandleAnswer, OpenEntity, PlannedDocument } from '@entrepot/vendor-kit';
import { deadlineMicros, nextLookMicros } from '../acceptance/deadline.ts';
import { describeAwaited, describeOverdue, describePending } from '../problems.ts';
import type { LinkEdit } from './link-edit.ts';
import { type AttemptResult, type AttemptScope, endAttempt, failAttempt } from './outcomes.ts';

/** A document that a target may take before it has it. */
export interface AcceptableDocument {
  readonly target: OpenEntity;
  readonly edit: LinkEdit;
  readonly planned: PlannedDocument;
}

/** The target has the document, or has taken it: how the attempt ends, by what is known of the acceptance. */
export function endAccepted({ clock }: AttemptScope, { target, edit, planned }: AcceptableDocument): AttemptResult {
  const { confirmation } = target;
  const document = edit.document(planned);
  const accepted = document?.accepted ?? null;
  if (confirmation === null || document === null || accepted === null)
    return endAttempt('accepted', { error: describePending(planned) });
  const isChange = isInTarget(document);
  // A document that is there shows a change by itself.
  const terms = isChange ? { by: 'poll' as const, withinMs: confirmation.withinMs } : confirmation;
  const notBeforeMicros = nextLookMicros(terms, accepted.atMicros, clock.nowMicros());
  const taken = { isChange, by: confirmation.by, untilMs: deadlineMicros(confirmation, accepted.atMicros) / 1_000 };
  if (notBeforeMicros === null) return failAttempt(describeOverdue(planned, taken));
  return endAttempt('accepted', { error: describeAwaited(planned, taken), notBeforeMicros });
}

/** Asks by the handle that the target gave; null where there is none to ask by. */
export async function askHandle(
  scope: AttemptScope,
  { confirmation }: OpenEntity,
  accepted: LinkedDocument['accepted'],
): Promise<HandleAnswer | null> {
  const poll = confirmation?.poll ?? null;
  const handle = accepted?.handle ?? null;
  return poll === null || handle === null ? null : scope.call('poll', (call) => poll(handle, call));
}

/**
 * What becomes of an attempt at a document of which the target has accepted a change: it ends while that is to come.
 * `applied`: this version's change has taken effect. `ended`: no change is to come that this version must wait for.
 * @param isOurs whether the change is of the attempt's own version
 */
export async function followChange(
  scope: AttemptScope,
  task: AcceptableDocument,
  { targetId, accepted }: Pick<LinkedDocument, 'targetId' | 'accepted'>,
  isOurs: boolean,
): Promise<AttemptResult | 'applied' | 'ended'> {
  const { target, edit, planned } = task;
  const answer = await askHandle(scope, target, accepted);
  if (answer !== null) {
    // A newer version is not sent before the earlier change has ended: the target need not keep their order.
    if (answer.status === 'pending') return awaitChange(scope, task);
    edit.noteChangeAccepted(planned, null);
    if (!isOurs) return 'ended';
    return answer.status === 'refused' ? failAttempt(answer.error) : 'applied';
  }
  const current = targetId === null ? null : await scope.call('read', (call) => target.read(planned, targetId, call));
  const isThere = current !== null && target.compare(planned, current, scope.flow.settings).length === 0;
  // What shows is all that tells: of another version's change nothing would.
  if (current !== null && isOurs && !isThere) return awaitChange(scope, task);
  edit.noteChangeAccepted(planned, null);
  return isThere ? 'applied' : 'ended';
}

/** An operator has a change sent again once nobody counts on its confirmation any more. */
function awaitChange(scope: AttemptScope, task: AcceptableDocument): AttemptResult | 'ended' {
  const ends = endAccepted(scope, task);
  if (ends.outcome !== 'failed' || !scope.delivery.lane.force) return ends;
  task.edit.noteChangeAccepted(task.planned, null);
  return 'ended';
}
