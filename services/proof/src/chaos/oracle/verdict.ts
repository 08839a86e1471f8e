import { FIRST_LINE_SKU, readState, referenceOf, SECOND_LINE_SKU, type SentOrder } from '../traffic.ts';
import type { CompanyOrder, CompanyPartner } from './company-reader.ts';

/** An entry of the sandbox's append-only log. */
export interface Commit {
  readonly externalRef: string | null;
  readonly kind: string;
  readonly id: string;
  readonly action: string;
  readonly at: string;
  readonly remarks?: string;
}

/** One violation, with its place. */
export interface Finding {
  readonly id: string;
  readonly what: string;
}

export interface Verdict {
  readonly lost: readonly Finding[];
  readonly duplicated: readonly Finding[];
  readonly outOfOrder: readonly Finding[];
  readonly stale: readonly Finding[];
}

export interface Evidence {
  readonly sent: ReadonlyMap<string, SentOrder>;
  readonly commits: readonly Commit[];
  readonly orders: readonly CompanyOrder[];
  readonly partners: readonly CompanyPartner[];
}

/**
 * Compares the shop's orders with the company's documents, independently of our own parts.
 * lost: no document though one was due · duplicated: more than one document of a reference, a document without an order, or two partners of
 * one address · outOfOrder: an older state committed after a newer one · stale: the document does not show the newest state.
 */
export function judge({ sent, commits, orders, partners }: Evidence): Verdict {
  const lost: Finding[] = [];
  const stale: Finding[] = [];
  const duplicated: Finding[] = [];
  const outOfOrder: Finding[] = [];
  const commitsOf = Map.groupBy(commits, (commit) => commit.externalRef);
  const documentsOf = Map.groupBy(orders, (order) => order.U_EntrepotRef);
  for (const order of sent.values()) {
    const reference = referenceOf(order.id);
    const own = (commitsOf.get(reference) ?? []).filter((commit) => commit.kind === 'Orders');
    const documents = documentsOf.get(reference) ?? [];
    const finding = (what: string): Finding => ({ id: `${order.name} (${reference})`, what });
    const created = Math.max(own.filter((commit) => commit.action === 'create').length, documents.length);
    if (created > 1) {
      duplicated.push(finding(`${created} documents: ${own.map(describeCommit).join(', ')}`));
    }
    const [document] = documents;
    if (document === undefined) {
      // An order cancelled before its import makes no document.
      if (!order.cancelled) lost.push(finding('no document in the company'));
      continue;
    }
    const overtaken = findOvertaken(own);
    if (overtaken !== null) outOfOrder.push(finding(overtaken));
    const wrong = compare(order, document);
    if (wrong !== null) stale.push(finding(wrong));
  }
  const references = new Set([...sent.values()].map((order) => referenceOf(order.id)));
  for (const reference of commitsOf.keys()) {
    const isOrder = commitsOf.get(reference)?.some((commit) => commit.kind === 'Orders') === true;
    if (isOrder && (reference === null || !references.has(reference))) {
      duplicated.push({ id: reference ?? 'no reference', what: 'a document that nobody sent' });
    }
  }
  const emails = new Set([...sent.values()].map((order) => order.email));
  for (const [email, cards] of Map.groupBy(partners, (partner) => partner.EmailAddress)) {
    if (email !== null && emails.has(email) && cards.length > 1) {
      duplicated.push({ id: email, what: `partners ${cards.map((card) => card.CardCode).join(', ')}` });
    }
  }
  return { lost, duplicated, outOfOrder, stale };
}

/** Number of due orders without a document in the log: cheap to compute, and the only relevant figure while there are many. */
export function countUncreated(sent: ReadonlyMap<string, SentOrder>, commits: readonly Commit[]): number {
  const created = new Set(commits.map((commit) => commit.externalRef));
  let missing = 0;
  for (const order of sent.values()) if (!order.cancelled && !created.has(referenceOf(order.id))) missing += 1;
  return missing;
}

function compare(order: SentOrder, document: CompanyOrder): string | null {
  const isCancelled = document.Cancelled === 'tYES';
  if (order.cancelled) return isCancelled ? null : 'cancelled in the shop, not in the company';
  if (isCancelled) return 'cancelled in the company, not in the shop';
  const state = readState(document.Comments);
  if (state !== order.state) return `state ${state ?? 'unknown'}, newest is ${order.state}`;
  const wanted = [describeLine(FIRST_LINE_SKU, 1), describeLine(SECOND_LINE_SKU, order.quantity)].join(', ');
  const lines = document.DocumentLines.map((line) => describeLine(line.ItemCode, Number(line.Quantity)));
  const held = lines.sort().join(', ');
  return held === wanted ? null : `lines ${held || 'none'}; newest are ${wanted}`;
}

function describeLine(sku: string, quantity: number): string {
  return `${sku} × ${quantity}`;
}

/** Names the commit that wrote an older state than one before it, or wrote after the cancellation. */
function findOvertaken(own: readonly Commit[]): string | null {
  let newest = -1;
  let wasCancelled = false;
  for (const commit of own) {
    const state = readState(commit.remarks) ?? newest;
    if (state < newest || (wasCancelled && commit.action !== 'cancel')) return own.map(describeCommit).join(', ');
    newest = state;
    wasCancelled ||= commit.action === 'cancel';
  }
  return null;
}

function describeCommit(commit: Commit): string {
  return `${commit.action} ${commit.id} "${commit.remarks ?? ''}" at ${commit.at}`;
}
