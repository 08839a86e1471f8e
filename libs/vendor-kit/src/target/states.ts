import { createHash } from 'node:crypto';
import type { DocumentKey, FoundDocument, PlannedDocument } from './documents.ts';

/**
 * The fields of an entity, in groups: of each, a flow may say whether source or target decides where both changed it.
 * Members are methods, as those of the entity.
 */
export interface FieldGroups<Plan = unknown, State = unknown> {
  /**
   * Group → its fields in a found document's body. Every field of `stateHash` is in one. Named as the canonical fields
   * are: two vendors then name alike what means the same, and a change in one of their flows is decided as in the other.
   */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** The plan with what the target has in these groups: `compare` then finds no difference in them. Pure. */
  keep(document: PlannedDocument<Plan>, current: FoundDocument<State>, groups: readonly string[]): Plan;
  /**
   * The same fields as the plan leaves them, in the target's own form. Pure. A write whose end nobody saw is told from
   * somebody's change by them: what is found otherwise counts as changed in the target.
   */
  expected(document: PlannedDocument<Plan>): Readonly<Record<string, unknown>>;
}

/** A document's state, as hashes: of all mapped fields, and of each group of them. */
export interface StateHashes {
  readonly hash: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** A document that a source's record shows, as the vendor's target reads it. */
export interface ShownState extends StateHashes {
  readonly role: string;
  readonly targetId: string;
  /** The external reference of ours that the document carries; null: none, or not visible. */
  readonly reference: string | null;
}

/** What decides a document's hashes: members of the target entity. */
interface StateFunctions<State> {
  stateHash(document: DocumentKey, current: FoundDocument<State>): string;
  readonly fieldGroups?: Pick<FieldGroups<never, State>, 'fields'>;
}

/** Hashes of a document's state. Source and target of a vendor both come here, so that they agree. */
export function hashState<State>(
  { stateHash, fieldGroups }: StateFunctions<State>,
  document: DocumentKey,
  current: FoundDocument<State>,
): StateHashes {
  return { hash: stateHash(document, current), fields: hashGroups(fieldGroups?.fields ?? {}, current.body) };
}

/** Hash of each group of fields of a body. */
export function hashGroups(groups: FieldGroups['fields'], body: unknown): StateHashes['fields'] {
  return Object.fromEntries(Object.entries(groups).map(([group, names]) => [group, hashFields(body, names)]));
}

/** For a source: what a record shows of one document. */
export function showState<State>(
  entity: StateFunctions<State>,
  document: DocumentKey,
  current: FoundDocument<State>,
  reference: string | null,
): ShownState {
  const { role } = document;
  return { role, targetId: current.targetId, reference, ...hashState(entity, document, current) };
}

function hashFields(body: unknown, names: readonly string[]): string {
  const values = names.map((name) => [name, readField(body, name)]);
  return createHash('sha256').update(JSON.stringify(values, sortKeys)).digest('base64url').slice(0, 22);
}

function readField(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (Reflect.get(body, name) ?? null) : null;
}

/** Two answers may name the fields of one object in different orders. */
function sortKeys(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
