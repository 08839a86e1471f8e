import { withDeadline } from '@entrepot/store';

interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/** The driver can wait for ever for a connection that broke at the wrong moment; one such read must not stop all others. */
const DEADLINE_MS = 10_000;
const MOST_A_QUERY = 500;

/** Answers questions that come one by one with one query for all that gathered while the last one was under way. */
export class GatheredLookup<Q, A> {
  private readonly answerAll: (questions: readonly Q[]) => Promise<(question: Q) => A>;
  private waiting: Waiting<Q, A>[] = [];
  private running = false;

  /** @param answerAll looks all of them up; what it gives answers each */
  constructor(answerAll: (questions: readonly Q[]) => Promise<(question: Q) => A>) {
    this.answerAll = answerAll;
  }

  /** @throws what MongoDB throws; may be asked again then */
  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      if (this.running) return;
      this.running = true;
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, MOST_A_QUERY);
      try {
        const answer = await withDeadline(this.answerAll(group.map(({ question }) => question)), DEADLINE_MS);
        for (const { question, resolve } of group) resolve(answer(question));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.running = false;
  }
}

/** The questions that share a name, together: one query each. */
export function groupBy<Q>(questions: readonly Q[], nameOf: (question: Q) => string): readonly (readonly Q[])[] {
  const groups = new Map<string, Q[]>();
  for (const question of questions) {
    const group = groups.get(nameOf(question));
    if (group === undefined) groups.set(nameOf(question), [question]);
    else group.push(question);
  }
  return [...groups.values()];
}
