import type { Conditions } from '../infrastructure/conditions.ts';
import { ERP, type OrderPart, SHOP, type SimState } from '../models/records.ts';
import type { TargetDocument } from '../models/target-document.ts';
import type { TargetSystem } from '../models/target-system.ts';

interface MadeConditions extends Pick<Conditions, 'blame'> {
  readonly erp: TargetSystem;
  readonly storefront: TargetSystem;
}

/** A shipment or an invoice of the ERP is one document at each order of the shop that it is over, and nothing at any other order. */
export function checkMade(world: MadeConditions, state: SimState): void {
  const { entity, id, orders = [] } = state;
  const held = world.storefront.documents.filter(
    (document) => document.entity === entity && document.ref.startsWith(`${ERP}/${id}/`),
  );
  const wanted = orders.flatMap((order) => describeWanted(world, state, order));
  for (const { item, text } of wanted) {
    const own = held.filter((document) => document.item === item);
    const [only] = own;
    if (own.length > 1) world.blame(`${entity} ${id} is ${own.length} documents at order ${item}`);
    if (only === undefined && !state.cancelled) world.blame(`${entity} ${id} never arrived at order ${item}`);
    if (only === undefined) continue;
    if (only.cancelled !== state.cancelled)
      world.blame(`${entity} ${id}: cancelled is ${only.cancelled} at order ${item}`);
    else if (!state.cancelled && only.content !== text)
      world.blame(`${entity} ${id} holds ${only.content} at order ${item} instead of ${text}`);
  }
  for (const { item } of held)
    if (!wanted.some((each) => each.item === item)) world.blame(`${entity} ${id} is at order ${item} of another shop`);
}

/** What the shop is to hold of one order of the ERP: nothing where that order is another shop's. */
function describeWanted({ erp }: MadeConditions, { content }: SimState, { id, lines }: OrderPart) {
  const order = erp.documents.find((document) => document.entity === 'order' && document.id === id);
  const [connection, item] = order?.ref.split('/') ?? [];
  if (order === undefined || item === undefined || connection !== SHOP) return [];
  const texts = lines.map(({ line, quantity }) => `${quantity} x ${sourceLineOf(order, line)}`);
  return [{ item, text: [content, ...texts].join(', ') }];
}

function sourceLineOf({ lines }: TargetDocument, line: string): string | undefined {
  return lines.find(({ target }) => target === line)?.source;
}
