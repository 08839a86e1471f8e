import { Decimal, type FulfilmentGroup, type Ref } from '@entrepot/canonical';
import { hasValueMap, labelOf, lookUpValue, namesOf } from '../../value-maps.ts';
import type { OrderContext } from '../context.ts';
import type { WantedLine } from '../wanted.ts';

/** What of a line goes to one warehouse. */
export interface Portion {
  readonly quantity: Decimal;
  /** SAP's warehouse; null: the one of the item. */
  readonly warehouse: string | null;
}

/** Goods at one place of the source. */
interface Share {
  readonly place: Ref | null;
  readonly quantity: Decimal;
}

/** A wanted line by SAP's warehouses: as the fulfilment groups say; what none of them has goes by line, order and settings. */
export function planPortions(context: OrderContext, wanted: WantedLine): Portion[] {
  const byWarehouse = new Map<string | null, Decimal>();
  for (const { place, quantity } of listShares(context, wanted)) {
    const warehouse = chooseWarehouse(context, place, wanted.path);
    byWarehouse.set(warehouse, quantity.plus(byWarehouse.get(warehouse) ?? 0));
  }
  return [...byWarehouse].map(([warehouse, quantity]) => ({ warehouse, quantity }));
}

function listShares({ order }: OrderContext, { line, quantity }: WantedLine): Share[] {
  if (line.warehouse !== null) return [{ place: line.warehouse, quantity }];
  const held = order.fulfilmentGroups.filter(isAlive).flatMap((group) => readShares(group, line.id));
  // Where groups hold more than is wanted, what is handed over comes first: it cannot be elsewhere any more.
  const inOrder = [...held.map(({ done }) => done), ...held.map(({ open }) => open)];
  const shares: Share[] = [];
  let left = quantity;
  for (const share of inOrder) {
    const taken = Decimal.min(left, share.quantity);
    if (taken.lte(0)) continue;
    shares.push({ place: share.place, quantity: taken });
    left = left.minus(taken);
  }
  return left.gt(0) ? [...shares, { place: order.warehouse, quantity: left }] : shares;
}

/** Cancelled groups hold nothing: the source has put their goods into other groups. */
function isAlive({ status }: FulfilmentGroup): boolean {
  return !['CANCELLED', 'CANCELED'].includes(status?.toUpperCase() ?? '');
}

/** What a group has handed over of a line, and what it still holds. A closed group holds no more. */
function readShares(group: FulfilmentGroup, lineId: string): { readonly done: Share; readonly open: Share }[] {
  const closed = group.status?.toUpperCase() === 'CLOSED';
  return group.lines
    .filter((part) => part.lineId === lineId)
    .map(({ quantity, remaining }) => ({
      done: { place: group.location, quantity: quantity.minus(remaining) },
      open: { place: group.location, quantity: closed ? new Decimal(0) : remaining },
    }));
}

function chooseWarehouse(context: OrderContext, asked: Ref | null, path: string): string | null {
  const { flow, settings, problems } = context;
  const mapped = lookUpValue(flow, 'warehouse', namesOf(asked));
  if (mapped !== null) return mapped;
  if (asked !== null && hasValueMap(flow, 'warehouse') && settings.warehouse === undefined) {
    problems.add(
      'unmapped-warehouse',
      `${path}.warehouse`,
      `no warehouse of SAP is set for "${labelOf(asked)}"`,
      `Add "${asked.id ?? labelOf(asked)}" to the flow's value map "warehouse", or set a default warehouse.`,
      { actual: labelOf(asked) },
    );
  }
  return settings.warehouse ?? null;
}
