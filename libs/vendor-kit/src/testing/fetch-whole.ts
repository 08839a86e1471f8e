import type { EntityName } from '@entrepot/canonical';
import type { OpenSourceEntity } from '../source/open.ts';
import type { Fetched, ReadProgress } from '../source/records.ts';

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
