import { type CallContext, type FoundDocument, type TargetEntity, VendorError } from '@entrepot/vendor-kit';
import { z } from 'zod';
import type { SapB1Settings } from '../config.ts';
import type { ServiceLayer } from '../service-layer/client.ts';
import { isYes, keyPath, quoteText, readText } from '../service-layer/odata.ts';
import type { SapEntity } from '../service-layer/wire.ts';
import { createSharedReads } from '../shared-reads.ts';

const FIELDS = ['ItemCode', 'ItemName', 'Valid', 'Frozen', 'SalesItem'];

/**
 * Items, as orders need them: found by SKU = ItemCode, spelt as the connection says. They are not written by this vendor, so everything but `match` and `read` says so.
 */
export function createItemLookup(layer: ServiceLayer, settings: SapB1Settings): TargetEntity<'product'> {
  const refuse = (): never => {
    throw new VendorError('rejected', 'items of SAP Business One are looked up, not written', {
      code: 'not-supported',
    });
  };
  const read: TargetEntity<'product'>['read'] = async (_role, targetId, call) => {
    const entity = await layer.read(keyPath('Items', targetId), call, `looking up item "${targetId}"`, {
      select: FIELDS,
    });
    if (entity === null) return null;
    return toFoundItem(entity, targetId);
  };
  const match = async (sku: string, call: CallContext): Promise<FoundDocument[]> => {
    const found = await read('product', sku, call);
    if (found !== null || settings.skuMatch === 'exact') return found === null ? [] : [found];
    const query = { filter: `ItemCode eq ${quoteText(sku)}`, select: FIELDS, ignoreCase: true };
    const rows = await layer.list({ entitySet: 'Items', keyField: 'ItemCode', query }, call);
    return rows.map((row) => toFoundItem(row, sku));
  };
  // Orders that come together mostly want the same few items.
  const lookUps = createSharedReads<FoundDocument[]>();
  return {
    createGuard: 'unique',
    visibleWithinMs: settings.settleMs,
    verifyByDefault: false,
    flowSettings: z.strictObject({}),
    dependencies: () => [],
    match: async (naturalKey, call) => {
      const found = await lookUps.read(naturalKey, call, (maker) => match(naturalKey, maker));
      const [only] = found;
      if (only !== undefined && found.length === 1) checkSellable(only);
      return found;
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

/** @param asked the code as it was asked for */
function toFoundItem(entity: SapEntity, asked: string): FoundDocument {
  const itemCode = readText(entity.ItemCode) ?? asked;
  return {
    targetId: itemCode,
    targetNumber: itemCode,
    draft: false,
    body: entity,
    etag: entity['@odata.etag'] ?? null,
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
  throw new VendorError('rejected', `item "${item.targetId}" ${reason} in SAP`, {
    code: 'item-not-sellable',
    advice: `Activate item "${item.targetId}" in SAP (item master data), or correct the SKU in the shop; then retry.`,
  });
}
