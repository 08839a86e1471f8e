import { createGroupedReader, type GroupedReader, withDeadline } from '@entrepot/store';

/** The driver can wait for ever for a connection that broke at the wrong moment; one such read must not stop all others. */
const DEADLINE_MS = 10_000;

/** Answers questions that come one by one with one query for all that gathered while the last one was under way. */
export function gatherLookups<Q, A>(
  answerAll: (questions: readonly Q[]) => Promise<(question: Q) => A>,
): GroupedReader<Q, A> {
  return createGroupedReader({
    readBatch: (questions) => withDeadline(answerAll(questions), DEADLINE_MS),
    maxUnderWay: 1,
  });
}
