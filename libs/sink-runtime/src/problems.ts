import {
  CONFIRMATION_OVERDUE,
  type EntityName,
  type ErrorDetail,
  type FieldProblem,
  type WaitingKey,
} from '@entrepot/canonical';
import { MappingError } from '@entrepot/mapping';
import type { Flow, LinkedDocument } from '@entrepot/store';
import type { FoundDocument, PlannedDocument, TargetDependency } from '@entrepot/vendor-kit';
import type { TooLarge, Undecodable } from './ports.ts';

// All that router and deliveries report as wrong, in words.

/** An error of our own making; `message` and `advice` must be free of personal data. */
export function describeProblem(
  kind: string,
  code: string,
  message: string,
  advice: string | null,
  fields: readonly FieldProblem[] = [],
): ErrorDetail {
  return { kind, code, message, advice, fields };
}

export function detailOfUndecodable(error: Undecodable): ErrorDetail {
  return {
    kind: 'decode',
    code: error.code,
    message: error.message,
    advice: 'Refresh the record at its source, so that it is published again; tell the author of the publisher.',
    fields: [],
  };
}

/** A bug of ours, with its stack; the message may quote data, so only errors' own first line is kept. */
export function detailOfBug(error: unknown): ErrorDetail {
  const known = error instanceof Error ? error : new Error('a value that is no error was thrown');
  const message = known.message.split('\n', 1)[0]?.slice(0, 300) ?? '';
  return {
    kind: 'bug',
    code: known.name,
    message: `A defect in Entrepot stopped this delivery: ${message}`,
    advice: 'Report it with the stack; retry after an update.',
    fields: [],
    ...(known.stack === undefined ? {} : { stack: known.stack.slice(0, 8_000) }),
  };
}

export function describeHeaders(why: string): ErrorDetail {
  return describeProblem(
    'decode',
    'invalid-headers',
    `The record cannot be routed: ${why}`,
    'Find out who wrote it to this topic; refresh the record at its source, so that it is published again.',
  );
}

export function describeTooLarge(error: TooLarge): ErrorDetail {
  return describeProblem(
    'source',
    'too-large',
    `The record cannot be appended to the lane of its target: ${error.message}`,
    `${error.advice} Then refresh the record. Or make it smaller at its source: its next state is then delivered.`,
  );
}

export function describeForeign(flow: string) {
  return describeProblem(
    'decode',
    'not-of-flow',
    `The record's headers do not fit the flow ${flow} that they name`,
    'Only Entrepot writes to lanes: find out who else does, and stop it.',
  );
}

export function describeLost(what: 'flow' | 'connection', id: string, how: string) {
  return describeProblem(
    'configuration',
    `${what}-${how.replace(' ', '-')}`,
    `The ${what} ${id} was ${how} before this was delivered`,
    how === 'deleted'
      ? 'Discard the delivery, or set it up again and retry.'
      : 'Switch it on and retry, or discard the delivery.',
  );
}

/** Settings of a flow, saved by an older release, that this one cannot use. */
export function settingsError({ id, problems }: Pick<Flow, 'id' | 'problems'>): MappingError {
  const faults = problems.map(({ path, message }) => `${path} ${message ?? 'is not valid'}`).join('; ');
  return new MappingError('flow-settings-invalid', `The settings of the flow ${id} cannot be used: ${faults}`, {
    advice: "Correct them in the flow's settings, then retry.",
    fields: problems,
  });
}

/** A flow that an earlier release took. */
export function describeUnwritten(entity: string) {
  const message = `The target's vendor does not write ${entity} records`;
  return describeProblem('rejected', 'not-supported', message, 'Remove the flow, or switch it off.');
}

export function describeDuplicate(planned: PlannedDocument, hits: readonly FoundDocument[]): ErrorDetail {
  const numbers = hits.map((hit) => hit.targetNumber ?? hit.targetId).join(', ');
  return describeProblem(
    'duplicate',
    'duplicate',
    `The target holds ${hits.length} documents with the reference ${planned.externalRef}: ${numbers}`,
    'Cancel or re-reference all but one in the target, then retry.',
  );
}

