/** Kind of a property: text with its column's length, whole number, double, day, time, enum (yes/no too), nested record or collection. */
export type PropertyKind =
  | { readonly kind: 'text'; readonly length: number }
  | { readonly kind: 'int' }
  | { readonly kind: 'number' }
  | { readonly kind: 'day' }
  | { readonly kind: 'time' }
  | { readonly kind: 'enum'; readonly type: string; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: 'record'; readonly type: string }
  | { readonly kind: 'list'; readonly type: string };

/** Memo columns have no length of their own. */
export const MEMO_LENGTH = 64_000;

export type TypeSchema = Readonly<Record<string, PropertyKind>>;

/** Values of enums, by the enum's name in `$metadata`: name → database value; filters take either. */
const ENUMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  BoYesNoEnum: { tNO: 'N', tYES: 'Y' },
  BoCardTypes: { cCustomer: 'C', cSupplier: 'S', cLid: 'L' },
  BoStatus: { bost_Open: 'O', bost_Close: 'C', bost_Paid: 'P', bost_Delivered: 'D' },
  BoDocumentTypes: { dDocument_Items: 'I', dDocument_Service: 'S' },
  BoObjectTypes: {
    oBusinessPartners: '2',
    oItems: '4',
    oInvoices: '13',
    oCreditNotes: '14',
    oDeliveryNotes: '15',
    oReturns: '16',
    oOrders: '17',
    oQuotations: '23',
    oDrafts: '112',
  },
  BoAddressType: { bo_ShipTo: 'S', bo_BillTo: 'B' },
  CancelStatusEnum: { csYes: 'Y', csNo: 'N', csCancellation: 'C' },
  PriceModeDocumentEnum: { pmdNet: 'N', pmdGross: 'G', pmdNetAndGross: 'B' },
  PrintStatusEnum: { psNo: 'N', psYes: 'Y', psAmended: 'A' },
  BoItemTreeTypes: {
    iNotATree: 'N',
    iAssemblyTree: 'A',
    iSalesTree: 'S',
    iProductionTree: 'P',
    iTemplateTree: 'T',
    iIngredient: 'I',
  },
  ItemTypeEnum: { itItems: 'I', itLabor: 'L', itTravel: 'T', itFixedAssets: 'F' },
  BoVatCategoryEnum: { bovcInputTax: 'I', bovcOutputTax: 'O' },
  BoVatStatus: { vExempted: 'N', vLiable: 'Y', vEC: 'E' },
  BoCardCompanyTypes: { cCompany: 'C', cPrivate: 'I', cGovernment: 'G', cEmployee: 'E' },
  BoBusinessPartnerGroupTypes: { bbpgt_CustomerGroup: 'C', bbpgt_VendorGroup: 'S' },
  CurrenciesDecimalsEnum: {
    cd1Digit: '1',
    cd2Digits: '2',
    cd3Digits: '3',
    cd4Digits: '4',
    cd5Digits: '5',
    cd6Digits: '6',
    cdDefault: '-1',
    cdWithoutDecimals: '0',
  },
  DocumentAuthorizationStatusEnum: {
    dasWithout: 'W',
    dasPending: 'P',
    dasApproved: 'A',
    dasRejected: 'N',
    dasGenerated: 'G',
    dasGeneratedbyAuthorizer: 'Z',
    dasCancelled: 'C',
  },
  ReferencedObjectTypeEnum: {
    rot_ExternalDocument: '-1',
    rot_SalesInvoice: '13',
    rot_SalesCreditNote: '14',
    rot_DeliveryNotes: '15',
    rot_Return: '16',
    rot_SalesOrder: '17',
    rot_SalesQuotation: '23',
    rot_IncomingPayments: '24',
    rot_DownPaymentIncoming: '203',
    rot_ReturnRequest: '234000031',
  },
  BoFieldTypes: { db_Alpha: 'A', db_Memo: 'M', db_Numeric: 'N', db_Date: 'D', db_Float: 'B' },
  BoFldSubTypes: {
    st_None: '',
    st_Address: '?',
    st_Phone: '#',
    st_Time: 'T',
    st_Rate: 'R',
    st_Sum: 'S',
    st_Price: 'P',
    st_Quantity: 'Q',
    st_Percentage: '%',
    st_Measurement: 'M',
    st_Link: 'B',
    st_Image: 'I',
  },
};

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
      return readEnum('BoYesNoEnum');
    case 'e':
      return readEnum(rest);
    case 'r':
      return { kind: 'record', type: rest };
    case 'c':
      return { kind: 'list', type: rest };
    default:
      throw new Error(`unknown property kind "${kind}"`);
  }
}

function readEnum(type: string): PropertyKind {
  const values = ENUMS[type];
  if (values === undefined) throw new Error(`unknown enum "${type}"`);
  return { kind: 'enum', type, values };
}

/** Names and database values of an enum's property; null when it is none. */
export function enumValuesOf(property: PropertyKind): Readonly<Record<string, string>> | null {
  return property.kind === 'enum' ? property.values : null;
}
