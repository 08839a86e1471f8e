import { type CompanyData, createCompany, put, stampRow } from './company.ts';
import { addItem } from './items.ts';
import { addUserField } from './user-fields.ts';

export const DEMO_COMPANY = 'SBODEMO';
/** A second company: VAT country, euro, orders of another branch of the house. */
export const SECOND_COMPANY = 'SBODEMODE';

/** Items that the demo shop sells; NEW-MUG-2026 is left out on purpose, a demo order waits for it. */
const ITEMS: readonly (readonly [string, string, number, 'stock' | 'service'])[] = [
  ['TSHIRT-BLK-S', 'T-shirt black S', 25, 'stock'],
  ['TSHIRT-BLK-M', 'T-shirt black M', 25, 'stock'],
  ['TSHIRT-BLK-L', 'T-shirt black L', 25, 'stock'],
  ['TSHIRT-WHT-M', 'T-shirt white M', 25, 'stock'],
  ['HOODIE-GRY-M', 'Hoodie grey M', 59, 'stock'],
  ['HOODIE-GRY-L', 'Hoodie grey L', 59, 'stock'],
  ['MUG-WHITE', 'Mug white', 12.5, 'stock'],
  ['MUG-BLACK', 'Mug black', 12.5, 'stock'],
  ['CAP-NAVY', 'Cap navy', 19.99, 'stock'],
  ['TOTE-NATURAL', 'Tote bag natural', 14, 'stock'],
  ['STICKER-SET', 'Sticker set', 4.99, 'stock'],
  ['NOTEBOOK-A5', 'Notebook A5', 9.9, 'stock'],
  ['POSTER-A2', 'Poster A2', 17.5, 'stock'],
  ['A00001', 'Printer Inkjet 1312', 300, 'stock'],
  ['A00002', 'Printer Laser 1222', 150, 'stock'],
  ['A00003', 'Paper A4', 7.5, 'stock'],
  ['A00004', 'Paper A3', 12.5, 'stock'],
  ['GIFTCARD', 'Gift card', 0, 'service'],
  ['SHIPPING', 'Shipping', 0, 'service'],
  ['CUSTOM', 'Other goods', 0, 'service'],
  ['TIP', 'Tip', 0, 'service'],
];

const US_CODES = { EX: 0, VAT7: 7, CA725: 7.25, TX825: 8.25, NY: 8.875, VAT19: 19, VAT20: 20 } as const;
const VAT_GROUPS = { A0: 0, A1: 19, A2: 7, A3: 20 } as const;

/** The demo's company: US, dollars, sales tax codes. */
export function seedDemoCompany(nowMs: number): CompanyData {
  const company = createCompany(DEMO_COMPANY);
  seedCommon(company, nowMs);
  for (const [code, rate] of Object.entries(US_CODES))
    put(company, 'SalesTaxCodes', code, {
      Code: code,
      Name: `Tax ${rate} %`,
      Rate: rate,
      Freight: 'tYES',
      ValidForAR: 'tYES',
      ValidForAP: 'tYES',
      Inactive: 'tNO',
    });
  company.rates = { EUR: 1.1, GBP: 1.25, CAD: 0.74, JPY: 0.0067 };
  return company;
}

/** The second company: euro, VAT groups. */
export function seedSecondCompany(nowMs: number): CompanyData {
  const company = createCompany(SECOND_COMPANY, { localCurrency: 'EUR', taxField: 'VatGroup', language: 'de' });
  seedCommon(company, nowMs);
  for (const [code, rate] of Object.entries(VAT_GROUPS)) {
    const lines = [{ Effectivefrom: '2020-01-01', Rate: rate, EqualizationTax: 0 }];
    put(company, 'VatGroups', code, {
      Code: code,
      Name: `USt ${rate} %`,
      Category: 'bovcOutputTax',
      Inactive: 'tNO',
      VatGroups_Lines: lines,
    });
  }
  company.rates = { USD: 0.91, GBP: 1.14 };
  return company;
}

