import { type FoundDocument, nameDocument, VendorError } from '@entrepot/vendor-kit';
import { describeLeft, describeNotCarriedOver } from '../notes.ts';
import { describeDoubt } from '../problems.ts';
import { endAccepted } from './accepted.ts';
import {
  awaitTaken,
  type DocumentTask,
  documentKey,
  findDocument,
  forgetIntent,
  linkKeyOf,
  lookUp,
  type Search,
  settleHits,
} from './find-document.ts';
import type { LinkVersion } from './link-edit.ts';
import { type AttemptResult, type AttemptScope, endAttempt, endInDoubt, failAttempt } from './outcomes.ts';

/**
 * Brings one document of the target to its plan, creating it at most once: known to the link → read and update; otherwise intent,
 * look-up by external reference, and only when that finds nothing (and nothing sent before can still appear) create. Ends
 * `delivered` or `unchanged` where it succeeds; the edit then knows the state it has seen last.
 */
export async function writeDocument(scope: AttemptScope, task: DocumentTask): Promise<AttemptResult> {
  const search = await findDocument(scope, task);
  return followSearch(scope, task, search);
}

async function followSearch(scope: AttemptScope, task: DocumentTask, search: Search): Promise<AttemptResult> {
  if ('ends' in search) return search.ends;
  const { current, lookedAtMicros, isOwn = false, isApplied = false, sent = null } = search;
  if (current === null) return createDocument(scope, task);
  const { mode, version } = task;
  // Made by this flow, so it is to be as planned.
  if (mode === 'create-only' && isOwn) return leaveUnchanged(task, current);
  if (version === null || mode === 'create-only' || mode === 'link-only')
    return { ...leaveUnchanged(task, current), error: describeLeft(task.planned, current, mode) };
  const { watched, edit } = task;
  const earlierHash = edit.earlierHash(task.planned);
  const planned = watched === null ? task.planned : await watched.settle(task.planned, current, { earlierHash, sent });
  // Sent once: a difference that is left is a person's matter.
  if (isApplied) return { ...leaveUnchanged({ ...task, planned }, current), outcome: 'delivered' };
  return updateDocument(scope, { ...task, planned, version }, current, lookedAtMicros);
}

async function createDocument(scope: AttemptScope, task: DocumentTask): Promise<AttemptResult> {
  const key = documentKey(task);
  let sentAtMicros: number | null = null;
  const onSend = (): void => {
    sentAtMicros = scope.clock.nowMicros();
    scope.access.unanswered.set(key, sentAtMicros);
  };
  try {
    const written = await scope.call('create', (call) => task.target.create(task.planned, call), onSend);
    scope.access.unanswered.delete(key);
    // Before anything else is written: nothing that fails may take the answer with it.
    task.edit.noteDocument(task.planned, written);
    const isUnsaid = written.lines === undefined && task.planned.lines === undefined && 'lines' in scope.entity;
    if (isUnsaid) task.edit.linesUnsaid.add(nameDocument(task.planned));
    if (written.targetId !== null) await task.watched?.noteCreated(task.planned, written.targetId, null);
    if (written.status === 'created') return endAttempt('delivered');
    return endAccepted(scope, task);
  } catch (error) {
    const answered = error instanceof VendorError && !error.answerUnknown;
    if (answered || sentAtMicros === null) {
      scope.access.unanswered.delete(key);
      const first = await findRefusing(scope, task, error);
      if (first !== null) return followSearch(scope, task, first);
      forgetIntent(scope, task);
      throw error;
    }
    if (!(error instanceof VendorError)) throw error;
    if (task.target.confirmation?.by === 'inbound') return awaitTaken(scope, task);
    task.edit.noteUnanswered(task.planned, sentAtMicros);
    const notBeforeMicros = sentAtMicros + task.target.visibleWithinMs * 1_000;
    return endInDoubt(notBeforeMicros, error.toDetail());
  }
}

/**
 * A target that holds one document of a reference refused a second one: the first is the document. Null: refused for
 * another reason.
 */
async function findRefusing(scope: AttemptScope, task: DocumentTask, error: unknown): Promise<Search | null> {
  if (task.target.guard !== 'unique' || !(error instanceof VendorError) || error.kind !== 'conflict') return null;
  const lookedAtMicros = scope.clock.nowMicros();
  const sent = task.edit.document(task.planned)?.intent?.expected ?? null;
  const found = settleHits(scope, task, await lookUp(scope, task), lookedAtMicros);
  return found === null ? null : { ...found, sent };
}

async function updateDocument(
  scope: AttemptScope,
  task: DocumentTask & { readonly version: LinkVersion },
  current: FoundDocument,
  lookedAtMicros: number,
): Promise<AttemptResult> {
  const { unansweredUpdates } = scope.access;
  const key = documentKey(task);
  const { version } = task.version;
  const visibleWithinMicros = task.target.visibleWithinMs * 1_000;
  for (const earlierKey of [key, linkKeyOf(task.edit.key)]) {
    const earlier = unansweredUpdates.get(earlierKey);
    if (earlier === undefined || lookedAtMicros >= earlier.sentAtMicros + visibleWithinMicros) continue;
    // A late commit of the earlier request must not overwrite what we conclude or send now: continue only if it was the
    // same version and has taken effect. Another version that looks as planned proves nothing, since the earlier one
    // may still replace it.
    const isThere =
      earlier.version === version && task.target.compare(task.planned, current, scope.flow.settings).length === 0;
    if (!isThere) return endInDoubt(earlier.sentAtMicros + visibleWithinMicros, describeDoubt(task.planned));
  }
  let sentAtMicros: number | null = null;
  const onSend = (): void => {
    sentAtMicros = scope.clock.nowMicros();
    unansweredUpdates.set(key, { sentAtMicros, version });
  };
  await task.edit.announce(task.version);
  try {
    const outcome = await scope.call('update', (call) => task.target.update(task.planned, current, call), onSend);
    unansweredUpdates.delete(key);
    if (outcome.status === 'refused') return failAttempt(outcome.error);
    if (outcome.status === 'accepted') {
      task.edit.noteChangeAccepted(task.planned, { handle: outcome.handle ?? null, version });
      return endAccepted(scope, task);
    }
    const { status, notCarriedOver = [] } = outcome;
    const error = notCarriedOver.length === 0 ? null : describeNotCarriedOver(notCarriedOver);
    const lines = outcome.lines ?? task.planned.lines;
    task.edit.noteLines(task.planned, lines);
    // A target that tells its lines to readers has numbered new ones itself.
    const isUnsaid = status === 'applied' && lines === undefined && current.lines !== undefined;
    if (isUnsaid) task.edit.linesUnsaid.add(nameDocument(task.planned));
    const result = status === 'unchanged' ? leaveUnchanged(task, current) : endAttempt('delivered');
    return { ...result, error };
  } catch (error) {
    const isAnswered = error instanceof VendorError && !error.answerUnknown;
    if (sentAtMicros === null || isAnswered) await task.watched?.forget(task.planned, current.targetId);
    if (!(error instanceof VendorError) || sentAtMicros === null) throw error;
    if (!error.answerUnknown) {
      unansweredUpdates.delete(key);
      throw error;
    }
    return endInDoubt(sentAtMicros + visibleWithinMicros, error.toDetail());
  }
}

function leaveUnchanged({ edit, planned }: DocumentTask, current: FoundDocument): AttemptResult {
  edit.noteState(planned, current);
  edit.noteLines(planned, current.lines);
  return endAttempt('unchanged');
}
