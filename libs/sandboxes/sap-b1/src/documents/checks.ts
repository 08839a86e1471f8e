import { type CompanyData, type Row, setOf } from '../company/company.ts';
import { checkPartnerLinks } from '../partners/links.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';

/** What the server checks of an order before it stores it. @throws SapFault in the server's codes */
export function checkDocument(company: CompanyData, document: Row): void {
  const { language } = company.settings;
  const refuse = (text: string, place: string) => new SapFault(400, -5002, `${text} [${place}]`);
  const partner = setOf(company, 'BusinessPartners').get(String(document.CardCode ?? ''));
  if (partner === undefined || partner.CardType === 'cSupplier')
    throw refuse(`${textOf('badCode', language)} '${String(document.CardCode ?? '')}'`, 'ORDR.CardCode');
  if (partner.Frozen === 'tYES' || partner.Valid === 'tNO')
    throw refuse(`'${String(document.CardCode)}' ${textOf('inactive', language)}`, 'ORDR.CardCode');
  if (
    document.DocDueDate === undefined ||
    document.DocDueDate === null ||
    String(document.DocDueDate) < String(document.DocDate)
  )
    throw refuse(textOf('badDate', language), 'ORDR.DocDueDate');
  checkCurrency(company, document, partner);
  checkPartnerLinks(company, document, partner);
  checkReferences(company, document);
  const lines = document.DocumentLines as Row[];
  if (lines.length === 0) throw refuse(textOf('noLines', language), 'ORDR');
  lines.forEach((line, index) => {
    checkLine(company, line, index);
  });
  for (const row of (document.DocumentAdditionalExpenses ?? []) as Row[])
    if (!setOf(company, 'AdditionalExpenses').has(String(row.ExpenseCode)))
      throw refuse(`${textOf('badCode', language)} '${String(row.ExpenseCode)}'`, 'RDR3.ExpnsCode');
}

/** The site's own rules come last, in the transaction notification procedure. @throws SapFault with the rule's code and text */
export function checkSiteRules(company: CompanyData, document: Row): void {
  for (const rule of company.rules) {
    const byItem =
      rule.itemCode === undefined || (document.DocumentLines as Row[]).some((line) => line.ItemCode === rule.itemCode);
    const byPartner = rule.cardCode === undefined || rule.cardCode === document.CardCode;
    if (byItem && byPartner) throw new SapFault(400, rule.code, `(1) ${rule.text}`);
  }
}

function checkCurrency(company: CompanyData, document: Row, partner: Row): void {
  const { language, localCurrency } = company.settings;
  const currency = String(document.DocCurrency);
  const known = setOf(company, 'Currencies').has(currency);
  // A partner keeps one currency, or all of them (##); the local one is always possible for ## only.
  const allowed =
    partner.Currency === '##' ||
    partner.Currency === currency ||
    (partner.Currency === undefined && currency === localCurrency);
  if (!known || !allowed) throw new SapFault(400, -5002, `${textOf('badCode', language)} '${currency}' [ORDR.DocCur]`);
}

const REFERENCES: readonly (readonly [property: string, set: string, place: string])[] = [
  ['PaymentGroupCode', 'PaymentTermsTypes', 'ORDR.GroupNum'],
  ['SalesPersonCode', 'SalesPersons', 'ORDR.SlpCode'],
  ['TransportationCode', 'ShippingTypes', 'ORDR.TrnspCode'],
  ['BPL_IDAssignedToInvoice', 'BusinessPlaces', 'ORDR.BPLId'],
];

function checkReferences(company: CompanyData, document: Row): void {
  for (const [property, set, place] of REFERENCES) {
    const value = document[property];
    if (value === undefined || value === null || setOf(company, set).has(String(value))) continue;
    throw new SapFault(400, -5002, `${textOf('badCode', company.settings.language)} '${String(value)}' [${place}]`);
  }
  const series = document.Series;
  if (
    series !== undefined &&
    series !== null &&
    !company.series.some((known) => known.series === series && known.document === '17' && !known.locked)
  )
    throw new SapFault(400, -5002, `${textOf('badCode', company.settings.language)} '${String(series)}' [ORDR.Series]`);
}

function checkLine(company: CompanyData, line: Row, index: number): void {
  const { language, taxField } = company.settings;
  const item = setOf(company, 'Items').get(String(line.ItemCode ?? ''));
  // A bad reference inside a body is "no matching records", as for a bad key.
  if (item === undefined) throw new SapFault(400, -2028, textOf('notFound', language));
  const place = (column: string) => `RDR1.${column}][line: ${index + 1}`;
  if (item.Frozen === 'tYES' || item.Valid === 'tNO' || item.SalesItem === 'tNO')
    throw new SapFault(400, -5002, `'${String(line.ItemCode)}' ${textOf('inactive', language)} [${place('ItemCode')}]`);
  if (!(typeof line.Quantity === 'number' && line.Quantity > 0))
    throw new SapFault(400, -5002, `${textOf('badQuantity', language)} [${place('Quantity')}]`);
  if (!setOf(company, 'Warehouses').has(String(line.WarehouseCode)))
    throw new SapFault(
      400,
      -5002,
      `${textOf('badCode', language)} '${String(line.WarehouseCode)}' [${place('WhsCode')}]`,
    );
  if (line[taxField] === undefined || line[taxField] === null)
    throw new SapFault(400, -5002, `${textOf('badCode', language)} '' [${place(taxField)}]`);
}
