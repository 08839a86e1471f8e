import { type CompanyData, type Row, setOf, stampRow, todayOf } from '../company/company.ts';
import { applyUserDefaults } from '../company/user-fields.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';
import { checkDocument, checkSiteRules } from './checks.ts';
import { computeDocument } from './compute.ts';

/** Properties a PATCH ignores in silence. */
const READ_ONLY = [
  'CardCode',
  'DocEntry',
  'DocNum',
  'DocTotal',
  'DocTotalFc',
  'VatSum',
  'VatSumFc',
  'DocumentStatus',
  'Cancelled',
  'CancelStatus',
  'DocCurrency',
  'DocObjectCode',
  'Series',
  'DataVersion',
  'CreationDate',
  'UpdateDate',
  'UpdateTime',
];

export interface StoredDocument {
  readonly set: 'Orders' | 'Drafts';
  readonly row: Row;
}

/** Stores a new order; a draft of it when approvals are on. @throws SapFault */
export function addOrder(company: CompanyData, body: Row, nowMs: number): StoredDocument {
  const document = fillDocument(company, body, nowMs);
  checkDocument(company, document);
  computeDocument(company, document);
  checkSiteRules(company, document);
  const asDraft = company.settings.approvals;
  if (asDraft && company.settings.approvalsLeft !== null) {
    company.settings.approvalsLeft -= 1;
    if (company.settings.approvalsLeft <= 0) {
      company.settings.approvals = false;
      company.settings.approvalsLeft = null;
    }
  }
  return asDraft ? storeDraft(company, document, nowMs) : storeOrder(company, document, nowMs);
}

/** Stores a draft that a client posts to Drafts itself. */
export function addDraft(company: CompanyData, body: Row, nowMs: number): StoredDocument {
  const document = fillDocument(company, body, nowMs);
  checkDocument(company, document);
  computeDocument(company, document);
  return storeDraft(company, document, nowMs);
}

/** An approved draft becomes the order it was meant to be; the draft is gone. */
export function saveDraftAsOrder(company: CompanyData, docEntry: string, nowMs: number): StoredDocument {
  const draft = setOf(company, 'Drafts').get(docEntry);
  if (draft === undefined) throw new SapFault(404, -2028, textOf('notFound', company.settings.language));
  setOf(company, 'Drafts').delete(docEntry);
  return storeOrder(company, draft, nowMs);
}

/** Changes an order as PATCH does: collections merge by their number, or are replaced. @throws SapFault */
export function changeOrder(company: CompanyData, document: Row, change: Row, replace: boolean, nowMs: number): void {
  const { language } = company.settings;
  if (document.DocumentStatus !== 'bost_Open') throw new SapFault(400, -5006, textOf('closed', language));
  for (const [name, value] of Object.entries(change)) {
    if (READ_ONLY.includes(name) || ['DocumentLines', 'DocumentAdditionalExpenses', 'AddressExtension'].includes(name))
      continue;
    document[name] = value;
  }
  if (change.AddressExtension !== undefined)
    document.AddressExtension = { ...(document.AddressExtension as Row), ...(change.AddressExtension as Row) };
  if (change.DocumentLines !== undefined) changeLines(company, document, change.DocumentLines as Row[], replace);
  if (change.DocumentAdditionalExpenses !== undefined)
    changeExpenses(company, document, change.DocumentAdditionalExpenses as Row[], replace);
  checkDocument(company, document);
  computeDocument(company, document);
  checkSiteRules(company, document);
  stampRow(company, document, nowMs, true);
}

/** Cancel, Close, Reopen. @throws SapFault -5006 when the state does not allow it */
export function moveOrder(
  company: CompanyData,
  document: Row,
  action: 'Cancel' | 'Close' | 'Reopen',
  nowMs: number,
): void {
  const lines = document.DocumentLines as Row[];
  const open = document.DocumentStatus === 'bost_Open';
  const delivered = lines.some((line) => Number(line.RemainingOpenQuantity) < Number(line.Quantity));
  const possible =
    action === 'Reopen' ? !open && document.Cancelled !== 'tYES' : open && !(action === 'Cancel' && delivered);
  if (!possible) throw new SapFault(400, -5006, textOf('unsupported', company.settings.language));
  document.DocumentStatus = action === 'Reopen' ? 'bost_Open' : 'bost_Close';
  if (action === 'Cancel')
    Object.assign(document, { Cancelled: 'tYES', CancelStatus: 'csYes', CancelDate: todayOf(nowMs) });
  for (const line of lines) line.LineStatus = document.DocumentStatus;
  stampRow(company, document, nowMs, true);
}

