import type { EntityName } from '@entrepot/canonical';
import type { Store } from '@entrepot/store';
import { listCollected, listEntities, type TargetDefinition } from '@entrepot/vendor-kit';
import type { CollectedPair } from '../states/keeper.ts';

/** Entities whose topics the router reads: those that are written, and those that plans are based on. */
export function listRouted({ entities }: Pick<TargetDefinition, 'entities'>): readonly EntityName[] {
  const written = listEntities(entities);
  return [...new Set([...written, ...written.flatMap((name) => listCollected({ entities }, name))])];
}

/** Returns what the active flows into connections of a vendor collect, as of the last change of any. */
export function followCollected(
  { flows, connections }: Pick<Store, 'flows' | 'connections'>,
  vendor: string,
  definition: Pick<TargetDefinition, 'entities'>,
): () => readonly CollectedPair[] {
  let known: readonly CollectedPair[] | null = null;
  const forget = (): void => {
    known = null;
  };
  flows.onChange(forget);
  connections.onChange(forget);
  const list = (): readonly CollectedPair[] => {
    const pairs = flows
      .snapshot()
      .filter(({ active, to }) => active && connections.find(to)?.vendor === vendor)
      .flatMap(({ entity, from }) =>
        listCollected(definition, entity).map((name) => ({ entity: name, connection: from })),
      );
    return [...new Map(pairs.map((pair) => [`${pair.entity}|${pair.connection}`, pair])).values()];
  };
  return () => {
    known ??= list();
    return known;
  };
}
