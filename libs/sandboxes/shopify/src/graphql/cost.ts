import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import type { Store } from '../store.ts';

/** A query above this is refused before it runs, regardless of the budget. */
export const MAX_SINGLE_COST = 1000;
const MUTATION_COST = 10;
/** As recorded, regardless of the selection. */
const MUTATION_COSTS: Readonly<Record<string, number>> = { refundCreate: 20 };
const CONNECTION_COST = 2;

type Variables = Readonly<Record<string, unknown>>;

/** A field that costs something, by itself or for what is in it. */
interface CostlyField {
  /** By which the answer has it. */
  readonly key: string;
  /** An object or a list of them; a connection, which costs by its page; or what only holds such. */
  readonly kind: 'object' | 'connection' | 'holder';
  /** Of a mutation: what it costs before anything is selected. */
  readonly base: number;
  /** Page size of a connection; null when the query gives none. */
  readonly size: ValueNode | null;
  /** `nodes(ids:)`: it costs once for every id. */
  readonly ids: ValueNode | null;
  /** Its own `@skip` and `@include` and those of the fragments around it. */
  readonly switches: readonly Switch[];
  readonly fields: readonly CostlyField[];
}

interface Switch {
  readonly condition: ValueNode;
  /** The field is left out when the condition is this. */
  readonly offAt: boolean;
}

/**
 * Points of an operation, as recorded answers have them: an object or a list of objects 1, money and other parts of a value 0, what a
 * mutation answers directly 0, a mutation 10. A connection costs 2 and, for each doubling of its page (0, 1, 2-3, 4-7 …), what one of
 * its nodes costs. Shops give back less than this model for pages that come partly filled; by how much follows no rule that the
 * recordings would show.
 */
export interface CostMeter {
  /** With `data`, the actual cost: page sizes are the numbers of returned items. */
  costOf(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables, data?: unknown): number;
}

/** The meter looks for what costs anything once for each operation it has not seen: of hundreds of fields it is a few. */
export function createCostMeter(schema: GraphQLSchema): CostMeter {
  const known = new WeakMap<OperationDefinitionNode, readonly CostlyField[]>();
  const findFields = (document: DocumentNode, operation: OperationDefinitionNode): readonly CostlyField[] => {
    const found = known.get(operation) ?? findCostlyFields(schema, document, operation);
    known.set(operation, found);
    return found;
  };
  return {
    costOf: (document, operation, variables, data) => {
      const fields = findFields(document, operation);
      return data === undefined ? costAsked(fields, variables) : costSpent(fields, variables, [data]);
    },
  };
}

/** How often a page costs one node: once for each doubling. */
function stepsOf(count: number): number {
  return Math.ceil(Math.log2(Math.max(0, count) + 1));
}

/** What must be reserved: full pages. */
function costAsked(fields: readonly CostlyField[], variables: Variables): number {
  let cost = 0;
  for (const field of fields) {
    if (isSwitchedOff(field, variables)) continue;
    const inside = costAsked(field.fields, variables);
    const ids = field.ids === null ? null : valueFromASTUntyped(field.ids, variables);
    const times = Array.isArray(ids) ? ids.length : 1;
    if (field.kind === 'connection') {
      const size = field.size === null ? 0 : Number(valueFromASTUntyped(field.size, variables) ?? 0);
      cost += times * (CONNECTION_COST + stepsOf(size) * (1 + inside));
    } else cost += times * (field.base + (field.kind === 'object' ? 1 : 0) + inside);
  }
  return cost;
}

/** What came, by the objects of the answer that hold the fields. */
function costSpent(fields: readonly CostlyField[], variables: Variables, holders: readonly unknown[]): number {
  let cost = 0;
  for (const field of fields) {
    if (isSwitchedOff(field, variables)) continue;
    const asked = holders.filter((holder) => holder !== null);
    const came = asked.flatMap((holder) => (holder as Record<string, unknown>)[field.key] ?? []);
    if (field.kind === 'connection') {
      for (const connection of came) cost += costOfPage(field, variables, connection);
    } else if (field.ids === null)
      // A list costs once, and what is not there as much as what is.
      cost +=
        asked.length * (field.base + (field.kind === 'object' ? 1 : 0)) + costSpent(field.fields, variables, came);
    else cost += came.length + costSpent(field.fields, variables, came);
  }
  return cost;
}

