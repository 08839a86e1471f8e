import { type CallContext, type FoundDocument, VendorError } from '@entrepot/vendor-kit';
import type { SapB1Client } from '../client.ts';
import { isYes, keyPath, quoteText, readText, type SapEntity } from '../service-layer/wire.ts';

const FIELDS = ['ItemCode', 'ItemName', 'Valid', 'Frozen', 'SalesItem'];

/**
 * Items, as orders need them: found by SKU = ItemCode, spelt as the connection says.
 * @throws VendorError `rejected` when the only one cannot be sold
 */
export async function findItems(
  sku: string,
  client: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const found = await client.items.read(sku, call, (maker) => lookUp(sku, client, maker));
  const [only] = found;
  if (only !== undefined && found.length === 1) checkSellable(only);
  return found;
}

async function lookUp(
  sku: string,
  { layer, settings }: SapB1Client,
  call: CallContext,
): Promise<FoundDocument<SapEntity>[]> {
  const action = `looking up item "${sku}"`;
  const entity = await layer.read(keyPath('Items', sku), call, action, { select: FIELDS });
  if (entity !== null) return [toFoundItem(entity, sku)];
  if (settings.skuMatch === 'exact') return [];
  const query = { filter: `ItemCode eq ${quoteText(sku)}`, select: FIELDS, ignoreCase: true };
  const rows = await layer.list({ entitySet: 'Items', keyField: 'ItemCode', query }, call);
  return rows.map((row) => toFoundItem(row, sku));
}

/** @param asked the code as it was asked for */
function toFoundItem(entity: SapEntity, asked: string): FoundDocument<SapEntity> {
  const itemCode = readText(entity.ItemCode) ?? asked;
  return {
    targetId: itemCode,
    targetNumber: itemCode,
    state: null,
    body: entity,
    etag: entity['@odata.etag'] ?? null,
  };
}

/** SAP refuses an item that cannot be sold with a text that does not name the remedy. @throws VendorError `rejected` */
function checkSellable({ targetId, body: entity }: FoundDocument<SapEntity>): void {
  const reason = isYes(entity.Frozen)
    ? 'is inactive'
    : entity.Valid === 'tNO'
      ? 'is not active'
      : entity.SalesItem === 'tNO'
        ? 'is no sales item'
        : null;
  if (reason === null) return;
  throw new VendorError('rejected', `item "${targetId}" ${reason} in SAP`, {
    code: 'item-not-sellable',
    advice: `Activate item "${targetId}" in SAP (item master data), or correct the SKU in the shop; then retry.`,
  });
}
