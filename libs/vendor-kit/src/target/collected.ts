import { type EntityName, type EntityOf, eventKey } from '@entrepot/canonical';
import type { CollectKey, MapContext } from './entity.ts';

/** A key as text: equal for equal keys. */
export function nameCollectKey(key: CollectKey): string {
  if ('sourceKey' in key) return `${key.entity}|${key.sourceKey}`;
  return `${key.entity}|${key.connection}|${key.orderingKey.entity}|${eventKey(key.connection, key.orderingKey.sourceId)}`;
}

/** Answers a plan's questions with what was read for its keys, by {@link nameCollectKey}. */
export function answerCollected(states: ReadonlyMap<string, readonly EntityOf<EntityName>[]>): MapContext['collected'] {
  return <C extends EntityName>(key: CollectKey<C>): readonly EntityOf<C>[] => {
    const found = states.get(nameCollectKey(key));
    if (found === undefined) throw new TypeError(`the plan asks for states of ${key.entity} that it did not collect`);
    return found as readonly EntityOf<C>[];
  };
}
