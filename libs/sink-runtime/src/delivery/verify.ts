import type { FieldProblem } from '@entrepot/canonical';
import { type FoundDocument, type OpenEntity, type PlannedDocument, VendorError } from '@entrepot/vendor-kit';
import type { LinkEdit } from './link-edit.ts';
import type { AttemptScope } from './scope.ts';
import type { DocumentResult } from './write-document.ts';

export interface WrittenPlan {
  readonly planned: PlannedDocument;
  readonly result: DocumentResult;
}

export interface Verification {
  readonly problems: readonly FieldProblem[];
  /** Hash of the first document's state in the target, for the echo guard. */
  readonly stateHash: string | null;
}

/** Whether this delivery is read back: as the flow says, else as the target does by default. */
export function mustVerify(scope: AttemptScope, target: OpenEntity): boolean {
  return scope.flow.settings.verify ?? target.verifyByDefault;
}

/** Reads back what was written and compares it with the plan: mapped fields and totals, within the flow's tolerance. */
export async function verifyDocuments(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  written: readonly WrittenPlan[],
): Promise<Verification> {
  const problems: FieldProblem[] = [];
  let stateHash: string | null = null;
  for (const { planned, result } of written) {
    if (result.status === 'absent') continue;
    const current = await readBack(scope, target, edit, planned, result);
    noteNumber(edit, planned, current);
    stateHash ??= target.stateHash(planned, current);
    const expected = new Set(listNotCarriedOver([{ planned, result }]).map(({ path }) => path));
    problems.push(...target.compare(planned, current, scope.flow.settings).filter(({ path }) => !expected.has(path)));
  }
  return { problems, stateHash };
}

/** Differences that remain because of the target's state and have no effect. */
export function listNotCarriedOver(written: readonly WrittenPlan[]): FieldProblem[] {
  return written.flatMap(({ result }) => ('notCarriedOver' in result ? [...(result.notCarriedOver ?? [])] : []));
}

/**
 * Without verification: reads the number of the created document when the target's answer did not contain it. The write
 * itself is done.
 */
export async function readNumbers(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  written: readonly WrittenPlan[],
): Promise<void> {
  for (const { planned, result } of written) {
    const document = edit.document(planned);
    if (result.status !== 'created' || document === null || document.targetId === null) continue;
    if (document.targetNumber !== null) continue;
    const { targetId } = document;
    try {
      const current = await scope.call('read', (call) => target.read(planned, targetId, call));
      if (current !== null) noteNumber(edit, planned, current);
    } catch (error) {
      // Without a number, people know the document by its id. An error here must not fail a write that succeeded.
      if (!(error instanceof VendorError)) throw error;
    }
  }
}

function noteNumber(edit: LinkEdit, planned: PlannedDocument, current: FoundDocument): void {
  const document = edit.document(planned);
  if (document !== null && document.targetId === current.targetId && document.targetNumber !== current.targetNumber)
    edit.noteDocument(planned, current);
}

async function readBack(
  scope: AttemptScope,
  target: OpenEntity,
  edit: LinkEdit,
  planned: PlannedDocument,
  result: DocumentResult,
): Promise<FoundDocument> {
  if (result.status === 'unchanged' && result.current !== null) return result.current;
  const targetId = edit.document(planned)?.targetId ?? null;
  const current =
    targetId === null
      ? ((await scope.call('find', (call) => target.find(planned, call)))[0] ?? null)
      : await scope.call('read', (call) => target.read(planned, targetId, call));
  if (current !== null) return current;
  throw new VendorError('unexpected', `The ${planned.role} was written, but cannot be read back yet`, {
    code: 'not-readable',
    advice: 'Nothing, unless it lasts: then look for the document in the target.',
  });
}
