/** Kind of a property: text with its column's length, whole number, double, day, yes/no, enum, nested record or collection. */
export type PropertyKind =
  | { readonly kind: 'text'; readonly length: number }
  | { readonly kind: 'int' }
  | { readonly kind: 'number' }
  | { readonly kind: 'day' }
  | { readonly kind: 'time' }
  | { readonly kind: 'yesno' }
  | { readonly kind: 'enum'; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'record'; readonly type: string }
  | { readonly kind: 'list'; readonly type: string };

/** Memo columns have no length of their own. */
export const MEMO_LENGTH = 64_000;

export type TypeSchema = Readonly<Record<string, PropertyKind>>;

/** Values of enums: name → database value; filters take either. */
const ENUMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CardType: { cCustomer: 'C', cSupplier: 'S', cLid: 'L' },
  Status: { bost_Open: 'O', bost_Close: 'C', bost_Paid: 'P', bost_Delivered: 'D' },
  DocType: { dDocument_Items: 'I', dDocument_Service: 'S' },
  ObjectCode: { oOrders: '17', oQuotations: '23', oInvoices: '13', oDeliveryNotes: '15', oDrafts: '112' },
  AddressType: { bo_ShipTo: 'S', bo_BillTo: 'B' },
  CancelStatus: { csYes: 'Y', csNo: 'N', csCancellation: 'C' },
  PriceMode: { pmdNet: 'N', pmdGross: 'G', pmdNetAndGross: 'B' },
  TreeType: { iNotATree: 'N', iSalesTree: 'S', iIngredient: 'I' },
  ItemType: { itItems: 'I', itLabor: 'L', itTravel: 'T' },
  TaxCategory: { bovcInputTax: 'I', bovcOutputTax: 'O' },
  Authorization: { dasWithout: 'W', dasPending: 'P', dasApproved: 'A', dasRejected: 'N', dasGenerated: 'G' },
  FieldType: { db_Alpha: 'A', db_Memo: 'M', db_Numeric: 'N', db_Date: 'D', db_Float: 'B' },
};

const YES_NO = { tYES: 'Y', tNO: 'N' } as const;

/**
 * Reads a compact schema: `Name:kind` separated by blanks, where kind is s<length>, m (memo), i, n, d, t, b (yes/no), e<Enum>,
 * r<Type> (record), c<Type> (collection).
 */
export function defineType(compact: string): TypeSchema {
  const schema: Record<string, PropertyKind> = {};
  for (const entry of compact.split(/\s+/)) {
    if (entry === '') continue;
    const [name, kind] = entry.split(':') as [string, string];
    schema[name] = readKind(kind);
  }
  return schema;
}

function readKind(kind: string): PropertyKind {
  const rest = kind.slice(1);
  switch (kind[0]) {
    case 's':
      return { kind: 'text', length: Number(rest) };
    case 'm':
      return { kind: 'text', length: MEMO_LENGTH };
    case 'i':
      return { kind: 'int' };
    case 'n':
      return { kind: 'number' };
    case 'd':
      return { kind: 'day' };
    case 't':
      return { kind: 'time' };
    case 'b':
      return { kind: 'yesno' };
    case 'e':
      return { kind: 'enum', values: ENUMS[rest] ?? {} };
    case 'r':
      return { kind: 'record', type: rest };
    case 'c':
      return { kind: 'list', type: rest };
    default:
      throw new Error(`unknown property kind "${kind}"`);
  }
}

/** Names and database values of an enum-like property; null when it is none. */
export function enumValuesOf(property: PropertyKind): Readonly<Record<string, string>> | null {
  if (property.kind === 'enum') return property.values;
  return property.kind === 'yesno' ? YES_NO : null;
}
