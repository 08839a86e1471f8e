import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  type OperationDefinitionNode,
  print,
  typeFromAST,
} from 'graphql';
import type { DocumentMistake } from './mistake.ts';

/** What is wrong within the value of a variable. */
interface Problem {
  readonly path: readonly (string | number)[];
  readonly explanation: string;
}

type Path = readonly (string | number)[];

/** Variables of the wrong shape, in the words of the Admin API (recorded); such a request is answered without `data` and without cost. */
export function checkVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): DocumentMistake[] {
  return (operation.variableDefinitions ?? []).flatMap((definition) => {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type as never) as GraphQLInputType | undefined;
    const value = given[name];
    if (type === undefined || !isInputType(type) || (value === undefined && definition.defaultValue !== undefined))
      return [];
    const problems = findProblems(value, type, []);
    if (problems.length === 0) return [];
    const { line = 1, column = 1 } = definition.loc?.startToken ?? {};
    return [
      {
        message: `Variable $${name} of type ${print(definition.type)} was provided invalid value${describePlaces(problems)}`,
        locations: [{ line, column }],
        extensions: { code: 'INVALID_VARIABLE', value: value ?? null, problems },
      },
    ];
  });
}

/** Problems of the whole value are reported in `problems` only. */
function describePlaces(problems: readonly Problem[]): string {
  const places = problems.filter((problem) => problem.path.length > 0);
  if (places.length === 0) return '';
  return ` for ${places.map((problem) => `${problem.path.join('.')} (${problem.explanation})`).join(', ')}`;
}

function findProblems(value: unknown, type: GraphQLInputType, path: Path): Problem[] {
  if (isNonNullType(type))
    return value === null || value === undefined
      ? [{ path, explanation: 'Expected value to not be null' }]
      : findProblems(value, type.ofType, path);
  if (value === null || value === undefined) return [];
  if (isListType(type))
    // One value stands for a list of one.
    return Array.isArray(value)
      ? value.flatMap((item, index) => findProblems(item, type.ofType, [...path, index]))
      : findProblems(value, type.ofType, path);
  return isInputObjectType(type) ? findInObject(value, type, path) : findInLeaf(value, type, path);
}

function findInObject(value: unknown, type: GraphQLInputObjectType, path: Path): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path, explanation: `Expected ${JSON.stringify(value)} to be a key-value object.` }];
  const fields = type.getFields();
  const given = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(given);
  const unknown = names
    .filter((name) => fields[name] === undefined)
    .map((name) => ({ path: [...path, name], explanation: `Field is not defined on ${type.name}` }));
  const wrong = Object.values(fields).flatMap((field) =>
    given[field.name] === undefined && field.defaultValue !== undefined
      ? []
      : findProblems(given[field.name], field.type, [...path, field.name]),
  );
  if (type.isOneOf && names.length !== 1) {
    const explanation = `'${type.name}' requires exactly one argument, but ${names.length} were provided.`;
    return [...unknown, ...wrong, { path, explanation }];
  }
  return [...unknown, ...wrong];
}

const BUILT_IN = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

function findInLeaf(value: unknown, type: GraphQLLeafType, path: Path): Problem[] {
  try {
    type.parseValue(value);
    return [];
  } catch (error) {
    const text = JSON.stringify(value);
    if (isEnumType(type)) {
      const names = type.getValues().map((one) => one.name);
      return [{ path, explanation: `Expected ${text} to be one of: ${names.join(', ')}` }];
    }
    const isBuiltIn = BUILT_IN.has(type.name);
    return [
      {
        path,
        explanation: isBuiltIn ? `Could not coerce value ${text} to ${type.name}` : String((error as Error).message),
      },
    ];
  }
}
