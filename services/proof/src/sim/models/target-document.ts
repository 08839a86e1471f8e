import type { FieldProblem } from '@entrepot/canonical';
import type { DocumentKey, FoundDocument, LineMapping, PlannedDocument } from '@entrepot/vendor-kit';
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
  /** Its lines, as the system numbers them. */
  lines: readonly NumberedLine[];
  /** Whether an order that was only taken is entered by now; null = it was created at once. */
  entered: boolean | null;
}

/** A line of the source's record, and its number in the system. */
export interface NumberedLine {
  readonly source: string;
  readonly target: string;
}

/** What is written into one document. */
export interface Plan {
  readonly version: number;
  readonly content: string;
  readonly email: string | null;
  readonly item: string | null;
  /** Ids of its lines at the source. */
  readonly lines: readonly string[];
  /** Documents of one turn are written one after another. Left out: in any order. */
  readonly turn?: string | undefined;
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
    ...(body.lines.every((line) => held.lines.some(({ source }) => source === line))
      ? []
      : [{ path: 'lines', expected: body.lines.join(), actual: held.lines.map(({ source }) => source).join() }]),
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
  return {
    targetId: id,
    targetNumber: id,
    state,
    body: { ...document },
    etag: tagOf(document),
    ...(document.lines.length === 0 ? {} : { lines: showLines(document) }),
  };
}

export function showLines({ lines }: TargetDocument): LineMapping[] {
  return lines.map(({ source, target }) => ({ sourceLineId: source, targetLine: target }));
}

/** The numbers that a system gives to lines: others than the source's, and the same for ever. */
export function numberLines(known: readonly NumberedLine[], lines: readonly string[]): NumberedLine[] {
  if (known.length === 0)
    return lines.map((source, index) => ({ source, target: String(((index + 1) % lines.length) + 1) }));
  const added = lines.filter((line) => !known.some(({ source }) => source === line));
  return [...known, ...added.map((source, index) => ({ source, target: String(known.length + index + 1) }))];
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
    lines: [],
    entered: null,
  };
  return { ...show({ ...blank, id: sku, ref: sku, content: sku }), etag: null };
}

export function tagOf(document: TargetDocument): string {
  return `${document.version}/${textOf(document)}`;
}
