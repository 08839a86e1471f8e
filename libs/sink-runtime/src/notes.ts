import type { ErrorDetail, FieldProblem } from '@entrepot/canonical';
import type { WriteMode } from '@entrepot/mapping';
import type { FoundDocument, PlannedDocument, TargetDependency } from '@entrepot/vendor-kit';
import { describeProblem } from './problems.ts';

// What deliveries that end well say of what they left as it is, in words.

/** Code of the note that differences remain because of the target's state, and have no effect. */
export const NOT_CARRIED_OVER = 'not-carried-over';

export function describeNotCarriedOver(fields: readonly FieldProblem[]) {
  const names = fields.map(({ path }) => path).join(', ');
  return describeProblem(
    'note',
    NOT_CARRIED_OVER,
    `The target's document takes no change there any more, and stays as it is in: ${names}`,
    null,
    fields,
  );
}

/** Code of the note that the target has no such document, and the flow makes none. */
export const NOT_IN_TARGET = 'not-in-target';

export function describeNotInTarget({ role }: PlannedDocument, mode: WriteMode) {
  const kept = mode === 'link-only' ? 'links what is there' : 'changes what is there';
  return describeProblem(
    'note',
    NOT_IN_TARGET,
    `The target has no ${role} of this record, and the flow only ${kept} (${mode})`,
    'Retry it once the target has it, or let the flow create it (writeMode).',
  );
}

/** The note that a document is left as it is, because the flow does not change what is there. */
export function describeLeft({ role }: PlannedDocument, { targetNumber, targetId }: FoundDocument, mode: WriteMode) {
  const done = mode === 'link-only' ? 'only links it' : 'only creates';
  return describeProblem(
    'note',
    'exists-already',
    `The target has the ${role} already (${targetNumber ?? targetId}); the flow ${done} (${mode}), so it is left as it is`,
    null,
  );
}

/** The note that a record is about records of other connections alone, and nothing of it is written. */
export function describeElsewhere(
  found: readonly { readonly dependency: TargetDependency; readonly keys: readonly string[] }[],
): ErrorDetail {
  const names = found.map(
    ({ dependency, keys }) => `${dependency.entity} "${dependency.sourceKey}" is ${keys.join(', ')}`,
  );
  return describeProblem(
    'note',
    'counterpart-elsewhere',
    `It is of other connections, so nothing of it is written here: ${names.join('; ')}`,
    null,
  );
}

/** Codes of the notes on fields that were changed on both sides: the target's stay, or the source's replace them. */
export const TARGET_KEPT = 'target-kept';
export const TARGET_OVERWRITTEN = 'target-overwritten';

/** What was decided about fields that were changed on both sides; null: none was. */
export function describeSides(lost: readonly FieldProblem[], overwritten: readonly FieldProblem[]): ErrorDetail | null {
  const name = (fields: readonly FieldProblem[]): string => [...new Set(fields.map(({ path }) => path))].join(', ');
  const words = [
    ...(lost.length === 0 ? [] : [`the target keeps its own change of: ${name(lost)}`]),
    ...(overwritten.length === 0 ? [] : [`the source's change replaces the target's in: ${name(overwritten)}`]),
  ];
  if (words.length === 0) return null;
  return describeProblem(
    'note',
    lost.length === 0 ? TARGET_OVERWRITTEN : TARGET_KEPT,
    `Changed on both sides since the last delivery: ${words.join('; ')}`,
    'The source of truth in the settings of the flow decides, for each group of fields.',
    [...lost, ...overwritten],
  );
}
