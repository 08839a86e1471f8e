import { contentHash, type EntityName } from '@entrepot/canonical';
import type { OpenSourceEntity } from '../../source/open.ts';
import type { Fetched, Hint, ReadProgress } from '../../source/records.ts';

/** Fetches until every record is whole, handing back what was read of each, as the runtime does. */
export async function fetchWhole<E extends EntityName>(
  records: Pick<OpenSourceEntity<E>, 'fetch'>,
  sourceIds: readonly string[],
  signal: AbortSignal,
): Promise<Fetched<E>[]> {
  const whole: Fetched<E>[] = [];
  const progress = new Map<string, ReadProgress>();
  for (let wanted = [...sourceIds]; wanted.length > 0; ) {
    const results = await records.fetch(wanted, signal, { progress, begins: () => {} });
    wanted = [];
    for (const result of results) {
      progress.delete(result.sourceId);
      if (result.status !== 'unfinished') {
        whole.push(result);
        continue;
      }
      wanted.push(result.sourceId);
      if (result.progress !== null) progress.set(result.sourceId, result.progress);
    }
  }
  return whole;
}

/** Reads all pages of a poll. */
export async function pollAll(
  records: OpenSourceEntity,
  cursor: string | null,
): Promise<{ hints: Hint[]; cursor: string | null }> {
  const hints: Hint[] = [];
  let last = cursor;
  for await (const page of records.poll(cursor, null, AbortSignal.timeout(20_000))) {
    hints.push(...page.hints);
    last = page.cursor;
  }
  return { hints, cursor: last };
}

/** @throws unless there is exactly one */
export function single<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length !== 1) throw new Error(`one result is expected, there are ${items.length}`);
  return item;
}

/** @throws unless it was found */
export function found<E extends EntityName>(result: Fetched<E>): Extract<Fetched<E>, { status: 'found' }> {
  if (result.status !== 'found') throw new Error(`expected to be found: ${JSON.stringify(result)}`);
  return result;
}

/** Equal for results that are alike. */
export function describeResult<E extends EntityName>(entity: E, result: Fetched<E>): string {
  return result.status === 'found' ? contentHash(entity, result.entity) : JSON.stringify(result);
}
