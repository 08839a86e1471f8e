import type { Random } from './random.ts';

/** A field of a product that both systems have; each is a group of its own in their flows. */
export const SHARED_FIELDS = ['name', 'price'] as const;
export type SharedField = (typeof SHARED_FIELDS)[number];
export type Side = 'shop' | 'erp';

interface SharedEditPlan {
  readonly side: Side;
  readonly fields: readonly SharedField[];
  readonly atMs: number;
}

export interface SharedProductPlan {
  readonly enteredIn: Side;
  readonly atMs: number;
  readonly edits: readonly SharedEditPlan[];
}

/** Products that people change in the shop and in the ERP, with a flow each way. */
export interface SharedPlan {
  readonly products: readonly SharedProductPlan[];
  /** Whose change of a field counts where both made one; null: whose was made later. */
  readonly owners: Readonly<Record<SharedField, Side>> | null;
  /** The flows that say so, each by where it begins: the other one follows. */
  readonly saidBy: readonly Side[];
}

/** In a sixth of the runs. Half of the edits follow the one before so soon that the two sides' flows meet. */
export function drawSharedProducts(random: Random, troubleMs: number): SharedPlan | null {
  if (!random.chance(0.16)) return null;
  return {
    products: Array.from({ length: random.integer(1, 2) }, () => drawProduct(random, troubleMs)),
    owners: random.pick([null, { name: 'shop', price: 'erp' }, { name: 'erp', price: 'erp' }]),
    saidBy: random.pick([['shop'], ['erp'], ['shop', 'erp']]),
  };
}

function drawProduct(random: Random, troubleMs: number): SharedProductPlan {
  const atMs = random.between(0, troubleMs / 3);
  const edits: SharedEditPlan[] = [];
  let last = atMs;
  for (let more = random.integer(1, 6); more > 0; more -= 1) {
    last = Math.min(troubleMs, last + (random.chance(0.5) ? random.between(0, 300) : random.between(0, 8_000)));
    const fields = random.pick<readonly SharedField[]>([['name'], ['price'], SHARED_FIELDS]);
    edits.push({ side: random.pick(['shop', 'erp']), fields, atMs: last });
  }
  return { enteredIn: random.pick(['shop', 'erp']), atMs, edits };
}
