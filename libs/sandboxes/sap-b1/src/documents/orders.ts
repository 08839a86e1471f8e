import { type CompanyData, type Row, setOf, stampRow } from '../company/company.ts';
import { refuseDuplicate } from '../company/duplicates.ts';
import { SapFault, textOf } from '../protocol/sap-fault.ts';
import { computeDocument } from './amounts/document.ts';
import { checkDocument, checkSiteRules } from './checks.ts';
import { fillDocument } from './fill.ts';
import { checkStock } from './stock.ts';

export interface StoredDocument {
  readonly set: 'Orders' | 'Drafts';
  readonly row: Row;
}

/** Stores a new order; a draft of it when approvals are on. @throws SapFault */
export function addOrder(company: CompanyData, body: Row, nowMs: number): StoredDocument {
  const document = fillDocument(company, body, nowMs);
  checkDocument(company, document);
  computeDocument(company, document);
  refuseDuplicate(company, 'Orders', document);
  checkStock(company, document);
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
