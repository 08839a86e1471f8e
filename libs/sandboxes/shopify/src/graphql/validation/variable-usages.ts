import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  GraphQLNonNull,
  type GraphQLSchema,
  getNamedType,
  isListType,
  isNonNullType,
  isTypeSubTypeOf,
  Kind,
  type OperationDefinitionNode,
  type TypeNode,
  typeFromAST,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import { type DocumentMistake, makeMistake } from './mistake.ts';

/** Hears where an operation uses its variables, and says what is wrong about that. */
export interface VariableUsages {
  use(
    name: string,
    type: GraphQLInputType,
    argument: GraphQLArgument | GraphQLInputField,
    path: readonly string[],
  ): void;
  listMistakes(): DocumentMistake[];
}

export function createVariableUsages(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  operationPath: readonly string[],
): VariableUsages {
  const definitions = new Map((operation.variableDefinitions ?? []).map((one) => [one.variable.name.value, one]));
  const mistakes: DocumentMistake[] = [];
  const label = operation.name?.value ?? `anonymous ${operation.operation}`;
  return {
    use: (name, type, argument, path) => {
      const definition = definitions.get(name);
      if (definition === undefined) {
        const extensions = { code: 'variableNotDefined', variableName: name };
        mistakes.push(
          makeMistake(operation, path, `Variable $${name} is used by ${label} but not declared`, extensions),
        );
        return;
      }
      const given = typeFromAST(schema, definition.type as never) as GraphQLInputType | undefined;
      if (given === undefined) return;
      const errorMessage = findMismatch(schema, definition, given, type, argument.defaultValue !== undefined);
      if (errorMessage === null) return;
      const message = `${errorMessage} on variable $${name} and argument ${argument.name} (${String(given)} / ${String(type)})`;
      const extensions = {
        code: 'variableMismatch',
        variableName: name,
        typeName: String(given),
        argumentName: argument.name,
        errorMessage,
      };
      mistakes.push(makeMistake(definition, path, message, extensions));
    },
    listMistakes: () => [
      ...mistakes,
      ...[...definitions]
        .filter(([name]) => !listMentioned(document).has(name))
        .map(([variableName, definition]) =>
          makeMistake(definition, operationPath, `Variable $${variableName} is declared by ${label} but not used`, {
            code: 'variableNotUsed',
            variableName,
          }),
        ),
    ],
  };
}

/** Variables that stand anywhere, in arguments as in directives. */
function listMentioned(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, {
    VariableDefinition: () => false,
    Variable: (node) => {
      names.add(node.name.value);
    },
  });
  return names;
}

/** Null: the variable is allowed there. A default makes a nullable one acceptable. */
function findMismatch(
  schema: GraphQLSchema,
  definition: VariableDefinitionNode,
  given: GraphQLInputType,
  wanted: GraphQLInputType,
  hasDefault: boolean,
): string | null {
  const isNeverNull =
    hasDefault || (definition.defaultValue !== undefined && definition.defaultValue.kind !== Kind.NULL);
  const counted = isNeverNull && isNonNullType(wanted) && !isNonNullType(given) ? new GraphQLNonNull(given) : given;
  if (isTypeSubTypeOf(schema, counted, wanted)) return null;
  // A single value stands for a list of one in the text, a variable does not.
  if (getNamedType(given) !== getNamedType(wanted)) return 'Type mismatch';
  return depthOf(given) === depthOf(wanted) ? 'Nullability mismatch' : 'List dimension mismatch';
}

function depthOf(type: GraphQLInputType): number {
  if (isNonNullType(type)) return depthOf(type.ofType);
  return isListType(type) ? 1 + depthOf(type.ofType) : 0;
}

export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}
