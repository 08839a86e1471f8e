import {
  type EntityName,
  type EntityOf,
  type FieldProblem,
  foldName,
  type JsonValue,
  type OrderFacts,
  type RecordFacts,
  toJson,
} from '@entrepot/canonical';
import { evaluateCondition, evaluateExpression } from './expression.ts';
import type { FlowSettings, ImportGate } from './flow-settings.ts';
import { MappingError } from './mapping-error.ts';

/** Why a flow does not take a record. Stable: shown in reports and counted. */
export const SKIP_REASONS = [
  'deleted-before-import',
  'test-order',
  'cancelled-before-import',
  'channel-not-selected',
  'payment-not-ready',
  'filtered',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

export type FlowDecision =
  | { readonly matched: true }
  | { readonly matched: false; readonly reasonCode: SkipReason; readonly reason: string };

const MATCHED: FlowDecision = { matched: true };

/**
 * Decides whether a flow takes a record. A record that the target already holds (`linked`) is always taken: its later
 * states must reach the target even when they no longer match, or a cancelled order would stay open there.
 * @param readEntity the record itself: requested by a filter expression alone
 * @throws MappingError when the filter expression fails: neither yes nor no is right then, so the caller must make it
 *   visible as failed
 */
export async function decideFlow<E extends EntityName>(
  flow: FlowSettings,
  entityName: E,
  facts: RecordFacts,
  readEntity: () => Promise<EntityOf<E>>,
  context: { readonly linked: boolean },
): Promise<FlowDecision> {
  if (context.linked) return MATCHED;
  if (facts.deleted) return skip('deleted-before-import', 'it was deleted in the source before it was ever delivered');
  if (facts.order !== null && 'gate' in flow) {
    const decision = passGate(flow.gate, facts.order);
    if (!decision.matched) return decision;
  }
  if (
    flow.filter !== null &&
    !(await evaluateCondition(flow.filter, toJson(entityName, await readEntity()) as JsonValue, 'filter'))
  ) {
    return skip('filtered', `the flow's filter is not met: ${shorten(flow.filter)}`);
  }
  return MATCHED;
}

/** The import gate alone: test orders, cancelled orders, channels, payment. */
function passGate(gate: ImportGate, order: OrderFacts): FlowDecision {
  if (order.test && gate.testOrders === 'skip')
    return skip('test-order', 'it is a test order; the flow skips test orders');
  if (gate.cancelledBeforeImport === 'skip' && order.cancelled) {
    return skip('cancelled-before-import', 'it was cancelled before it was ever delivered');
  }
  return passChannel(gate, order) ?? passPayment(gate, order) ?? MATCHED;
}

function passChannel(gate: ImportGate, { channels }: OrderFacts): FlowDecision | null {
  if (gate.channels === null) return null;
  const wanted = new Set(gate.channels.map(foldName));
  if (channels.some((name) => wanted.has(foldName(name)))) return null;
  const channel = channels.length === 0 ? 'no sales channel' : `the sales channel "${channels.at(-1)}"`;
  return skip(
    'channel-not-selected',
    `it came by ${channel}; the flow takes ${gate.channels.length === 0 ? 'none' : gate.channels.join(', ')}`,
  );
}

/** Money was received, whatever was given back since. */
const PAID = new Set(['PAID', 'PARTIALLY_REFUNDED', 'REFUNDED']);

function passPayment(gate: ImportGate, order: OrderFacts): FlowDecision | null {
  const { importOn } = gate;
  if (importOn.includes('any')) return null;
  if (importOn.includes('paid') && PAID.has(order.paymentStatus)) return null;
  if (importOn.includes('authorized') && order.paymentStatus === 'AUTHORIZED') return null;
  const chosen = new Set(gate.manualPaymentMethods.map(foldName));
  if (order.waysToPay.some(({ name }) => chosen.has(foldName(name)))) return null;
  return skip(
    'payment-not-ready',
    `its payment is ${describePaymentStatus(order)}; the flow takes ${importOn.join(' or ') || 'no payment state'}${
      chosen.size === 0 ? '' : `, or orders paid by ${gate.manualPaymentMethods.join(', ')}`
    }${adviseWays(order)}`,
  );
}

function describePaymentStatus({ paymentStatus, paymentStatusRaw: raw }: OrderFacts): string {
  return raw === null || foldName(raw) === foldName(paymentStatus)
    ? paymentStatus
    : `${paymentStatus} (in the source: ${raw})`;
}

/** What `manualPaymentMethods` may name to let such orders in. */
function adviseWays({ waysToPay }: OrderFacts): string {
  const names = waysToPay.filter(({ isCommon }) => isCommon).map(({ name }) => `"${name}"`);
  const last = names.pop();
  if (last === undefined) return '';
  const listed = names.length === 0 ? last : `${names.join(', ')} or ${last}`;
  return `; to take such orders unpaid, name ${listed} in gate.manualPaymentMethods`;
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}

function skip(reasonCode: SkipReason, reason: string): FlowDecision {
  return { matched: false, reasonCode, reason };
}

/** The entry for every value that has none of its own. */
export const ANY_VALUE = '*';
/** A target value that means "as in the source". */
export const SAME_VALUE = '=';

/** Looks a source value up in a value map: its own entry, else that of `*`; undefined when there is neither. */
export function findMappedValue(
  flow: Pick<FlowSettings, 'valueMaps'>,
  kind: string,
  value: string | null,
): string | undefined {
  const entries = Object.hasOwn(flow.valueMaps, kind) ? flow.valueMaps[kind] : undefined;
  if (entries === undefined) return undefined;
  const found =
    value !== null && Object.hasOwn(entries, value)
      ? entries[value]
      : Object.hasOwn(entries, ANY_VALUE)
        ? entries[ANY_VALUE]
        : undefined;
  return found === SAME_VALUE ? (value ?? undefined) : found;
}

/**
 * As {@link findMappedValue}, for values the target cannot do without. `path` is the canonical field the value stands in.
 * @throws MappingError `no-value-map-entry`, naming kind and value
 */
export function mapValue(
  flow: Pick<FlowSettings, 'valueMaps'>,
  kind: string,
  value: string | null,
  path?: string,
): string {
  const found = findMappedValue(flow, kind, value);
  if (found !== undefined) return found;
  const problem = describeMissingValue(kind, value, path);
  throw new MappingError('no-value-map-entry', problem.message ?? '', {
    advice: `Add ${value === null ? `"${ANY_VALUE}"` : `"${value}" (or "${ANY_VALUE}" for any other)`} to the flow's value map "${kind}".`,
    fields: [problem],
  });
}

/** The problem that {@link mapValue} throws, for mappers that gather all problems of a record first. */
export function describeMissingValue(kind: string, value: string | null, path?: string): FieldProblem {
  const message =
    value === null
      ? `no value for ${kind}, and its value map has no "${ANY_VALUE}" entry`
      : `no value map entry for ${kind} "${value}"`;
  return { path: path ?? `valueMaps.${kind}`, message };
}

/** Target field → value; null where the expression selects nothing, so that what the source empties becomes empty in the target. */
export type CustomFields = Readonly<Record<string, JsonValue>>;

type Json = { readonly [key: string]: JsonValue };

/**
 * Evaluates the flow's expressions for custom fields.
 * @throws MappingError naming every failing expression
 */
export async function evaluateFields<E extends EntityName>(
  flow: Pick<FlowSettings, 'fields'>,
  entityName: E,
  entity: EntityOf<E>,
): Promise<CustomFields> {
  if (Object.keys(flow.fields).length === 0) return {};
  const failures = new Map<string, MappingError>();
  const fields = await evaluateEach(flow.fields, 'fields', toJson(entityName, entity), {}, failures);
  throwFailures(failures);
  return fields;
}

/**
 * Evaluates the flow's expressions for custom fields of lines: once for each line, which is the expression's context;
 * `$record` is the whole record. Returns the fields by the line's id; nothing for records without lines.
 * @throws MappingError naming every failing expression, each with the first line on which it fails
 */
export async function evaluateLineFields<E extends EntityName>(
  flow: Pick<FlowSettings, 'lineFields'>,
  entityName: E,
  entity: EntityOf<E>,
): Promise<Readonly<Record<string, CustomFields>>> {
  if (Object.keys(flow.lineFields).length === 0 || !('lines' in entity)) return {};
  const record = toJson(entityName, entity);
  const failures = new Map<string, MappingError>();
  const byLine: [lineId: string, fields: CustomFields][] = [];
  for (const line of record['lines'] as readonly Json[]) {
    const id = String(line['id'] ?? line['lineId']);
    byLine.push([id, await evaluateEach(flow.lineFields, 'lineFields', line, { record }, failures, `line ${id}`)]);
  }
  throwFailures(failures);
  return Object.fromEntries(byLine);
}

/** Notes the first failure of each expression: one that fails on a line mostly fails on all. */
async function evaluateEach(
  expressions: Readonly<Record<string, string>>,
  setting: string,
  json: Json,
  bindings: Readonly<Record<string, JsonValue>>,
  failures: Map<string, MappingError>,
  where?: string,
): Promise<CustomFields> {
  const values: [name: string, value: JsonValue][] = [];
  for (const [name, source] of Object.entries(expressions)) {
    const path = `${setting}.${name}`;
    if (failures.has(path)) continue;
    try {
      values.push([name, (await evaluateExpression(source, json, path, { bindings, where })) ?? null]);
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      failures.set(path, error);
    }
  }
  return Object.fromEntries(values);
}

function throwFailures(failures: ReadonlyMap<string, MappingError>): void {
  const all = [...failures.values()];
  const [first] = all;
  if (first === undefined) return;
  throw new MappingError('expression-failed', all.map((failure) => failure.message).join('; '), {
    advice: "Correct the expressions in the flow's settings.",
    fields: all.flatMap((failure) => failure.fields),
    cause: first,
  });
}
