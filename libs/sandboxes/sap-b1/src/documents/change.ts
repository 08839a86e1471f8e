import { type CompanyData, type Row, stampRow } from '../company/company.ts';
import { checkState } from '../partners/states.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';
import { computeDocument, isGrossDocument } from './amounts/document.ts';
import { mergeFreight, noteFreightAmounts } from './amounts/freight.ts';
import { noteLinePrices } from './amounts/line.ts';
import { checkDocument, checkSiteRules } from './checks.ts';
import { fillExpense, fillLine } from './fill.ts';
import { closeWithLines } from './moves.ts';
import { checkStock } from './stock.ts';

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

/** Changes an order as PATCH does: collections merge by their number, or are replaced. @throws SapFault */
export function changeOrder(company: CompanyData, document: Row, change: Row, replace: boolean, nowMs: number): void {
  const { language } = company.settings;
  if (document.DocumentStatus !== 'bost_Open') throw new SapFault(400, -5006, textOf('closed', language));
  for (const [name, value] of Object.entries(change)) {
    if (READ_ONLY.includes(name) || ['DocumentLines', 'DocumentAdditionalExpenses', 'AddressExtension'].includes(name))
      continue;
    document[name] = value;
  }
  if (change.AddressExtension !== undefined) changeAddresses(company, document, change.AddressExtension as Row | null);
  if (change.DocumentLines !== undefined) changeLines(company, document, change.DocumentLines as Row[], replace);
  if (change.DocumentAdditionalExpenses !== undefined)
    changeExpenses(company, document, change.DocumentAdditionalExpenses as Row[], replace);
  checkDocument(company, document);
  computeDocument(company, document);
  checkStock(company, document);
  checkSiteRules(company, document);
  stampRow(company, document, nowMs, true);
}

/** A null for a column empties it, a null for all of them empties all. */
function changeAddresses(company: CompanyData, document: Row, change: Row | null): void {
  const address = change === null ? {} : { ...(document.AddressExtension as Row), ...change };
  checkState(company, address, 'ShipTo', 'RDR12');
  checkState(company, address, 'BillTo', 'RDR12');
  document.AddressExtension = address;
}

function changeLines(company: CompanyData, document: Row, changes: readonly Row[], replace: boolean): void {
  const { language } = company.settings;
  const lines = document.DocumentLines as Row[];
  const isGross = isGrossDocument(document);
  let next = Math.max(-1, ...lines.map((line) => Number(line.LineNum))) + 1;
  const named = new Set<unknown>(changes.map((change) => change.LineNum).filter((lineNum) => lineNum !== undefined));
  const kept = replace ? lines.filter((line) => named.has(line.LineNum)) : [...lines];
  const dropped = lines.filter((line) => !kept.includes(line));
  if (dropped.some((line) => line.LineStatus === 'bost_Close'))
    throw new SapFault(400, -5006, textOf('closed', language));
  if (dropped.some((line) => Number(line.RemainingOpenQuantity) < Number(line.Quantity)))
    throw new SapFault(400, -5002, textOf('delivered', language));
  for (const change of changes) {
    const line = kept.find((candidate) => candidate.LineNum === change.LineNum);
    if (line === undefined) {
      if (change.LineNum !== undefined && !replace) throw new SapFault(404, -2028, textOf('notFound', language));
      kept.push(fillLine(company, change, next, isGross));
      next += 1;
    } else mergeLine(company, line, change, isGross);
  }
  document.DocumentLines = kept;
  closeWithLines(document);
}

function mergeLine(company: CompanyData, line: Row, change: Row, isGross: boolean): void {
  const { language } = company.settings;
  const touched = Object.entries(change).some(([name, value]) => name !== 'LineNum' && line[name] !== value);
  if (!touched) return;
  if (line.LineStatus === 'bost_Close') throw new SapFault(400, -5006, textOf('closed', language));
  const delivered = Number(line.Quantity) - Number(line.RemainingOpenQuantity);
  if (change.Quantity !== undefined && Number(change.Quantity) < delivered)
    throw new SapFault(400, -5002, textOf('delivered', language));
  Object.assign(line, change);
  noteLinePrices(line, change, isGross);
  line.RemainingOpenQuantity = Number(line.Quantity) - delivered;
}

function changeExpenses(company: CompanyData, document: Row, changes: readonly Row[], replace: boolean): void {
  const isGross = isGrossDocument(document);
  const rows = replace ? [] : [...(document.DocumentAdditionalExpenses as Row[])];
  let next = Math.max(-1, ...rows.map((row) => Number(row.LineNum))) + 1;
  for (const change of changes) {
    const row = rows.find((candidate) => candidate.LineNum === change.LineNum);
    if (row === undefined) {
      rows.push(fillExpense(company, change, next, isGross));
      next += 1;
    } else {
      Object.assign(row, change);
      noteFreightAmounts(row, change, isGross);
    }
  }
  document.DocumentAdditionalExpenses = mergeFreight(company, rows);
}
