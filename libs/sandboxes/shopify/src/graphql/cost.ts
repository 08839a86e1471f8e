import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import type { Store } from '../store.ts';

/** A query above this is refused before it runs, whatever the budget. */
export const MAX_SINGLE_COST = 1000;
const MUTATION_COST = 10;
const CONNECTION_COST = 2;

interface Walk {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Points of an operation: an object of its own (Node) 1, scalars and embedded values 0, a connection 2 and its page size times its
 * nodes, a mutation 10. `data` gives what it really cost: page sizes by what came.
 */
export function costOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  data?: unknown,
): number {
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  const root = operation.operation === 'mutation' ? schema.getMutationType() : schema.getQueryType();
  if (!root) return 0;
  const walk: Walk = { schema, fragments, variables };
  const fields = operation.operation === 'mutation' ? MUTATION_COST * operation.selectionSet.selections.length : 0;
  return fields + costOfSelection(walk, operation.selectionSet, root, data === undefined ? undefined : [data]);
}

/** `values`: the objects that came, to count what was spent; undefined to count what must be reserved. */
function costOfSelection(
  walk: Walk,
  selectionSet: SelectionSetNode,
  type: GraphQLCompositeType,
  values: readonly unknown[] | undefined,
): number {
  let cost = 0;
  for (const selection of selectionSet.selections) {
    // What has nothing in it costs nothing: most of a query.
    if (selection.kind === Kind.FIELD && selection.selectionSet === undefined) continue;
    if (isSwitchedOff(walk, selection)) continue;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = walk.fragments[selection.name.value];
      const on = fragment && walk.schema.getType(fragment.typeCondition.name.value);
      if (fragment && on && isCompositeType(on)) cost += costOfSelection(walk, fragment.selectionSet, on, values);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const on = selection.typeCondition ? walk.schema.getType(selection.typeCondition.name.value) : type;
      if (on && isCompositeType(on)) cost += costOfSelection(walk, selection.selectionSet, on, values);
    } else if (selection.selectionSet && (isObjectType(type) || isInterfaceType(type))) {
      const field = type.getFields()[selection.name.value];
      if (!field) continue;
      const key = selection.alias?.value ?? selection.name.value;
      const came = values?.flatMap((value) => (value as Record<string, unknown> | null)?.[key] ?? []);
      const times = values !== undefined ? 1 : listFactor(walk, selection.name.value, selection.arguments ?? []);
      cost +=
        times * costOfField(walk, selection.selectionSet, field.type, pageSize(walk, selection.arguments ?? []), came);
    }
  }
  return cost;
}

function costOfField(
  walk: Walk,
  selectionSet: SelectionSetNode,
  type: GraphQLOutputType,
  size: number,
  came: readonly unknown[] | undefined,
): number {
  const named = getNamedType(type);
  if (!isCompositeType(named)) return 0;
  if (named.name.endsWith('Connection')) {
    if (came !== undefined) return CONNECTION_COST * came.length + costOfSelection(walk, selectionSet, named, came);
    return CONNECTION_COST + size * Math.max(1, costOfSelection(walk, selectionSet, named, undefined));
  }
  const isNode =
    (isObjectType(named) && named.getInterfaces().some((one) => one.name === 'Node')) || named.name === 'Node';
  const objects = came === undefined ? 1 : came.length;
  return (isNode ? objects : 0) + costOfSelection(walk, selectionSet, named, came);
}

function pageSize(
  walk: Walk,
  args: readonly { name: { value: string }; value: Parameters<typeof valueFromASTUntyped>[0] }[],
): number {
  for (const arg of args)
    if (arg.name.value === 'first' || arg.name.value === 'last')
      return Number(valueFromASTUntyped(arg.value, walk.variables) ?? 0);
  return 0;
}

/** `nodes(ids:)` costs once for every id. */
function listFactor(
  walk: Walk,
  field: string,
  args: readonly { name: { value: string }; value: Parameters<typeof valueFromASTUntyped>[0] }[],
): number {
  const ids = field === 'nodes' ? args.find((arg) => arg.name.value === 'ids') : undefined;
  if (ids === undefined) return 1;
  const value = valueFromASTUntyped(ids.value, walk.variables);
  return Array.isArray(value) ? value.length : 1;
}

function isSwitchedOff(walk: Walk, selection: SelectionSetNode['selections'][number]): boolean {
  for (const directive of selection.directives ?? []) {
    const condition = directive.arguments?.find((arg) => arg.name.value === 'if');
    if (condition === undefined) continue;
    const value = valueFromASTUntyped(condition.value, walk.variables);
    if (directive.name.value === 'include' && value === false) return true;
    if (directive.name.value === 'skip' && value === true) return true;
  }
  return false;
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
