import { type CompanyData, type Row, setOf, stampRow, todayOf } from '../company/company.ts';
import { refuseDuplicate } from '../company/duplicates.ts';
import { applyUserDefaults } from '../company/user-fields.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';
import { mergeAddresses, mergeContacts } from './rows.ts';

/** Adds a business partner. @throws SapFault -5002 no code, -10 duplicate code, -2035 double address */
export function addPartner(company: CompanyData, body: Row, nowMs: number): Row {
  const { language } = company.settings;
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
  refuseDuplicate(company, 'BusinessPartners', body);
  if (numbered) series.next += 1;
  checkGroup(company, body);
  const row: Row = {
    ...partnerDefaults(company),
    CreateDate: todayOf(nowMs),
    ...body,
    CardCode: cardCode,
    BPAddresses: [],
    ContactEmployees: [],
  };
  mergeAddresses(company, row, withPlainAddress(body), false);
  mergeContacts(company, row, (body.ContactEmployees ?? []) as Row[], false);
  fillDefaultAddresses(company, row, body);
  applyUserDefaults(company, 'OCRD', row);
  stampRow(company, row, nowMs, true);
  partners.set(cardCode, row);
  return row;
}

/** What a partner is unless its writer says otherwise. */
export function partnerDefaults(company: CompanyData): Row {
  return {
    CardType: 'cCustomer',
    GroupCode: 100,
    Currency: company.settings.localCurrency,
    Valid: 'tYES',
    Frozen: 'tNO',
    PriceListNum: 1,
    PayTermsGrpCode: -1,
    SalesPersonCode: -1,
  };
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
  mergeAddresses(company, row, (change.BPAddresses ?? []) as Row[], replace && change.BPAddresses !== undefined);
  mergeContacts(
    company,
    row,
    (change.ContactEmployees ?? []) as Row[],
    replace && change.ContactEmployees !== undefined,
  );
  fillDefaultAddresses(company, row, change);
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

/**
 * The default addresses are rows of the partner: an unknown name is refused, a deleted default row is replaced by the first remaining one.
 */
function fillDefaultAddresses(company: CompanyData, partner: Row, given: Row): void {
  for (const [property, type, column] of [
    ['BilltoDefault', 'bo_BillTo', 'BillToDef'],
    ['ShipToDefault', 'bo_ShipTo', 'ShipToDef'],
  ] as const) {
    const names = (partner.BPAddresses as Row[])
      .filter((row) => row.AddressType === type)
      .map((row) => row.AddressName);
    const name = partner[property] ?? null;
    if (name !== null && names.includes(name)) continue;
    if (name !== null && given[property] === name)
      throw new SapFault(
        400,
        -5002,
        `${textOf('badCode', company.settings.language)} '${String(name)}' [OCRD.${column}]`,
      );
    partner[property] = names[0] ?? null;
  }
}
