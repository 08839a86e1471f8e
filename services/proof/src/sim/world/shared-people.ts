import { SHARED_FIELDS, type SharedField, type SharedProductPlan, type Side } from '../plan/shared-products.ts';
import type { World } from './world.ts';

/** The actions of people on products that both systems have: entered in one, changed in both. */
export function planSharedPeople(world: World): void {
  for (const [index, product] of (world.plan.scenarios.shared?.products ?? []).entries())
    planProduct(world, index, product);
}

function planProduct(world: World, index: number, { enteredIn, atMs, edits }: SharedProductPlan): void {
  const { clock, sharedChecks } = world;
  const type = (side: Side, field: SharedField, change: number): string =>
    `${side === 'shop' ? 'Shop' : 'Erp'}-${index}-${field}-${change}`;
  clock.schedule(atMs, () => {
    const fields = { name: type(enteredIn, 'name', 0), price: type(enteredIn, 'price', 0) };
    const id = systemOf(world, enteredIn).shared.enter(fields);
    sharedChecks.noteEntered(index, enteredIn, id, fields);
  });
  for (const [number, { side, fields, atMs: editedAtMs }] of edits.entries())
    clock.schedule(editedAtMs, () => {
      const row = sharedChecks.findRow(index, side);
      // Nobody changes what is not there yet.
      if (row === null) return;
      const texts = SHARED_FIELDS.filter((field) => fields.includes(field)).map((field) => [
        field,
        type(side, field, number + 1),
      ]);
      const change = Object.fromEntries(texts);
      world.note(() => `in ${side} a person changes ${row.id}: ${JSON.stringify(change)}`);
      sharedChecks.noteEdit(index, side, change);
      systemOf(world, side).shared.edit(row.id, change);
    });
}

function systemOf({ storefront, erp }: World, side: Side): World['erp'] {
  return side === 'shop' ? storefront : erp;
}