export function describeSeveral(planned: PlannedDocument, hits: readonly FoundDocument[]): ErrorDetail {
  const ids = hits.map((hit) => hit.targetNumber ?? hit.targetId).join(', ');
  return describeProblem(
    'duplicate',
    'ambiguous-match',
    `The target holds ${hits.length} records that match this ${planned.role}: ${ids}`,
    'Leave one of them, or mark the others inactive in the target, then retry.',
  );
}

export function describeGone(planned: PlannedDocument, linked: LinkedDocument): ErrorDetail {
  const shown = linked.targetNumber ?? linked.targetId;
  return describeProblem(
    'notFound',
    'target-document-gone',
    linked.draft
      ? `The draft ${shown} of this ${planned.role} was removed or rejected in the target`
      : `The ${planned.role} ${shown} was delivered before, and is no longer in the target`,
    'Discard the delivery if that was on purpose; a forced retry creates the document again.',
  );
}

export function describeDoubt(planned: PlannedDocument): ErrorDetail {
  return describeProblem(
    'in-doubt',
    'unsettled',
    `An earlier request to create ${planned.externalRef} had no answer, and may still take effect`,
    'Nothing: the target is looked at again as soon as that request can no longer appear.',
  );
}

export function describePending(planned: PlannedDocument) {
  return planned.desired === 'cancelled'
    ? describeProblem(
        'accepted',
        'cancellation-pending',
        'Cancelled at its source, while the target holds it as a draft that nobody has approved or rejected yet',
        'Reject or remove the draft in the target; if it is approved instead, the document is cancelled then.',
      )
    : describeProblem(
        'accepted',
        'confirmation-pending',
        'The target took the document, and has yet to confirm it (approval draft)',
        'Approve it in the target; it is looked at again from time to time.',
      );
}

/** What the target has taken, and confirms by itself: a document, or a change of one that it has. */
export interface Taken {
  readonly isChange: boolean;
  readonly by: 'poll' | 'inbound';
  readonly untilMs: number;
}

export function describeAwaited(planned: PlannedDocument, { isChange, by, untilMs }: Taken) {
  const document = `${planned.role} ${planned.externalRef}`;
  const until = showTime(untilMs);
  const what = isChange
    ? `a change of the ${document}, and has until ${until} to carry it out`
    : `the ${document}, and has until ${until} to confirm it`;
  const waits = by === 'poll' ? 'it is asked from time to time' : 'its own connector reads the document there';
  return describeProblem(
    'accepted',
    'confirmation-pending',
    `The target took ${what}: ${waits}`,
    'Nothing: this delivery goes on by itself. After that time a person is asked.',
  );
}

export function describeOverdue(planned: PlannedDocument, { isChange, untilMs }: Taken): ErrorDetail {
  const document = `${planned.role} ${planned.externalRef}`;
  if (isChange)
    return describeProblem(
      'accepted',
      CONFIRMATION_OVERDUE,
      `The target took a change of the ${document}, and has not carried it out by ${showTime(untilMs)}`,
      'Look at that document in the target. If it is as it should be, or will not be changed, resolve the delivery by hand. Only if the change is lost, retry with force: it is sent again.',
    );
  return describeProblem(
    'accepted',
    CONFIRMATION_OVERDUE,
    `The target took the ${document}, and has not confirmed it by ${showTime(untilMs)}`,
    `Look for that reference in the target. If the document is there, let its connector read it (this delivery then goes on by itself), or resolve the delivery by hand. Only if it is not there and will not come, retry with createAnew: ["${planned.externalRef}"]: it is sent again.`,
  );
}

function showTime(ms: number): string {
  return new Date(ms).toISOString();
}