/** What a delivery note does to its order: pieces leave, full lines and a full order close. */
export function deliverOrder(
  company: CompanyData,
  document: Row,
  quantities: Readonly<Record<string, number>> | null,
  nowMs: number,
): void {
  for (const line of document.DocumentLines as Row[]) {
    const quantity = quantities === null ? Number(line.RemainingOpenQuantity) : (quantities[String(line.LineNum)] ?? 0);
    line.RemainingOpenQuantity = Math.max(0, Number(line.RemainingOpenQuantity) - quantity);
    if (line.RemainingOpenQuantity === 0) line.LineStatus = 'bost_Close';
  }
  if ((document.DocumentLines as Row[]).every((line) => line.LineStatus === 'bost_Close'))
    document.DocumentStatus = 'bost_Close';
  stampRow(company, document, nowMs, true);
}

function fillDocument(company: CompanyData, body: Row, nowMs: number): Row {
  const partner = setOf(company, 'BusinessPartners').get(String(body.CardCode ?? ''));
  const { localCurrency } = company.settings;
  const partnerCurrency = partner?.Currency === '##' || partner === undefined ? localCurrency : partner.Currency;
  const lines = ((body.DocumentLines ?? []) as Row[]).map((line, index) => fillLine(company, line, index));
  const document: Row = {
    DocType: 'dDocument_Items',
    DocObjectCode: 'oOrders',
    CardName: partner?.CardName ?? null,
    DocDate: todayOf(nowMs),
    TaxDate: body.DocDate ?? todayOf(nowMs),
    PaymentGroupCode: partner?.PayTermsGrpCode ?? -1,
    SalesPersonCode: -1,
    DocCurrency: partnerCurrency,
    DiscountPercent: 0,
    Rounding: 'tNO',
    PriceMode: 'pmdNet',
    DocumentStatus: 'bost_Open',
    Cancelled: 'tNO',
    CancelStatus: 'csNo',
    CreationDate: todayOf(nowMs),
    ...body,
    AddressExtension: body.AddressExtension ?? {},
    DocumentLines: lines,
    DocumentAdditionalExpenses: ((body.DocumentAdditionalExpenses ?? []) as Row[]).map((row, index) =>
      fillExpense(company, row, index),
    ),
  };
  applyUserDefaults(company, 'ORDR', document);
  return document;
}

function fillLine(company: CompanyData, line: Row, lineNum: number): Row {
  const item = setOf(company, 'Items').get(String(line.ItemCode ?? ''));
  const price = (item?.ItemPrices as Row[] | undefined)?.[0]?.Price ?? 0;
  const noPrice = ['UnitPrice', 'Price', 'PriceAfterVAT', 'GrossPrice'].every((name) => line[name] === undefined);
  const { taxField } = company.settings;
  const filled: Row = {
    ItemDescription: item?.ItemName ?? null,
    Quantity: 1,
    WarehouseCode: item?.DefaultWarehouse ?? '01',
    [taxField]: taxField === 'TaxCode' ? 'EX' : 'A0',
    ...(noPrice ? { UnitPrice: price } : {}),
    TreeType: 'iNotATree',
    LineStatus: 'bost_Open',
    ...line,
    ...(line.TaxTotal === undefined ? {} : { $taxGiven: line.TaxTotal }),
    LineNum: lineNum,
    VisualOrder: lineNum,
    RemainingOpenQuantity: line.Quantity ?? 1,
  };
  applyUserDefaults(company, 'RDR1', filled);
  return filled;
}

