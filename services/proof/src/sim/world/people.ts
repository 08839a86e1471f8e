import { type Part, SHOP, type SimState, type VariantRef } from '../models/records.ts';
import type { SourceSystem } from '../models/source-system.ts';
import type { PartPlan } from '../plan/parts.ts';
import type { OrderPlan, Plan } from '../plan/plan.ts';
import type { ProductPlan } from '../plan/scenarios.ts';
import { planSharedPeople } from './shared-people.ts';
import { stampNow } from './stamps.ts';
import type { World } from './world.ts';

const NONE = { email: null, cancelled: false, customer: null, sku: null, variant: null };

/** The actions of people in the shop and the ERP, as the plan says: records made and changed, items created. */
export function planPeople(world: World): void {
  const { plan, clock, random } = world;
  for (let index = 0; index < plan.customers; index += 1) {
    const id = `c${index}`;
    world.customers.set(id, { email: `${id}@example.com`, content: `Name-${index}` });
    clock.schedule(random.between(0, plan.troubleMs), () => world.announceChange(SHOP, 'customer', id));
    if (random.chance(0.4)) clock.schedule(random.between(0, plan.troubleMs), () => renameCustomer(world, id));
  }
  for (const [index, order] of plan.orders.entries()) planOrder(world, index, order);
  for (const [index, product] of plan.scenarios.products.entries())
    planProduct(world, world.shop, `p${index}`, product);
  for (const [index, product] of plan.scenarios.catalogue.entries())
    planProduct(world, world.catalogue, `e${index}`, product);
  world.fulfilment?.planOutlet();
  planSharedPeople(world);
}

function renameCustomer(world: World, id: string): void {
  const known = world.customers.get(id);
  if (known === undefined) return;
  world.customers.set(id, { ...known, content: `${known.content}-Renamed` });
  world.announceChange(SHOP, 'customer', id);
}

function planOrder(world: World, index: number, order: OrderPlan): void {
  const { clock, erp, plan } = world;
  const id = `o${index}`;
  const sku = order.itemAtMs === null ? null : `sku-${index}`;
  if (order.itemAtMs !== null) clock.schedule(order.itemAtMs, () => void erp.items.add(sku ?? ''));
  const customer =
    order.customer === null ? null : { id: `c${order.customer}`, email: `c${order.customer}@example.com` };
  const variant = variantOf(plan, index);
  const payments = plan.scenarios.payments[index] ?? [];
  for (const [change, atMs] of order.changesAtMs.entries()) {
    const last = change === order.changesAtMs.length - 1;
    const content = order.reverts && last && change >= 2 ? `${id}-Change-${change - 2}` : `${id}-Change-${change}`;
    const cancelled = order.cancelled && last && change > 0;
    const parts = partsAt('payment', change, payments);
    const lines = linesAt(plan, index, change);
    clock.schedule(atMs, () => {
      const state = {
        ...NONE,
        entity: 'order',
        id,
        content,
        cancelled,
        customer,
        sku,
        variant,
        parts,
        ...lines,
      } as const;
      world.shop.change({ ...state, ...stampNow(world) });
      world.announceChange(SHOP, 'order', id);
    });
  }
}

function planProduct(world: World, source: SourceSystem, id: string, { changesAtMs, variants }: ProductPlan): void {
  for (const [change, atMs] of changesAtMs.entries()) {
    const parts = partsAt('variant', change, variants);
    world.clock.schedule(atMs, () => {
      source.change({ ...NONE, entity: 'product', id, content: `${id}-${change}`, parts, ...stampNow(world) });
      world.announceChange(source.connection, 'product', id);
    });
  }
}

/** The parts of a record after one of its changes; each changes once itself, two changes after it appears. */
function partsAt(role: string, change: number, parts: readonly PartPlan[]): Part[] {
  return parts
    .filter(({ fromChange }) => change >= fromChange)
    .map(({ id, fromChange }) => ({
      role,
      subId: id,
      content: `${id}-${change < fromChange + 2 ? 'new' : 'changed'}`,
    }));
}

/** The lines of an order after one of its changes, in the runs in which it has any. */
function linesAt({ scenarios }: Plan, order: number, change: number): Pick<SimState, 'lines'> {
  const lines = scenarios.fulfilment?.lines[order];
  return lines === undefined
    ? {}
    : { lines: lines.filter(({ fromChange }) => change >= fromChange).map(({ id }) => id) };
}

function variantOf({ scenarios }: Plan, order: number): VariantRef | null {
  const sold = scenarios.variants[order] ?? null;
  return sold === null ? null : { product: `p${sold.product}`, id: sold.id };
}
