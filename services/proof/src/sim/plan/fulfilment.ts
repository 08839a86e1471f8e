import type { PartPlan } from './parts.ts';
import type { Random } from './random.ts';

/** An order of one of the shops, by its index, and how much of which of its lines. */
export interface PartOfOrder {
  readonly shop: 'shop' | 'outlet';
  readonly order: number;
  readonly lines: readonly { readonly id: string; readonly quantity: number }[];
}

/** What the ERP makes of orders that it has. */
export interface MadePlan {
  readonly entity: 'shipment' | 'invoice';
  readonly id: string;
  /** Of each order that it is over. */
  readonly parts: readonly PartOfOrder[];
  /** From when the ERP has the last of its orders. */
  readonly afterMs: number;
  /** From each state to the next. */
  readonly changesAfterMs: readonly number[];
  /** Whether its last change cancels it. */
  readonly cancelled: boolean;
}

/** Goods sent and bills, which come back from the ERP to the orders of the shop. */
export interface FulfilmentPlan {
  /** The lines of each order, by its index. */
  readonly lines: readonly (readonly PartPlan[])[];
  /** Orders of a second shop in the same ERP, each with its changes: their ids are the first shop's. */
  readonly outlet: readonly (readonly number[])[];
  /** Whether the ERP shows our reference at the orders that its documents name. */
  readonly showsReferences: boolean;
  /** Whether the ERP's answer names the lines that it has numbered; else only a reading does. */
  readonly answersLines: boolean;
  /** Whether nobody changes an order: what waits for it is released once, or never. */
  readonly keepsOrders: boolean;
  readonly made: readonly MadePlan[];
}

const LINES = ['1', '2', '3'];

/** In some of the runs. The more orders, the more of what is over two of them. */
export function drawFulfilment(random: Random, troubleMs: number, changes: readonly number[]): FulfilmentPlan | null {
  if (!random.chance(0.08)) return null;
  const lines = changes.map((count) => [
    ...LINES.map((id) => ({ id, fromChange: 0 })),
    ...(random.chance(0.5) ? [{ id: '4', fromChange: random.integer(0, count - 1) }] : []),
  ]);
  const outlet = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => [random.between(0, troubleMs / 2)]);
  const draw = new MadeDraw(random, troubleMs);
  for (const order of changes.keys()) {
    for (let more = random.integer(1, 2); more > 0; more -= 1) draw.add('shipment', [['shop', order]]);
    if (random.chance(0.7)) draw.add('invoice', [['shop', order]]);
  }
  for (const order of outlet.keys()) draw.add(random.pick(['shipment', 'invoice']), [['outlet', order]]);
  if (outlet.length > 0)
    draw.add('shipment', [
      ['shop', 0],
      ['outlet', 0],
    ]);
  if (changes.length > 1)
    for (const entity of ['shipment', 'invoice'] as const) {
      const first = random.integer(0, changes.length - 1);
      const second = (first + random.integer(1, changes.length - 1)) % changes.length;
      draw.add(entity, [
        ['shop', first],
        ['shop', second],
      ]);
    }
  return {
    lines,
    outlet,
    showsReferences: random.chance(0.5),
    answersLines: random.chance(0.5),
    keepsOrders: random.chance(0.6),
    made: draw.made,
  };
}

class MadeDraw {
  readonly made: MadePlan[] = [];
  readonly #random: Random;
  readonly #troubleMs: number;

  constructor(random: Random, troubleMs: number) {
    this.#random = random;
    this.#troubleMs = troubleMs;
  }

  /** Half of them before the link of their orders is known. */
  add(entity: MadePlan['entity'], orders: readonly (readonly [PartOfOrder['shop'], number])[]): void {
    const random = this.#random;
    const id = `${entity === 'shipment' ? 's' : 'i'}${this.made.length}`;
    const parts = orders.map(([shop, order]) => ({ shop, order, lines: this.#drawLines() }));
    const afterMs = random.chance(0.5) ? random.between(0, 100) : random.between(0, this.#troubleMs / 2);
    const changesAfterMs = Array.from({ length: random.pick([0, 0, 1, 2]) }, () => random.between(0, 4_000));
    this.made.push({ entity, id, parts, afterMs, changesAfterMs, cancelled: random.chance(0.2) });
  }

  #drawLines(): PartOfOrder['lines'] {
    const random = this.#random;
    const some = [...LINES, '4'].filter(() => random.chance(0.5));
    return (some.length === 0 ? LINES : some).map((id) => ({ id, quantity: random.integer(1, 9) }));
  }
}
