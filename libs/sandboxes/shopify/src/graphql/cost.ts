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

/** A query above this is refused before it runs, whatever the budget. */
export const MAX_SINGLE_COST = 1000;
const MUTATION_COST = 10;
const CONNECTION_COST = 2;

type Variables = Readonly<Record<string, unknown>>;

/** A field that costs something, by itself or for what is in it. */
interface CostlyField {
  /** By which the answer has it. */
  readonly key: string;
  /** An object of its own; a connection, which costs by its page; or what only holds such. */
  readonly kind: 'node' | 'connection' | 'holder';
  /** Page size of a connection; null when none is asked for. */
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
 * Points of an operation: an object of its own (Node) 1, scalars and embedded values 0, a connection 2 and its page size times its
 * nodes, a mutation 10.
 */
export interface CostMeter {
  /** `data` gives what it really cost: page sizes by what came. */
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
      const mutations = operation.operation === 'mutation' ? operation.selectionSet.selections.length : 0;
      const fields = findFields(document, operation);
      const cost = data === undefined ? costAsked(fields, variables) : costSpent(fields, variables, [data]);
      return MUTATION_COST * mutations + cost;
    },
  };
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
      cost += times * (CONNECTION_COST + size * Math.max(1, inside));
    } else cost += times * ((field.kind === 'node' ? 1 : 0) + inside);
  }
  return cost;
}

/** What came, by the objects of the answer that hold the fields. */
function costSpent(fields: readonly CostlyField[], variables: Variables, holders: readonly unknown[]): number {
  let cost = 0;
  for (const field of fields) {
    if (isSwitchedOff(field, variables)) continue;
    const came = holders.flatMap((holder) => (holder as Record<string, unknown> | null)?.[field.key] ?? []);
    const each = field.kind === 'connection' ? CONNECTION_COST : field.kind === 'node' ? 1 : 0;
    cost += each * came.length + costSpent(field.fields, variables, came);
  }
  return cost;
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
    const kind = kindOf(type);
    const fields = findInSet(field.selectionSet, type, []);
    if (kind === 'holder' && fields.length === 0) return [];
    const key = field.alias?.value ?? field.name.value;
    const size = findArgument(field, ['first', 'last']);
    const ids = field.name.value === 'nodes' ? findArgument(field, ['ids']) : null;
    return [{ key, kind, size, ids, switches, fields }];
  };
  return findInSet(operation.selectionSet, root, []);
}

function kindOf(type: GraphQLNamedType): CostlyField['kind'] {
  if (type.name.endsWith('Connection')) return 'connection';
  const isNode =
    type.name === 'Node' || (isObjectType(type) && type.getInterfaces().some((one) => one.name === 'Node'));
  return isNode ? 'node' : 'holder';
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
