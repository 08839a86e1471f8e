import type { FieldProblem } from '@entrepot/canonical';
import type { DocumentKey, FoundDocument, PlannedDocument } from '@entrepot/vendor-kit';
import { ERP, normalise } from './records.ts';

export interface TargetDocument {
  readonly id: string;
  readonly ref: string;
  readonly entity: string;
  /** Which of its record's documents it is. */
  readonly name: string;
  readonly email: string | null;
  version: number;
  content: string;
  cancelled: boolean;
  /** Id of the variant that it sells. */
  item: string | null;
  /** Version of which the system keeps something else than was written; null = none. */
  garbledVersion: number | null;
  /** Whether an order that was only taken is entered by now; null = it was created at once. */
  entered: boolean | null;
}

/** What is written into one document. */
export interface Plan {
  readonly version: number;
  readonly content: string;
  readonly email: string | null;
  readonly item: string | null;
}

/** What a person of the system sees of a document, beside its address. */
function textOf({ content, cancelled, item }: TargetDocument): string {
  return `${content}/${cancelled}/${item ?? ''}`;
}

export function hashState(document: TargetDocument): string {
  return textOf(document);
}

export function isAsPlanned(system: string, planned: PlannedDocument<Plan>, found: FoundDocument<TargetDocument>) {
  if ((planned.desired === 'cancelled') !== found.body.cancelled) return false;
  return compareContent(system, planned, found).length === 0;
}

/** The differences between a plan and what the system holds, its state aside: nobody minds what a cancelled document says. */
export function compareContent(
  system: string,
  { body, desired }: PlannedDocument<Plan>,
  { body: held }: FoundDocument<TargetDocument>,
): FieldProblem[] {
  if (desired === 'cancelled') return [];
  const content = keep(system, body.content);
  return [
    ...(held.content === content ? [] : [{ path: 'content', expected: content, actual: held.content }]),
    ...(held.item === body.item ? [] : [{ path: 'item', expected: String(body.item), actual: String(held.item) }]),
  ];
}

export function nameOf({ role, subId }: DocumentKey): string {
  return `${role}/${subId ?? ''}`;
}

export function keep(system: string, content: string): string {
  return system === ERP ? normalise(content) : content;
}

export function isTwin(a: TargetDocument, b: TargetDocument): boolean {
  return a.ref === b.ref || (a.email !== null && a.email === b.email);
}

export function show(document: TargetDocument): FoundDocument<TargetDocument> {
  const { id, cancelled } = document;
  const state = cancelled ? 'cancelled' : 'posted';
  return { targetId: id, targetNumber: id, state, body: { ...document }, etag: tagOf(document) };
}

export function showItem(sku: string): FoundDocument<TargetDocument> {
  const blank = {
    entity: 'product',
    name: 'product/',
    email: null,
    version: 0,
    cancelled: false,
    item: null,
    garbledVersion: null,
    entered: null,
  };
  return { ...show({ ...blank, id: sku, ref: sku, content: sku }), etag: null };
}

export function tagOf(document: TargetDocument): string {
  return `${document.version}/${textOf(document)}`;
}
