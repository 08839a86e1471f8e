import type { Conditions } from '../infrastructure/conditions.ts';
import { ERP, type OrderPart, OUTLET, SHOP, type SimEntity } from '../models/records.ts';
import type { SourceSystem } from '../models/source-system.ts';
import type { TargetDocument } from '../models/target-document.ts';
import type { TargetSystem } from '../models/target-system.ts';
import type { FulfilmentPlan, MadePlan, PartOfOrder } from '../plan/fulfilment.ts';
import { stampNow } from './stamps.ts';

interface FulfilmentConditions extends Conditions {
  readonly outlet: SourceSystem;
  readonly catalogue: SourceSystem;
  readonly erp: TargetSystem;
  announceChange(connection: string, entity: SimEntity, sourceId: string): void;
}

const NONE = { email: null, customer: null, sku: null, variant: null, parts: [] };
const CONNECTIONS = { shop: SHOP, outlet: OUTLET } as const;

/** The work of the ERP's people on orders: goods that they send, and invoices that they write. */
export class Fulfilment {
  readonly #world: FulfilmentConditions;
  readonly #plan: FulfilmentPlan;
  #due: readonly MadePlan[];

  constructor(world: FulfilmentConditions, plan: FulfilmentPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#due = plan.made;
  }

  /** Orders of the second shop. They never change: what matters is that their ids are the first one's. */
  planOutlet(): void {
    const { clock, outlet } = this.#world;
    for (const [index, changesAtMs] of this.#plan.outlet.entries())
      for (const [change, atMs] of changesAtMs.entries()) {
        const id = `o${index}`;
        const content = `Outlet-${id}-${change}`;
        const lines = ['1', '2', '3'];
        clock.schedule(atMs, () => {
          outlet.change({ ...NONE, entity: 'order', id, content, cancelled: false, lines, ...stampNow(this.#world) });
          this.#world.announceChange(OUTLET, 'order', id);
        });
      }
  }

  /** The ERP has one more order. */
  noteOrder(): void {
    const ready = this.#due.filter(({ parts }) => parts.every((part) => this.#find(part) !== undefined));
    this.#due = this.#due.filter((each) => !ready.includes(each));
    for (const made of ready) this.#world.clock.schedule(made.afterMs, () => this.#make(made, 0));
  }

  #make(made: MadePlan, change: number): void {
    const orders = made.parts.map((part) => this.#find(part));
    // Nobody sends goods for an order that is cancelled before.
    if (change === 0 && orders.some((order) => order?.cancelled)) return;
    const { entity, id, parts, changesAfterMs } = made;
    const isLast = change === changesAfterMs.length;
    const cancelled = made.cancelled && isLast && change > 0;
    const state = { ...NONE, entity, id, content: `${id}-${change}`, cancelled };
    this.#world.catalogue.change({
      ...state,
      orders: parts.flatMap((part) => this.#describe(part, change)),
      ...stampNow(this.#world),
    });
    this.#world.announceChange(ERP, entity, id);
    const nextMs = changesAfterMs[change];
    if (nextMs !== undefined) this.#world.clock.schedule(nextMs, () => this.#make(made, change + 1));
  }

  /** As the ERP numbers the lines; each change corrects the quantities. */
  #describe(part: PartOfOrder, change: number): OrderPart[] {
    const order = this.#find(part);
    if (order === undefined) return [];
    const lines = part.lines.flatMap(({ id, quantity }) => {
      const line = order.lines.find(({ source }) => source === id);
      return line === undefined ? [] : [{ line: line.target, quantity: quantity + change }];
    });
    return [{ id: order.id, reference: this.#plan.showsReferences ? order.ref : null, lines }];
  }

  #find({ shop, order }: PartOfOrder): TargetDocument | undefined {
    const reference = `${CONNECTIONS[shop]}/o${order}`;
    return this.#world.erp.documents.find(
      ({ entity, ref, entered }) => entity === 'order' && ref === reference && entered !== false,
    );
  }
}
