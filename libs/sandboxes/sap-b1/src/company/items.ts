import { type CompanyData, put, type Row, stampRow, todayOf } from './company.ts';

export interface NewItem {
  readonly itemCode: string;
  readonly name?: string;
  readonly price?: number;
  /** Pieces in warehouse 01; null = no inventory item. */
  readonly stock?: number | null;
}

/** What an item is unless its writer says otherwise. */
export const ITEM_DEFAULTS: Row = {
  ItemsGroupCode: 100,
  ItemType: 'itItems',
  InventoryItem: 'tYES',
  SalesItem: 'tYES',
  PurchaseItem: 'tYES',
  Valid: 'tYES',
  Frozen: 'tNO',
  DefaultWarehouse: '01',
  TreeType: 'iNotATree',
};

/** Adds an item as a clerk would. */
export function addItem(company: CompanyData, item: NewItem, nowMs: number): Row {
  const stock = item.stock === undefined ? 100 : item.stock;
  const { localCurrency } = company.settings;
  const row: Row = {
    ...ITEM_DEFAULTS,
    ItemCode: item.itemCode,
    ItemName: item.name ?? item.itemCode,
    InventoryItem: stock === null ? 'tNO' : 'tYES',
    QuantityOnStock: stock ?? 0,
    QuantityOrderedByCustomers: 0,
    CreateDate: todayOf(nowMs),
    ItemPrices: [1, 2].map((list) => ({
      PriceList: list,
      Price: item.price ?? 0,
      Currency: localCurrency,
      Factor: 1,
      BasePriceList: 1,
    })),
    ItemWarehouseInfoCollection: stock === null ? [] : [warehouseRow(item.itemCode, '01', stock)],
  };
  stampRow(company, row, nowMs, true);
  put(company, 'Items', item.itemCode, row);
  return row;
}

/** What a company keeps of an item by itself. */
const OWN = [
  'ItemCode',
  'CreateDate',
  'DataVersion',
  'UpdateDate',
  'UpdateTime',
  'QuantityOnStock',
  'QuantityOrderedByCustomers',
];

/** Changes an item as PATCH does: prices merge by their list, warehouses by their code. */
export function changeItem(company: CompanyData, row: Row, change: Row, nowMs: number): void {
  for (const [name, value] of Object.entries(change)) {
    if (OWN.includes(name)) continue;
    if (name === 'ItemPrices') row[name] = mergeRows(row[name], value, 'PriceList');
    else if (name === 'ItemWarehouseInfoCollection') row[name] = mergeRows(row[name], value, 'WarehouseCode');
    else row[name] = value;
  }
  stampRow(company, row, nowMs, true);
}

function mergeRows(before: unknown, changes: unknown, key: string): Row[] {
  const rows = [...((before ?? []) as Row[])];
  for (const change of (changes ?? []) as Row[]) {
    const row = rows.find((candidate) => candidate[key] === change[key]);
    if (row === undefined) rows.push(change);
    else Object.assign(row, change);
  }
  return rows;
}

/** An item in a warehouse. */
export function warehouseRow(itemCode: unknown, warehouse: string, quantity: number): Row {
  return {
    WarehouseCode: warehouse,
    InStock: quantity,
    Committed: 0,
    Ordered: 0,
    MinimalStock: 0,
    Locked: 'tNO',
    ItemCode: itemCode,
  };
}
