import { Decimal } from 'decimal.js';
import {
  type DocumentNode,
  execute,
  type FieldNode,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLScalarType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  validate,
  valueFromASTUntyped,
} from 'graphql';
import type { Actions } from '../actions.ts';
import type { Jobs } from '../jobs.ts';
import { formatTrimmed } from '../money.ts';
import { buildAdminSchema } from '../schema/index.ts';
import type { Store } from '../store.ts';
import { refuseField } from './access.ts';
import { makeConnection, type PageArguments } from './connections.ts';
import { type CostMeter, createCostMeter, describeCost, MAX_SINGLE_COST, refillBucket } from './cost.ts';
import type { MutationContext } from './mutation-context.ts';
import { MUTATION_RESOLVERS } from './mutation-resolvers.ts';
import { parseQuery } from './parse-query.ts';
import { QUERY_RESOLVERS } from './query-resolvers.ts';

export interface GraphqlRequest {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

export interface Executor {
  /** Answers a request as the Admin API does; always to be sent with status 200. */
  run(store: Store, request: GraphqlRequest): unknown;
}

export function createExecutor(actions: Actions, jobs: Jobs, now: () => number): Executor {
  const schema = prepareSchema();
  const meter = createCostMeter(schema);
  const validated = new WeakMap<DocumentNode, readonly GraphQLError[]>();
  return {
    run: (store, request) => {
      if (typeof request.query !== 'string') return { errors: [{ message: 'No query string was present' }] };
      let document: DocumentNode;
      try {
        document = parseQuery(request.query);
      } catch (error) {
        return { errors: [formatError(error as GraphQLError, 'parse')] };
      }
      const mistakes = validated.get(document) ?? validate(schema, document);
      validated.set(document, mistakes);
      if (mistakes.length > 0) return { errors: mistakes.map((mistake) => formatError(mistake, 'undefinedField')) };
      const operation = getOperationAST(
        document,
        typeof request.operationName === 'string' ? request.operationName : null,
      );
      if (!operation) return { errors: [{ message: 'No operation named "" was found' }] };
      const given = (request.variables ?? {}) as Record<string, unknown>;
      const refused = refuseVariables(schema, operation, given);
      return refused ?? runOperation(schema, meter, { actions, jobs, now, store }, document, operation, given);
    },
  };
}

function runOperation(
  schema: GraphQLSchema,
  meter: CostMeter,
  shop: Pick<MutationContext, 'actions' | 'jobs' | 'now' | 'store'>,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): unknown {
  const { store, now } = shop;
  const requested = meter.costOf(document, operation, variables);
  const available = refillBucket(store, now());
  if (requested > MAX_SINGLE_COST) {
    const message = `Query cost is ${requested}, which exceeds the single query max cost limit (${MAX_SINGLE_COST}).`;
    return {
      errors: [{ message, extensions: { code: 'MAX_COST_EXCEEDED', cost: requested, maxCost: MAX_SINGLE_COST } }],
    };
  }
  if (requested > available) {
    const error = {
      message: 'Throttled',
      extensions: { code: 'THROTTLED', documentation: 'https://shopify.dev/api/usage/rate-limits' },
    };
    return { errors: [error], extensions: { cost: describeCost(store, requested, null) } };
  }
  const context: MutationContext = {
    ...shop,
    searches: [],
    idempotencyKey: (field) => readIdempotencyKey(operation, field, variables),
  };
  const result = execute({
    schema,
    document,
    variableValues: variables,
    operationName: operation.name?.value ?? null,
    contextValue: context,
    fieldResolver: resolveField,
  });
  if (result instanceof Promise) throw new Error('Resolvers of the sandbox answer at once.');
  const actual = Math.min(requested, meter.costOf(document, operation, variables, result.data));
  store.bucket.available -= actual;
  return {
    ...(result.errors ? { errors: result.errors.map((error) => formatError(error, 'INTERNAL_SERVER_ERROR')) } : {}),
    data: result.data,
    extensions: {
      cost: describeCost(store, requested, actual),
      ...(context.searches.length > 0 ? { search: context.searches } : {}),
    },
  };
}

/** A variable of the wrong shape is answered without `data` and without cost. */
function refuseVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Record<string, unknown>,
): unknown {
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], given, { maxErrors: 10 });
  if (!('errors' in coerced) || !coerced.errors) return null;
  return {
    errors: coerced.errors.map((error) => ({
      message: error.message.replace(' got invalid value', ' was provided invalid value'),
      locations: error.locations,
      extensions: { code: 'INVALID_VARIABLE', problems: [{ path: [], explanation: error.message }] },
    })),
  };
}

const resolveField: GraphQLFieldResolver<Record<string, unknown> | undefined, MutationContext> = (
  source,
  args,
  context,
  info,
) => {
  refuseField(context.store, info.parentType.name, info.fieldName);
  const root =
    info.parentType.name === 'QueryRoot'
      ? QUERY_RESOLVERS
      : info.parentType.name === 'Mutation'
        ? MUTATION_RESOLVERS
        : null;
  const stored = root === null ? source?.[info.fieldName] : root[info.fieldName]?.(args, context);
  const value = typeof stored === 'function' ? (stored as (given: unknown) => unknown)(args) : stored;
  if (!Array.isArray(value)) return value;
  if (getNamedType(info.returnType).name.endsWith('Connection')) return makeConnection(value, args as PageArguments);
  // Lists such as transactions(first:) are cut, not paged.
  return typeof args.first === 'number' ? value.slice(0, args.first) : value;
};

function prepareSchema(): GraphQLSchema {
  const schema = buildAdminSchema();
  for (const name of ['Decimal', 'Money']) {
    const scalar = schema.getType(name) as GraphQLScalarType;
    scalar.serialize = (value) => (value instanceof Decimal ? formatTrimmed(value) : String(value));
    scalar.parseValue = (value) => {
      if ((typeof value !== 'string' && typeof value !== 'number') || !/^-?\d+(\.\d+)?$/.test(String(value)))
        throw new GraphQLError(`invalid decimal '${String(value)}'`);
      return String(value);
    };
  }
  return schema;
}

function readIdempotencyKey(
  operation: OperationDefinitionNode,
  field: string,
  variables: Record<string, unknown>,
): string | null {
  const selection = operation.selectionSet.selections.find(
    (one): one is FieldNode => one.kind === Kind.FIELD && one.name.value === field,
  );
  const argument = selection?.directives?.find((directive) => directive.name.value === 'idempotent')?.arguments?.[0];
  const value = argument ? valueFromASTUntyped(argument.value, variables) : null;
  return typeof value === 'string' ? value : null;
}

/** Errors of ours carry their code; anything else is what Shopify calls an internal error. */
function formatError(error: GraphQLError, fallbackCode: string) {
  const code = error.extensions.code ?? fallbackCode;
  return {
    message: error.message,
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
    extensions: { ...error.extensions, code },
  };
}

/** Root field of the operation, for fault rules and the request log; null when it cannot be read. */
export function rootFieldOf(request: GraphqlRequest): string | null {
  if (typeof request.query !== 'string') return null;
  try {
    const operation = getOperationAST(
      parseQuery(request.query),
      typeof request.operationName === 'string' ? request.operationName : null,
    );
    const field = operation?.selectionSet.selections.find(
      (selection): selection is FieldNode => selection.kind === Kind.FIELD,
    );
    return field?.name.value ?? null;
  } catch {
    return null;
  }
}
