import { defineTarget, type HandleAnswer, type TargetDefinition } from '@entrepot/vendor-kit';
import type { TargetModel } from '../../src/testing/target-model.ts';

/** A target that only takes orders: nothing is seen of them before it makes documents of them. */
export class TakingTarget {
  readonly model: TargetModel;
  readonly by: 'poll' | 'inbound';
  readonly withinMs: number;
  /** Ids of what was taken, and is a document by now. */
  readonly made = new Set<string>();
  readonly refused = new Set<string>();
  /** Whether its answer has an id beside the handle, which is taken back with a refusal. */
  givesIds = false;

  constructor(model: TargetModel, by: 'poll' | 'inbound', withinMs: number) {
    this.model = model;
    this.by = by;
    this.withinMs = withinMs;
  }

  /** Makes documents of all that was taken. */
  make(): void {
    for (const { id } of this.model.documents) this.made.add(id);
  }

  /** Refuses what it took under a handle. */
  refuse(handle: string): void {
    const id = handle.replace('queue/', '');
    this.refused.add(id);
    const at = this.model.documents.findIndex((document) => document.id === id);
    if (at >= 0) this.model.documents.splice(at, 1);
  }

  adapt(definition: TargetDefinition): TargetDefinition {
    const { order } = definition.entities;
    if (order === undefined) throw new TypeError('the model takes orders');
    const { withinMs } = this;
    const isSeen = ({ targetId }: { readonly targetId: string | null }): boolean =>
      targetId !== null && this.made.has(targetId);
    const adapted: typeof order = {
      ...order,
      confirmation:
        this.by === 'inbound'
          ? { by: 'inbound', withinMs }
          : {
              by: 'poll',
              withinMs,
              poll: async (handle, client, call): Promise<HandleAnswer> => {
                const id = handle.replace('queue/', '');
                const error = { kind: 'rejected', code: 'late', message: 'refused', advice: 'Correct it.', fields: [] };
                const document = await order.read({ role: 'order', subId: null }, id, client, call);
                if (this.refused.has(id)) return { status: 'refused', error };
                if (document === null || !this.made.has(id)) return { status: 'pending' };
                return { status: 'confirmed', document };
              },
            },
      create: async (planned, client, call) => {
        const { targetId } = await order.create(planned, client, call);
        const handle = this.by === 'poll' ? `queue/${targetId}` : null;
        return { targetId: this.givesIds ? targetId : null, targetNumber: null, status: 'accepted', handle };
      },
      find: async (planned, client, call) => (await order.find(planned, client, call)).filter(isSeen),
      read: async (document, targetId, client, call) => {
        const found = await order.read(document, targetId, client, call);
        return found !== null && isSeen(found) ? found : null;
      },
    };
    return defineTarget({ ...definition, entities: { ...definition.entities, order: adapted } });
  }
}
