/** One entity set: its type, key, database table (for user-defined fields and texts) and what may be done with it. */
export interface EntitySet {
  readonly name: string;
  readonly type: string;
  readonly key: string;
  readonly keyKind: 'text' | 'int';
  readonly table: string;
  readonly lineTable?: string;
  /** Sets that carry ETags; the others answer without. */
  readonly etag: boolean;
  readonly writable: boolean;
  /** Change stamps are kept (price lists, warehouses and the like have none). */
  readonly stamped: boolean;
}

const documents = {
  type: 'Document',
  key: 'DocEntry',
  keyKind: 'int',
  etag: true,
  writable: true,
  stamped: true,
} as const;
const reference = { etag: false, writable: false, stamped: false } as const;

const SETS: readonly EntitySet[] = [
  { name: 'Orders', table: 'ORDR', lineTable: 'RDR1', ...documents },
  { name: 'Drafts', table: 'ODRF', lineTable: 'DRF1', ...documents },
  {
    name: 'BusinessPartners',
    type: 'BusinessPartner',
    key: 'CardCode',
    keyKind: 'text',
    table: 'OCRD',
    etag: true,
    writable: true,
    stamped: true,
  },
  {
    name: 'Items',
    type: 'Item',
    key: 'ItemCode',
    keyKind: 'text',
    table: 'OITM',
    etag: true,
    writable: true,
    stamped: true,
  },
  { name: 'Warehouses', type: 'Warehouse', key: 'WarehouseCode', keyKind: 'text', table: 'OWHS', ...reference },
  {
    name: 'PaymentTermsTypes',
    type: 'PaymentTermsType',
    key: 'GroupNumber',
    keyKind: 'int',
    table: 'OCTG',
    ...reference,
  },
  { name: 'SalesPersons', type: 'SalesPerson', key: 'SalesEmployeeCode', keyKind: 'int', table: 'OSLP', ...reference },
  {
    name: 'AdditionalExpenses',
    type: 'AdditionalExpense',
    key: 'ExpensCode',
    keyKind: 'int',
    table: 'OEXD',
    ...reference,
  },
  { name: 'SalesTaxCodes', type: 'SalesTaxCode', key: 'Code', keyKind: 'text', table: 'OSTC', ...reference },
  { name: 'VatGroups', type: 'VatGroup', key: 'Code', keyKind: 'text', table: 'OVTG', ...reference },
  { name: 'PriceLists', type: 'PriceList', key: 'PriceListNo', keyKind: 'int', table: 'OPLN', ...reference },
  { name: 'BusinessPlaces', type: 'BusinessPlace', key: 'BPLID', keyKind: 'int', table: 'OBPL', ...reference },
  {
    name: 'BusinessPartnerGroups',
    type: 'BusinessPartnerGroup',
    key: 'Code',
    keyKind: 'int',
    table: 'OCRG',
    ...reference,
  },
  { name: 'ShippingTypes', type: 'ShippingType', key: 'Code', keyKind: 'int', table: 'OSHP', ...reference },
  { name: 'Currencies', type: 'Currency', key: 'Code', keyKind: 'text', table: 'OCRN', ...reference },
  {
    name: 'UserFieldsMD',
    type: 'UserFieldMD',
    key: 'FieldID',
    keyKind: 'int',
    table: 'CUFD',
    etag: false,
    writable: true,
    stamped: false,
  },
];

const byName = new Map(SETS.map((set) => [set.name, set]));

export function findEntitySet(name: string): EntitySet | undefined {
  return byName.get(name);
}

export function listEntitySets(): readonly EntitySet[] {
  return SETS;
}