export function describeDifference(fields: readonly FieldProblem[]) {
  const paths = [...new Set(fields.map((field) => field.path))].join(', ');
  return describeProblem(
    'mismatch',
    'fields-differ',
    `The target holds something else than was sent: ${paths}`,
    'Compare both sides; correct the target or the mapping, then retry, or resolve it by hand.',
    fields,
  );
}

export function describeAmbiguity(dependency: TargetDependency, hits: readonly FoundDocument[]): ErrorDetail {
  const ids = hits.map((hit) => hit.targetNumber ?? hit.targetId).join(', ');
  return describeProblem(
    'duplicate',
    'ambiguous-match',
    `The target holds ${hits.length} records that could be ${dependency.entity} "${maskMatch(dependency.naturalKey)}": ${ids}`,
    `Leave one ${dependency.entity} with that key active in the target, or link the right one, or name one of them exactly at the source; then retry.`,
  );
}

/** Several records of the target became the one that the source's record refers to. */
export function describeSeveralCounterparts(
  { entity, naturalKey }: TargetDependency,
  found: readonly { readonly targetId: string }[],
): ErrorDetail {
  const ids = found.map(({ targetId }) => targetId).join(', ');
  return describeProblem(
    'duplicate',
    'ambiguous-counterpart',
    `${found.length} records of the target are ${entity} "${maskMatch(naturalKey)}" at the source: ${ids}`,
    `Where it is one ${entity} of the target alone, remove our reference from the others at the source, or discard what was delivered of them; else enter this by hand, and resolve the delivery.`,
  );
}

export function describeAbsence(waitingOn: readonly WaitingKey[]): ErrorDetail {
  // In quotes: a blank too many can be seen then.
  const names = waitingOn.map((key) => `${key.entity} "${key.match}"`).join(', ');
  const products = waitingOn.every(({ entity }) => entity === 'product');
  const lines = waitingOn.filter((key) => key.lines !== undefined);
  if (lines.length === waitingOn.length)
    return describeProblem(
      'waiting',
      'lines-absent',
      `The lines are not known yet of: ${lines.map((key) => `${key.entity} "${key.match}" (${key.lines?.join(', ')})`).join(', ')}`,
      'Nothing, while the delivery that brings them is under way: this one goes on when that one is done. If it is not, end that one first.',
    );
  if (waitingOn.every(({ counterpart }) => counterpart === true))
    return describeProblem(
      'waiting',
      'counterpart-absent',
      `Nothing of the target is known to be: ${names}`,
      "Nothing, if the target's own record is on its way to the source: this delivery goes on when it has arrived. If people entered it on both sides, give it the same number in the target.",
    );
  return describeProblem(
    'waiting',
    'dependency-absent',
    `Not in the target yet: ${names}`,
    products
      ? 'Correct the SKU at the source if the item is in the target under another one: blanks inside it count, and so does letter case unless the target connection says otherwise. If the item is new, add it there. This delivery then goes on by itself.'
      : 'Create it in the target, or let its own flow deliver it; this delivery then goes on by itself.',
  );
}

export function describeIncomplete(message: string): ErrorDetail {
  return describeProblem(
    'waiting',
    'states-incomplete',
    `The plan is based on states that are still being read from their topic: ${message}`,
    'Nothing: the delivery goes on by itself. Where it lasts, no active flow of that source collects them: a plan is based on the sources of active flows alone.',
  );
}

export function describeCancelledPrerequisite(entity: EntityName): ErrorDetail {
  return describeProblem('mapping', 'prerequisite-cancelled', `The ${entity} needed is cancelled at its source`, null);
}

/** SKUs are shown in full; an e-mail address only as far as needed to recognise it. */
export function maskMatch(naturalKey: string): string {
  const [name, domain] = naturalKey.split('@');
  if (name === undefined || domain === undefined) return naturalKey;
  return `${name.slice(0, 1)}***@${domain}`;
}
