import { type FoundDocument, type TargetEntity, VendorError } from '@entrepot/vendor-kit';
import { z } from 'zod';
import type { SapB1Settings } from '../config.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { isYes, keyPath, readText } from '../service-layer/odata.ts';
import { createSharedReads } from '../shared-reads.ts';

const FIELDS = ['ItemCode', 'ItemName', 'Valid', 'Frozen', 'SalesItem'];

/**
 * Items, as orders need them: found by SKU = ItemCode. They are not written by this vendor, so everything but `match` and `read` says so.
 */
export function createItemLookup(layer: ServiceLayer, settings: SapB1Settings): TargetEntity<'product'> {
  const refuse = (): never => {
    throw new VendorError('rejected', 'items of SAP Business One are looked up, not written', {
      code: 'not-supported',
    });
  };
  const read: TargetEntity<'product'>['read'] = async (_role, targetId, call) => {
    const entity = await layer.read(keyPath('Items', targetId), call, `looking up item ${targetId}`, {
      select: FIELDS,
    });
    if (entity === null) return null;
    const itemCode = readText(entity.ItemCode) ?? targetId;
    return {
      targetId: itemCode,
      targetNumber: itemCode,
      draft: false,
      body: entity,
      etag: entity['@odata.etag'] ?? null,
    };
  };
  // Orders that come together mostly want the same few items.
  const lookUps = createSharedReads<FoundDocument | null>();
  return {
    createGuard: 'unique',
    settleMs: settings.settleMs,
    verifyByDefault: false,
    flowSettings: z.strictObject({}),
    dependencies: () => [],
    match: async (matchKey, call) => {
      const found = await lookUps.read(matchKey, call, (maker) => read('product', matchKey, maker));
      if (found === null) return [];
      checkSellable(found);
      return [found];
    },
    map: () => ({
      ok: false,
      error: {
        kind: 'mapping',
        code: 'not-supported',
        message: 'products are not written into SAP Business One',
        advice: 'Remove the flow.',
        fields: [],
      },
    }),
    find: async () => [],
    create: refuse,
    read,
    update: refuse,
    compare: () => [],
    stateHash: () => '',
  };
}

/** An item that cannot be sold would be refused with a text that does not name the cure. @throws VendorError `rejected` */
function checkSellable(item: FoundDocument): void {
  const entity = item.body as Readonly<Record<string, unknown>>;
  const reason = isYes(entity.Frozen)
    ? 'is inactive'
    : entity.Valid === 'tNO'
      ? 'is not active'
      : entity.SalesItem === 'tNO'
        ? 'is no sales item'
        : null;
  if (reason === null) return;
  throw new VendorError('rejected', `item ${item.targetId} ${reason} in SAP`, {
    code: 'item-not-sellable',
    advice: `Activate item ${item.targetId} in SAP (item master data), or correct the SKU in the shop; then retry.`,
  });
}
