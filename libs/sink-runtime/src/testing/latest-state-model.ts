import type { CollectedState, KeptState, StatesWanted } from '@entrepot/store';
import type { LatestStates } from '../ports.ts';

type Named = Pick<KeptState, 'vendor' | 'entity' | 'connection' | 'sourceId'>;

/** The store's latest states in memory, by the rules of the store. */
export class LatestStateModel implements LatestStates {
  readonly kept = new Map<string, KeptState>();
  readonly erased = new Map<string, bigint>();
  complete = true;

  async keep(state: KeptState): Promise<void> {
    const name = nameOf(state);
    const known = this.kept.get(name);
    if ((this.erased.get(name) ?? -1n) >= state.offset) return;
    if (
      known !== undefined &&
      (known.version > state.version || (known.version === state.version && known.offset > state.offset))
    )
      return;
    this.kept.set(name, state);
    this.erased.delete(name);
  }

  async erase(record: Named & Pick<KeptState, 'offset'>): Promise<void> {
    const name = nameOf(record);
    if ((this.kept.get(name)?.offset ?? -1n) >= record.offset) return;
    this.kept.delete(name);
    this.erased.set(name, record.offset);
  }

  async collect(wanted: StatesWanted, limit: number): Promise<CollectedState[]> {
    return [...this.kept]
      .filter(([, state]) => !state.deleted && isWanted(state, wanted))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .slice(0, limit)
      .map(([, { sourceId, value }]) => ({ sourceId, value }));
  }

  async isComplete(): Promise<boolean> {
    return this.complete;
  }
}

function nameOf({ vendor, entity, connection, sourceId }: Named): string {
  return `${vendor}|${entity}|${connection}/${sourceId}`;
}

function isWanted(state: KeptState, wanted: StatesWanted): boolean {
  if (state.vendor !== wanted.vendor || state.entity !== wanted.entity || state.connection !== wanted.connection)
    return false;
  if ('sourceId' in wanted) return state.sourceId === wanted.sourceId;
  const { entity, sourceId } = state.orderingKey ?? state;
  return entity === wanted.orderingKey.entity && sourceId === wanted.orderingKey.sourceId;
}