/** The cost of a page by its returned nodes, at their average cost. */
function costOfPage(field: CostlyField, variables: Variables, connection: unknown): number {
  const lists = field.fields.map((one) => (connection as Record<string, unknown>)[one.key]);
  const count = Math.max(0, ...lists.map((list) => (Array.isArray(list) ? list.length : 0)));
  if (count === 0) return CONNECTION_COST;
  return CONNECTION_COST + Math.ceil(stepsOf(count) * (1 + costSpent(field.fields, variables, [connection]) / count));
}

function isSwitchedOff(field: CostlyField, variables: Variables): boolean {
  return field.switches.some(({ condition, offAt }) => valueFromASTUntyped(condition, variables) === offAt);
}

function findCostlyFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CostlyField[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();

  const findInSet = (
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | null | undefined,
    outer: readonly Switch[],
  ): CostlyField[] =>
    isCompositeType(type)
      ? selections.flatMap((selection) => findInSelection(selection, type, [...outer, ...readSwitches(selection)]))
      : [];
  const findInSelection = (
    selection: SelectionNode,
    type: GraphQLCompositeType,
    switches: readonly Switch[],
  ): CostlyField[] => {
    if (selection.kind === Kind.FIELD) return readField(selection, type, switches);
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
    if (fragment === undefined) return [];
    const on = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : type;
    return findInSet(fragment.selectionSet, on, switches);
  };
  const readField = (field: FieldNode, holder: GraphQLCompositeType, switches: readonly Switch[]): CostlyField[] => {
    const definition =
      isObjectType(holder) || isInterfaceType(holder) ? holder.getFields()[field.name.value] : undefined;
    // A value without fields costs nothing: most of a query.
    if (definition === undefined || field.selectionSet === undefined) return [];
    const type = getNamedType(definition.type);
    const kind = kindOf(holder, type);
    const fields = findInSet(field.selectionSet, type, []);
    const name = field.name.value;
    const base = holder === schema.getMutationType() ? (MUTATION_COSTS[name] ?? MUTATION_COST) : 0;
    const isPage = holder.name.endsWith('Connection') && type.name !== 'PageInfo';
    if (kind === 'holder' && base === 0 && fields.length === 0 && !isPage) return [];
    const key = field.alias?.value ?? field.name.value;
    const size = findArgument(field, ['first', 'last']);
    const ids = name === 'nodes' ? findArgument(field, ['ids']) : null;
    return [{ key, kind, base, size, ids, switches, fields }];
  };
  return findInSet(operation.selectionSet, root, []);
}

/** Parts of a value, which cost nothing. */
const FREE_TYPES = new Set([
  'ApiVersion',
  'Attribute',
  'Count',
  'CustomerEmailMarketingConsentState',
  'CustomerSmsMarketingConsent',
  'CustomerSmsMarketingConsentState',
  'MoneyBag',
  'MoneyV2',
  'PageInfo',
  'PricingValue',
]);

function kindOf(holder: GraphQLCompositeType, type: GraphQLNamedType): CostlyField['kind'] {
  if (type.name.endsWith('Connection')) return 'connection';
  // Nodes are counted by their page, what a mutation answers with the mutation.
  const isCounted = /(Connection|Edge|Payload)$/.test(holder.name) || /(Payload|Error)$/.test(type.name);
  return isCounted || FREE_TYPES.has(type.name) ? 'holder' : 'object';
}

function findArgument(field: FieldNode, names: readonly string[]): ValueNode | null {
  return field.arguments?.find((argument) => names.includes(argument.name.value))?.value ?? null;
}

function readSwitches(selection: SelectionNode): Switch[] {
  return (selection.directives ?? []).flatMap((directive) => {
    const condition = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    const name = directive.name.value;
    return condition && (name === 'include' || name === 'skip') ? [{ condition, offAt: name === 'skip' }] : [];
  });
}

/** What is left in the store's bucket now. */
export function refillBucket(store: Store, nowMs: number): number {
  const { bucket } = store;
  const restored = ((nowMs - bucket.atMs) / 1000) * bucket.restoreRate;
  bucket.available = Math.min(bucket.maximum, bucket.available + Math.max(0, restored));
  bucket.atMs = nowMs;
  return Math.floor(bucket.available);
}

export function describeCost(store: Store, requested: number, actual: number | null) {
  return {
    requestedQueryCost: requested,
    actualQueryCost: actual,
    throttleStatus: {
      maximumAvailable: store.bucket.maximum,
      currentlyAvailable: Math.floor(store.bucket.available),
      restoreRate: store.bucket.restoreRate,
    },
  };
}
