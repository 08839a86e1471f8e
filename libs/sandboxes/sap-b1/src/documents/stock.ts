import { Decimal } from 'decimal.js';
import { type CompanyData, type Row, setOf } from '../company/company.ts';
import { warehouseRow } from '../company/items.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

/**
 * Where the company keeps stock from falling below zero, the open pieces of a document must be there. Orders take no stock by
 * themselves, so this strikes only items and warehouses that a stock rule names.
 * @throws SapFault -10 naming the first line that is too much
 */
export function checkStock(company: CompanyData, document: Row): void {
  if (company.stockRules.length === 0) return;
  const wanted = new Map<string, Decimal>();
  for (const [index, line] of (document.DocumentLines as Row[]).entries()) {
    const { ItemCode: itemCode, WarehouseCode: warehouse } = line;
    const item = setOf(company, 'Items').get(String(itemCode));
    if (line.LineStatus === 'bost_Close' || item?.InventoryItem !== 'tYES' || !isGuarded(company, line)) continue;
    const place = `${String(itemCode)}/${String(warehouse)}`;
    const total = (wanted.get(place) ?? new Decimal(0)).plus(String(line.RemainingOpenQuantity));
    wanted.set(place, total);
    const stock = (item.ItemWarehouseInfoCollection as Row[]).find((row) => row.WarehouseCode === warehouse);
    if (total.greaterThan(String(stock?.InStock ?? 0)))
      throw new SapFault(
        400,
        -10,
        `${textOf('negativeStock', company.settings.language)}  [RDR1.ItemCode][line: ${index + 1}]`,
      );
  }
}

/** Sets the pieces of an item in a warehouse, as a goods receipt or a counting does. */
export function setStock(item: Row, warehouse: string, quantity: number): void {
  const rows = item.ItemWarehouseInfoCollection as Row[];
  const known = rows.find((row) => row.WarehouseCode === warehouse);
  if (known === undefined) rows.push(warehouseRow(item.ItemCode, warehouse, quantity));
  else known.InStock = quantity;
  item.QuantityOnStock = rows.reduce((total, row) => total.plus(String(row.InStock)), new Decimal(0)).toNumber();
}

function isGuarded(company: CompanyData, line: Row): boolean {
  return company.stockRules.some(
    (rule) =>
      (rule.itemCode === undefined || rule.itemCode === line.ItemCode) &&
      (rule.warehouse === undefined || rule.warehouse === line.WarehouseCode),
  );
}
