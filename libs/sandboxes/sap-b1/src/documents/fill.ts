import { type CompanyData, type Row, setOf, todayOf } from '../company/company.ts';
import { applyUserDefaults } from '../company/user-fields.ts';
import { addressesOf, defaultContact } from '../partners/links.ts';
import { checkState } from '../partners/states.ts';
import { isGrossDocument } from './amounts/document.ts';
import { mergeFreight, noteFreightAmounts } from './amounts/freight.ts';
import { noteLinePrices } from './amounts/line.ts';

/** A new document before it is checked and computed: the server's defaults fill in what the writer omits. */
export function fillDocument(company: CompanyData, body: Row, nowMs: number): Row {
  const partner = setOf(company, 'BusinessPartners').get(String(body.CardCode ?? ''));
  const { localCurrency } = company.settings;
  const partnerCurrency = partner?.Currency === '##' || partner === undefined ? localCurrency : partner.Currency;
  const address = (body.AddressExtension ?? {}) as Row;
  checkState(company, address, 'ShipTo', 'RDR12');
  checkState(company, address, 'BillTo', 'RDR12');
  const isGross = isGrossDocument(body);
  const lines = ((body.DocumentLines ?? []) as Row[]).map((line, index) => fillLine(company, line, index, isGross));
  const freight = ((body.DocumentAdditionalExpenses ?? []) as Row[]).map((row, index) =>
    fillExpense(company, row, index, isGross),
  );
  const document: Row = {
    ...documentDefaults(nowMs),
    DocObjectCode: 'oOrders',
    TaxDate: body.DocDate ?? todayOf(nowMs),
    PaymentGroupCode: partner?.PayTermsGrpCode ?? -1,
    DocCurrency: partnerCurrency,
    DocumentStatus: 'bost_Open',
    Cancelled: 'tNO',
    CancelStatus: 'csNo',
    CreationDate: todayOf(nowMs),
    ...body,
    CardName: body.CardName ?? partner?.CardName ?? null,
    ContactPersonCode: body.ContactPersonCode === undefined ? defaultContact(partner) : body.ContactPersonCode,
    AddressExtension: { ...addressesOf(partner, body, address), ...address },
    DocumentLines: lines,
    DocumentAdditionalExpenses: mergeFreight(company, freight),
  };
  applyUserDefaults(company, 'ORDR', document);
  return document;
}

/** Defaults of a document's head, the same for every partner; the writer's values replace them. */
export function documentDefaults(nowMs: number): Row {
  return {
    DocType: 'dDocument_Items',
    DocDate: todayOf(nowMs),
    TaxDate: todayOf(nowMs),
    SalesPersonCode: -1,
    DiscountPercent: 0,
    Rounding: 'tNO',
    PriceMode: 'pmdNet',
  };
}

export function fillLine(company: CompanyData, line: Row, lineNum: number, isGross: boolean): Row {
  const item = setOf(company, 'Items').get(String(line.ItemCode ?? ''));
  const { taxField } = company.settings;
  const filled: Row = {
    ItemDescription: item?.ItemName ?? null,
    Quantity: 1,
    WarehouseCode: item?.DefaultWarehouse ?? '01',
    [taxField]: taxField === 'TaxCode' ? 'EX' : 'A0',
    $unitPrice: (item?.ItemPrices as Row[] | undefined)?.[0]?.Price ?? 0,
    TreeType: 'iNotATree',
    ...line,
    LineStatus: 'bost_Open',
    LineNum: lineNum,
    VisualOrder: lineNum,
    RemainingOpenQuantity: line.Quantity ?? 1,
  };
  noteLinePrices(filled, line, isGross);
  applyUserDefaults(company, 'RDR1', filled);
  return filled;
}

export function fillExpense(company: CompanyData, row: Row, lineNum: number, isGross: boolean): Row {
  const { taxField } = company.settings;
  const filled: Row = {
    [taxField]: taxField === 'TaxCode' ? 'EX' : 'A0',
    TaxLiable: 'tYES',
    Status: 'bost_Open',
    ...row,
    LineNum: lineNum,
  };
  noteFreightAmounts(filled, row, isGross);
  return filled;
}
