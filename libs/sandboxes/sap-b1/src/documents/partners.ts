import { type CompanyData, type Row, setOf, stampRow, todayOf } from '../company/company.ts';
import { applyUserDefaults } from '../company/user-fields.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

/** Adds a business partner. @throws SapFault -5002 no code, -10 duplicate code, -2035 double address */
export function addPartner(company: CompanyData, body: Row, nowMs: number): Row {
  const { language, localCurrency } = company.settings;
  const partners = setOf(company, 'BusinessPartners');
  const series = company.series.find((candidate) => candidate.series === body.Series && candidate.document === '2');
  const numbered = series !== undefined && series.next > 0;
  const cardCode = numbered ? `${series.prefix}${series.next}` : body.CardCode;
  if (typeof cardCode !== 'string' || cardCode === '')
    throw new SapFault(400, -5002, `${textOf('noCode', language)}  [OCRD.CardCode]`);
  if (partners.has(cardCode))
    throw new SapFault(
      400,
      -10,
      `1320000140 - Business partner code '${cardCode}' already assigned to a business partner; enter a unique business partner code`,
    );
  if (numbered) series.next += 1;
  checkGroup(company, body);
  const row: Row = {
    CardType: 'cCustomer',
    GroupCode: 100,
    Currency: localCurrency,
    Valid: 'tYES',
    Frozen: 'tNO',
    PriceListNum: 1,
    PayTermsGrpCode: -1,
    SalesPersonCode: -1,
    CreateDate: todayOf(nowMs),
    ...body,
    CardCode: cardCode,
    BPAddresses: [],
    ContactEmployees: [],
  };
  mergeAddresses(company, row, withPlainAddress(body));
  mergeContacts(company, row, (body.ContactEmployees ?? []) as Row[]);
  applyUserDefaults(company, 'OCRD', row);
  stampRow(company, row, nowMs, true);
  partners.set(cardCode, row);
  return row;
}

/** Changes a partner as PATCH does; CardCode is ignored in silence. */
export function changePartner(company: CompanyData, row: Row, change: Row, replace: boolean, nowMs: number): void {
  checkGroup(company, change);
  for (const [name, value] of Object.entries(change)) {
    if (
      [
        'CardCode',
        'Series',
        'DataVersion',
        'BPAddresses',
        'ContactEmployees',
        'UpdateDate',
        'UpdateTime',
        'CreateDate',
      ].includes(name)
    )
      continue;
    row[name] = value;
  }
  if (change.BPAddresses !== undefined) {
    if (replace) row.BPAddresses = [];
    mergeAddresses(company, row, change.BPAddresses as Row[]);
  }
  if (change.ContactEmployees !== undefined) {
    if (replace) row.ContactEmployees = [];
    mergeContacts(company, row, change.ContactEmployees as Row[]);
  }
  stampRow(company, row, nowMs, true);
}

export function removePartner(company: CompanyData, cardCode: string): void {
  const used = [...setOf(company, 'Orders').values()].some((order) => order.CardCode === cardCode);
  if (used) throw new SapFault(400, -10, `1320000117 - Business partner '${cardCode}' is linked to transactions`);
  setOf(company, 'BusinessPartners').delete(cardCode);
}

function checkGroup(company: CompanyData, body: Row): void {
  const references = [
    ['GroupCode', 'BusinessPartnerGroups', 'OCRD.GroupCode'],
    ['PriceListNum', 'PriceLists', 'OCRD.ListNum'],
    ['PayTermsGrpCode', 'PaymentTermsTypes', 'OCRD.GroupNum'],
    ['SalesPersonCode', 'SalesPersons', 'OCRD.SlpCode'],
  ] as const;
  for (const [property, set, place] of references) {
    const value = body[property];
    if (value === undefined || value === null || setOf(company, set).has(String(value))) continue;
    throw new SapFault(400, -5002, `${textOf('badCode', company.settings.language)} '${String(value)}' [${place}]`);
  }
}

/** The plain address fields of a partner are rows of their own: giving both is a double. */
function withPlainAddress(body: Row): Row[] {
  const rows = (body.BPAddresses ?? []) as Row[];
  const plain = body.Address ?? body.City ?? body.ZipCode;
  if (plain === undefined || plain === null) return rows;
  const own = {
    AddressName: String(body.Address ?? 'Bill to'),
    AddressType: 'bo_BillTo',
    City: body.City ?? null,
    ZipCode: body.ZipCode ?? null,
    Country: body.Country ?? null,
  };
  return [own, ...rows];
}

function mergeAddresses(company: CompanyData, partner: Row, changes: readonly Row[]): void {
  const rows = partner.BPAddresses as Row[];
  for (const change of changes) {
    const row = rows.find((candidate) => change.RowNum !== undefined && candidate.RowNum === change.RowNum);
    if (row !== undefined) {
      Object.assign(row, change);
      continue;
    }
    const type = change.AddressType ?? 'bo_BillTo';
    if (typeof change.AddressName !== 'string' || change.AddressName === '')
      throw new SapFault(400, -5002, `${textOf('noCode', company.settings.language)}  [CRD1.Address]`);
    if (rows.some((candidate) => candidate.AddressName === change.AddressName && candidate.AddressType === type))
      throw new SapFault(400, -2035, textOf('exists', company.settings.language));
    const rowNum = Math.max(-1, ...rows.map((candidate) => Number(candidate.RowNum))) + 1;
    rows.push({ ...change, AddressType: type, RowNum: rowNum, BPCode: partner.CardCode });
  }
  partner.BilltoDefault ??= rows.find((row) => row.AddressType === 'bo_BillTo')?.AddressName ?? null;
  partner.ShipToDefault ??= rows.find((row) => row.AddressType === 'bo_ShipTo')?.AddressName ?? null;
}

function mergeContacts(company: CompanyData, partner: Row, changes: readonly Row[]): void {
  const rows = partner.ContactEmployees as Row[];
  for (const change of changes) {
    const row = rows.find(
      (candidate) => change.InternalCode !== undefined && candidate.InternalCode === change.InternalCode,
    );
    if (row !== undefined) {
      Object.assign(row, change);
      continue;
    }
    if (rows.some((candidate) => candidate.Name === change.Name))
      throw new SapFault(400, -2035, textOf('exists', company.settings.language));
    company.counters.internalCode += 1;
    rows.push({ ...change, InternalCode: company.counters.internalCode, CardCode: partner.CardCode, Active: 'tYES' });
  }
}