function seedCommon(company: CompanyData, nowMs: number): void {
  for (const [code, name, price, kind] of ITEMS)
    addItem(company, { itemCode: code, name, price, stock: kind === 'stock' ? 100 : null }, nowMs);
  for (const [code, name] of [
    ['01', 'Main warehouse'],
    ['02', 'Outlet'],
  ] as const)
    put(company, 'Warehouses', code, {
      WarehouseCode: code,
      WarehouseName: name,
      Country: 'US',
      Inactive: 'tNO',
      DropShip: 'tNO',
      EnableBinLocations: 'tNO',
    });
  for (const [number, name, days] of [
    [-1, 'Cash', 0],
    [1, 'Net 30', 30],
    [2, 'Net 14', 14],
    [3, 'Prepaid', 0],
  ] as const)
    put(company, 'PaymentTermsTypes', String(number), {
      GroupNumber: number,
      PaymentTermsGroupName: name,
      NumberOfAdditionalDays: days,
      NumberOfAdditionalMonths: 0,
      PriceListNo: 1,
    });
  for (const [code, name] of [
    [-1, '-No Sales Employee-'],
    [1, 'Web shop'],
    [2, 'Inside sales'],
  ] as const)
    put(company, 'SalesPersons', String(code), {
      SalesEmployeeCode: code,
      SalesEmployeeName: name,
      Active: 'tYES',
      Locked: 'tNO',
    });
  for (const [code, name] of [
    [1, 'Shipping'],
    [2, 'Handling'],
    [3, 'Tax'],
  ] as const)
    put(company, 'AdditionalExpenses', String(code), { ExpensCode: code, Name: name, TaxLiable: 'tYES', Stock: 'tNO' });
  for (const [number, name] of [
    [1, 'Base price'],
    [2, 'Web price'],
  ] as const)
    put(company, 'PriceLists', String(number), {
      PriceListNo: number,
      PriceListName: name,
      BasePriceList: number,
      Factor: 1,
      IsGrossPrice: 'tNO',
      Active: 'tYES',
    });
  for (const [code, name] of [
    [100, 'Customers'],
    [101, 'Web customers'],
  ] as const)
    put(company, 'BusinessPartnerGroups', String(code), { Code: code, Name: name, Type: 'bbpgt_CustomerGroup' });
  for (const [code, name] of [
    [1, 'Standard'],
    [2, 'Express'],
  ] as const)
    put(company, 'ShippingTypes', String(code), { Code: code, Name: name });
  put(company, 'BusinessPlaces', '1', {
    BPLID: 1,
    BPLName: 'Main',
    Disabled: 'tNO',
    DefaultWarehouseID: '01',
    Country: 'US',
  });
  for (const code of ['USD', 'EUR', 'GBP', 'CAD', 'JPY'])
    put(company, 'Currencies', code, { Code: code, Name: code, DocumentsCode: code, Decimals: 'cdDefault' });
  const collective = {
    CardCode: 'C-WEB',
    CardName: 'Web shop customers',
    CardType: 'cCustomer',
    GroupCode: 101,
    Currency: '##',
    Valid: 'tYES',
    Frozen: 'tNO',
    PriceListNum: 1,
    PayTermsGrpCode: -1,
    BPAddresses: [],
    ContactEmployees: [],
  };
  stampRow(company, collective, nowMs, true);
  put(company, 'BusinessPartners', collective.CardCode, collective);
  company.series = [
    { series: 70, name: 'Primary', document: '17', prefix: '', next: 1000, locked: false },
    { series: 71, name: 'Web', document: '17', prefix: 'W', next: 500_000, locked: false },
    { series: 1, name: 'Manual', document: '2', prefix: '', next: 0, locked: false },
    { series: 72, name: 'Web', document: '2', prefix: 'W', next: 10_000, locked: false },
  ];
  for (const table of ['ORDR', 'OCRD']) {
    const field = {
      name: 'EntrepotRef',
      description: 'Entrepot reference',
      type: 'db_Alpha',
      subType: 'st_None',
      size: 100,
    };
    addUserField(company, { table, ...field, mandatory: false, defaultValue: null, validValues: [] });
  }
}
