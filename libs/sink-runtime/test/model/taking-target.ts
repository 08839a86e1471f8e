import { defineTarget, type FoundDocument, type HandleAnswer, type TargetDefinition } from '@entrepot/vendor-kit';
import { etagOf, type ModelDocument } from '../../src/testing/model-document.ts';
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
  /** Whether it takes changes as well, and carries them out later. */
  takesChanges = false;
  /** Documents as they show while a change of them is to come, by id. */
  readonly #before = new Map<string, FoundDocument>();
  readonly #refusedChanges = new Set<string>();
  #changes = 0;

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

  /** Carries out every change that was taken. */
  carryOut(): void {
    this.#before.clear();
  }

  /** Refuses what it took under the handle of a change: the document stays as it was. */
  refuseChange(handle: string): void {
    const [, id = ''] = handle.split('/');
    const before = this.#before.get(id)?.body as ModelDocument;
    const at = this.model.documents.findIndex((document) => document.id === id);
    this.model.documents[at] = before;
    this.#before.delete(id);
    this.#refusedChanges.add(handle);
  }

  adapt(definition: TargetDefinition): TargetDefinition {
    const { order } = definition.entities;
    if (order === undefined) throw new TypeError('the model takes orders');
    const { withinMs } = this;
    const ofUpdates = this.takesChanges;
    const error = { kind: 'rejected', code: 'late', message: 'refused', advice: 'Correct it.', fields: [] };
    const isSeen = ({ targetId }: { readonly targetId: string | null }): boolean =>
      targetId !== null && this.made.has(targetId);
    const adapted: typeof order = {
      ...order,
      confirmation:
        this.by === 'inbound'
          ? { by: 'inbound', withinMs, ofUpdates }
          : {
              by: 'poll',
              withinMs,
              ofUpdates,
              poll: async (handle, client, call): Promise<HandleAnswer> => {
                const [kind, id = ''] = handle.split('/');
                if (this.#refusedChanges.has(handle)) return { status: 'refused', error };
                if (kind === 'change' && this.#before.has(id)) return { status: 'pending' };
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
        return found !== null && isSeen(found) ? (this.#before.get(targetId) ?? found) : null;
      },
      update: async (planned, current, client, call) => {
        const { targetId } = current;
        const taken = this.model.documents.find(({ id }) => id === targetId);
        const seen = this.takesChanges && taken !== undefined ? { ...current, etag: etagOf(taken) } : current;
        const outcome = await order.update(planned, seen, client, call);
        if (!this.takesChanges || outcome.status !== 'applied') return outcome;
        if (!this.#before.has(targetId)) this.#before.set(targetId, current);
        this.#changes += 1;
        return { status: 'accepted', handle: this.by === 'poll' ? `change/${targetId}/${this.#changes}` : null };
      },
    };
    return defineTarget({ ...definition, entities: { ...definition.entities, order: adapted } });
  }
}
