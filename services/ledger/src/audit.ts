import type { Actor } from './access/tokens.ts';
import { Problem } from './problem.ts';
import type { LedgerStore } from './store/collections.ts';
import { newTimeId } from './store/documents.ts';

/** Ids in paths may be as long as callers like. */
const MAX_SUBJECT_CHARS = 500;

export interface AuditedAction {
  readonly actor: Actor | undefined;
  readonly action: string;
  readonly subject: string;
  readonly reason: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Runs an action that a person asked for and appends who, what, why and its result; a refusal is recorded like a success. */
export async function writeAudit<T>(
  store: LedgerStore,
  now: () => Date,
  { actor, action, subject, reason, details }: AuditedAction,
  work: (by: string) => Promise<T>,
): Promise<T> {
  const label = actor?.label ?? 'unknown';
  const write = (outcome: string) =>
    store.audit.insertOne({
      _id: newTimeId(now().getTime()),
      at: now(),
      actor: label,
      role: actor?.role ?? 'none',
      action,
      subject: subject.slice(0, MAX_SUBJECT_CHARS),
      reason,
      outcome,
      details,
    });
  try {
    const result = await work(label);
    await write('done');
    return result;
  } catch (error) {
    await write(error instanceof Problem ? `refused: ${error.code}` : 'error');
    throw error;
  }
}