function fillExpense(company: CompanyData, row: Row, lineNum: number): Row {
  const { taxField } = company.settings;
  return {
    [taxField]: taxField === 'TaxCode' ? 'EX' : 'A0',
    Status: 'bost_Open',
    ...row,
    $amount: row.LineTotal ?? 0,
    ...(row.TaxSum === undefined ? {} : { $taxGiven: row.TaxSum }),
    LineNum: lineNum,
  };
}

function changeLines(company: CompanyData, document: Row, changes: readonly Row[], replace: boolean): void {
  const { language } = company.settings;
  const lines = document.DocumentLines as Row[];
  let next = Math.max(-1, ...lines.map((line) => Number(line.LineNum))) + 1;
  const named = new Set<unknown>(changes.map((change) => change.LineNum).filter((lineNum) => lineNum !== undefined));
  const kept = replace ? lines.filter((line) => named.has(line.LineNum)) : [...lines];
  const dropped = lines.filter((line) => !kept.includes(line));
  if (dropped.some((line) => Number(line.RemainingOpenQuantity) < Number(line.Quantity)))
    throw new SapFault(400, -5002, textOf('delivered', language));
  for (const change of changes) {
    const line = kept.find((candidate) => candidate.LineNum === change.LineNum);
    if (line === undefined) {
      if (change.LineNum !== undefined && !replace) throw new SapFault(404, -2028, textOf('notFound', language));
      kept.push(fillLine(company, change, next));
      next += 1;
    } else mergeLine(company, line, change);
  }
  document.DocumentLines = kept;
}

function mergeLine(company: CompanyData, line: Row, change: Row): void {
  const { language } = company.settings;
  const touched = Object.entries(change).some(([name, value]) => name !== 'LineNum' && line[name] !== value);
  if (!touched) return;
  if (line.LineStatus === 'bost_Close') throw new SapFault(400, -5006, textOf('closed', language));
  const delivered = Number(line.Quantity) - Number(line.RemainingOpenQuantity);
  if (change.Quantity !== undefined && Number(change.Quantity) < delivered)
    throw new SapFault(400, -5002, textOf('delivered', language));
  Object.assign(line, change, change.TaxTotal === undefined ? {} : { $taxGiven: change.TaxTotal });
  // A new price given with tax replaces the net one, and the other way round.
  if (change.UnitPrice !== undefined || change.Price !== undefined) line.$netGiven = true;
  else if (change.PriceAfterVAT !== undefined) {
    delete line.$netGiven;
    delete line.UnitPrice;
  }
  line.RemainingOpenQuantity = Number(line.Quantity) - delivered;
}

function changeExpenses(company: CompanyData, document: Row, changes: readonly Row[], replace: boolean): void {
  const rows = replace ? [] : [...(document.DocumentAdditionalExpenses as Row[])];
  for (const change of changes) {
    const row = rows.find((candidate) => candidate.LineNum === change.LineNum);
    if (row === undefined) rows.push(fillExpense(company, change, rows.length));
    else Object.assign(row, change, change.LineTotal === undefined ? {} : { $amount: change.LineTotal });
  }
  document.DocumentAdditionalExpenses = rows;
}

function storeOrder(company: CompanyData, document: Row, nowMs: number): StoredDocument {
  const series = company.series.find((candidate) => candidate.series === (document.Series ?? 70)) ?? company.series[0];
  const docNum = series === undefined ? 0 : series.next;
  if (series !== undefined) series.next += 1;
  return store(company, 'Orders', { ...document, Series: series?.series ?? null, DocNum: docNum }, nowMs);
}

function storeDraft(company: CompanyData, document: Row, nowMs: number): StoredDocument {
  return store(company, 'Drafts', { ...document, DocNum: 0, AuthorizationStatus: 'dasPending' }, nowMs);
}

function store(company: CompanyData, set: 'Orders' | 'Drafts', row: Row, nowMs: number): StoredDocument {
  company.counters.docEntry += 1;
  const docEntry = company.counters.docEntry;
  row.DocEntry = docEntry;
  for (const line of row.DocumentLines as Row[]) line.DocEntry = docEntry;
  stampRow(company, row, nowMs, true);
  setOf(company, set).set(String(docEntry), row);
  return { set, row };
}
