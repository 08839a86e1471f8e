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
  Kind,
  type OperationDefinitionNode,
  valueFromASTUntyped,
} from 'graphql';
import type { Actions } from '../actions.ts';
import { refuseField } from '../graphql/access.ts';
import { makeConnection, type PageArguments } from '../graphql/connections.ts';
import type { MutationContext } from '../graphql/context.ts';
import { type CostMeter, createCostMeter, describeCost, MAX_SINGLE_COST, refillBucket } from '../graphql/cost.ts';
import { parseQuery } from '../graphql/parse-query.ts';
import { validateDocument } from '../graphql/validation/document.ts';
import { type DocumentMistake, parseMistake } from '../graphql/validation/mistake.ts';
import { checkVariables } from '../graphql/validation/variables.ts';
import type { Jobs } from '../jobs.ts';
import { formatTrimmed } from '../money.ts';
import { buildAdminSchema } from '../schema/index.ts';
import type { KnownVersion } from '../schema/versions.ts';
import type { Store } from '../store.ts';
import { MUTATION_RESOLVERS } from './mutations.ts';
import { QUERY_RESOLVERS } from './queries.ts';

export interface GraphqlRequest {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

export interface Executor {
  /** Answers a request as a version of the Admin API does; always to be sent with status 200. */
  run(store: Store, request: GraphqlRequest, version: KnownVersion): unknown;
}

export function createExecutor(actions: Actions, jobs: Jobs, now: () => number): Executor {
  const models = new Map<KnownVersion, SchemaModel>();
  const modelOf = (version: KnownVersion): SchemaModel => {
    const known = models.get(version) ?? createModel(version);
    models.set(version, known);
    return known;
  };
  return {
    run: (store, request, version) => {
      if (typeof request.query !== 'string') return { errors: [{ message: 'No query string was present' }] };
      let document: DocumentNode;
      try {
        document = parseQuery(request.query);
      } catch (error) {
        return { errors: [parseMistake(error as GraphQLError)] };
      }
      const model = modelOf(version);
      const mistakes = model.validated.get(document) ?? validateDocument(model.schema, version, document);
      model.validated.set(document, mistakes);
      if (mistakes.length > 0) return { errors: mistakes };
      const name = typeof request.operationName === 'string' ? request.operationName : null;
      const operation = getOperationAST(document, name);
      if (!operation)
        return {
          errors: [{ message: name === null ? 'An operation name is required' : `No operation named "${name}"` }],
        };
      const given = (request.variables ?? {}) as Record<string, unknown>;
      const refused = checkVariables(model.schema, operation, given);
      if (refused.length > 0) return { errors: refused };
      return runOperation(model, { actions, jobs, now, store, version }, document, operation, given);
    },
  };
}

/** What belongs to the schema of one version. */
interface SchemaModel {
  readonly schema: GraphQLSchema;
  readonly meter: CostMeter;
  readonly validated: WeakMap<DocumentNode, readonly DocumentMistake[]>;
}

function createModel(version: KnownVersion): SchemaModel {
  const schema = prepareSchema(version);
  return { schema, meter: createCostMeter(schema), validated: new WeakMap() };
}

function runOperation(
  { schema, meter }: SchemaModel,
  shop: Pick<MutationContext, 'actions' | 'jobs' | 'now' | 'store' | 'version'>,
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
    ...(result.errors ? { errors: result.errors.map((error) => formatError(error)) } : {}),
    data: result.data,
    extensions: {
      cost: describeCost(store, requested, actual),
      ...(context.searches.length > 0 ? { search: context.searches } : {}),
    },
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
  const value =
    typeof stored === 'function'
      ? (stored as (given: unknown, context: MutationContext) => unknown)(args, context)
      : stored;
  if (!Array.isArray(value)) return value;
  if (getNamedType(info.returnType).name.endsWith('Connection')) return makeConnection(value, args as PageArguments);
  // Lists such as transactions(first:) are cut, not paged.
  return typeof args.first === 'number' ? value.slice(0, args.first) : value;
};

function prepareSchema(version: KnownVersion): GraphQLSchema {
  const schema = buildAdminSchema(version);
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

/** Our own errors carry their code; any other becomes Shopify's internal error. */
function formatError(error: GraphQLError) {
  const code = error.extensions.code ?? 'INTERNAL_SERVER_ERROR';
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
