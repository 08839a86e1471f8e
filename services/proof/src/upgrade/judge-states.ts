import type { Finding } from '../chaos/oracle/verdict.ts';
import type { StandingState } from './topic-reader.ts';

/** The last state of each record. */
export function lastStates(states: readonly StandingState[]): ReadonlyMap<string, StandingState> {
  return new Map(states.map((state) => [state.record, state]));
}

/** Records whose last state stands in an older schema. */
export function countOlder(states: readonly StandingState[]): number {
  return [...lastStates(states).values()].filter(({ isOlder }) => isOlder).length;
}

/**
 * Problems of republished states: each record that the release left behind has its last state again, once, with the next version and the
 * same content, as a snapshot that names what it repeats; nothing else was published.
 */
export function judgeStates(before: ReadonlyMap<string, StandingState>, after: readonly StandingState[]): Finding[] {
  const findings: Finding[] = [];
  const fault = (id: string, what: string): void => void findings.push({ id, what });
  for (const [record, state] of before) {
    const news = after.filter((other) => other.record === record && other.version > state.version);
    const [repetition] = news;
    if (repetition === undefined) fault(record, `stands in its older schema, version ${state.version}`);
    else if (news.length > 1) fault(record, `was published ${news.length} times after the upgrade`);
    else if (repetition.isOlder) fault(record, 'was published in the older schema after the upgrade');
    else if (repetition.contentHash !== state.contentHash) fault(record, 'has another content after the upgrade');
    else if (repetition.deleted !== state.deleted) fault(record, 'is deleted before or after, not both');
    else if (repetition.version !== state.version + 1 || repetition.repeats !== state.version || !repetition.snapshot)
      fault(record, `version ${repetition.version} repeats ${repetition.repeats}, not ${state.version} as a snapshot`);
  }
  const records = new Set(after.map(({ record }) => record));
  for (const record of records) if (!before.has(record)) fault(record, 'is new after the upgrade');
  return findings;
}
