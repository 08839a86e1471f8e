/** One entity set: its type, key, database table (for user-defined fields and texts) and what may be done with it. */
export interface EntitySet {
  readonly name: string;
  readonly type: string;
  /** Properties of the key, in the order of `$metadata`. */
  readonly keys: readonly { readonly name: string; readonly kind: 'text' | 'int' }[];
  readonly table: string;
  readonly lineTable?: string;
  /** Sets that carry ETags; the others answer without. */
  readonly etag: boolean;
  readonly writable: boolean;
  /** Change stamps are kept (price lists, warehouses and the like have none). */
  readonly stamped: boolean;
}

type Plain = readonly [name: string, type: string, key: string, table: string];

/** What a company is set up with: read, never written. */
const REFERENCES: readonly Plain[] = [
  ['Warehouses', 'Warehouse', 'WarehouseCode:text', 'OWHS'],
  ['PaymentTermsTypes', 'PaymentTermsType', 'GroupNumber:int', 'OCTG'],
  ['SalesPersons', 'SalesPerson', 'SalesEmployeeCode:int', 'OSLP'],
  ['AdditionalExpenses', 'AdditionalExpense', 'ExpensCode:int', 'OEXD'],
  ['SalesTaxCodes', 'SalesTaxCode', 'Code:text', 'OSTC'],
  ['VatGroups', 'VatGroup', 'Code:text', 'OVTG'],
  ['PriceLists', 'PriceList', 'PriceListNo:int', 'OPLN'],
  ['BusinessPlaces', 'BusinessPlace', 'BPLID:int', 'OBPL'],
  ['BusinessPartnerGroups', 'BusinessPartnerGroup', 'Code:int', 'OCRG'],
  ['ShippingTypes', 'ShippingType', 'Code:int', 'OSHP'],
  ['Currencies', 'Currency', 'Code:text', 'OCRN'],
  ['States', 'State', 'Code:text Country:text', 'OCST'],
];

const WRITABLE = { etag: true, writable: true, stamped: true } as const;

const SETS: readonly EntitySet[] = [
  { ...plain(['Orders', 'Document', 'DocEntry:int', 'ORDR']), lineTable: 'RDR1', ...WRITABLE },
  { ...plain(['Drafts', 'Document', 'DocEntry:int', 'ODRF']), lineTable: 'DRF1', ...WRITABLE },
  { ...plain(['BusinessPartners', 'BusinessPartner', 'CardCode:text', 'OCRD']), ...WRITABLE },
  { ...plain(['Items', 'Item', 'ItemCode:text', 'OITM']), ...WRITABLE },
  ...REFERENCES.map(plain),
  { ...plain(['UserFieldsMD', 'UserFieldMD', 'TableName:text FieldID:int', 'CUFD']), writable: true },
];

function plain([name, type, key, table]: Plain): EntitySet {
  const keys = key.split(' ').map((entry) => {
    const [property, kind] = entry.split(':') as [string, 'text' | 'int'];
    return { name: property, kind };
  });
  return { name, type, keys, table, etag: false, writable: false, stamped: false };
}

const byName = new Map(SETS.map((set) => [set.name, set]));

export function findEntitySet(name: string): EntitySet | undefined {
  return byName.get(name);
}

export function listEntitySets(): readonly EntitySet[] {
  return SETS;
}

/** Key of a row as the company's rows are kept by it. */
export function keyOfRow(set: EntitySet, row: Readonly<Record<string, unknown>>): string {
  return set.keys.map(({ name }) => String(row[name])).join('/');
}
