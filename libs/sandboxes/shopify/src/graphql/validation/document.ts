import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { KnownVersion } from '../../schema/versions.ts';
import { checkArguments } from './arguments.ts';
import { type DocumentMistake, makeMistake } from './mistake.ts';
import { isRealRootField } from './root-fields.ts';
import { createVariableUsages, namedTypeOf, type VariableUsages } from './variable-usages.ts';

/**
 * What the Admin API refuses about a document before it runs it, in its words, with its paths and codes (recorded, and as the library that
 * the vendor uses words it). An operation of the real schema that the sandbox lacks is reported as such, and alone.
 */
export function validateDocument(
  schema: GraphQLSchema,
  version: KnownVersion,
  document: DocumentNode,
): readonly DocumentMistake[] {
  const mistakes = document.definitions.flatMap((definition) => {
    if (definition.kind === Kind.OPERATION_DEFINITION) return checkOperation(schema, document, definition);
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) return [];
    const path = [`fragment ${definition.name.value}`];
    const type = schema.getType(definition.typeCondition.name.value);
    return checkSelections(schema, definition.selectionSet, type, path, () => {});
  });
  const lacking = mistakes.filter(({ extensions }) => isLacking(extensions, version)).map(lackMistake);
  if (lacking.length > 0) return lacking;
  return mistakes.length > 0 ? mistakes : validate(schema, document).map(ruleMistake);
}

function isLacking({ code, typeName, fieldName }: DocumentMistake['extensions'], version: KnownVersion): boolean {
  return code === 'undefinedField' && isRealRootField(String(typeName), String(fieldName), version);
}

function lackMistake(mistake: DocumentMistake): DocumentMistake {
  return { ...mistake, message: `${mistake.message}: a real shop has it, the sandbox does not have it yet` };
}

/** Rules without a recorded wording use that of the GraphQL library. */
function ruleMistake(error: GraphQLError): DocumentMistake {
  return { message: error.message, locations: error.locations ?? [], extensions: { code: 'invalidDocument' } };
}

function checkOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): DocumentMistake[] {
  const kind = operation.operation;
  const path = [operation.name ? `${kind} ${operation.name.value}` : kind];
  const unknownTypes = (operation.variableDefinitions ?? []).flatMap((variable) => {
    const typeName = namedTypeOf(variable.type);
    const variableName = variable.variable.name.value;
    return isInputType(schema.getType(typeName))
      ? []
      : [
          makeMistake(variable, path, `${typeName} isn't a defined input type (on $${variableName})`, {
            code: 'variableRequiresValidType',
            typeName,
            variableName,
          }),
        ];
  });
  const usages = createVariableUsages(schema, document, operation, path);
  const root = schema.getRootType(kind);
  const mistakes = checkSelections(schema, operation.selectionSet, root, path, usages.use);
  for (const fragment of document.definitions)
    if (
      fragment.kind === Kind.FRAGMENT_DEFINITION &&
      usesFragment(document, operation.selectionSet, fragment.name.value)
    )
      checkSelections(
        schema,
        fragment.selectionSet,
        schema.getType(fragment.typeCondition.name.value),
        [`fragment ${fragment.name.value}`],
        usages.use,
      );
  // Of a field that does not exist nothing is known about its variables.
  return [...unknownTypes, ...mistakes, ...(mistakes.length > 0 ? [] : usages.listMistakes())];
}

function usesFragment(document: DocumentNode, set: SelectionSetNode, name: string, seen = new Set<string>()): boolean {
  return set.selections.some((selection) => {
    if (selection.kind !== Kind.FRAGMENT_SPREAD)
      return selection.selectionSet !== undefined && usesFragment(document, selection.selectionSet, name, seen);
    const spread = selection.name.value;
    if (spread === name) return true;
    if (seen.has(spread)) return false;
    seen.add(spread);
    const other = document.definitions.find(
      (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === spread,
    );
    return other?.kind === Kind.FRAGMENT_DEFINITION && usesFragment(document, other.selectionSet, name, seen);
  });
}

function checkSelections(
  schema: GraphQLSchema,
  set: SelectionSetNode,
  type: GraphQLNamedType | null | undefined,
  path: readonly string[],
  use: VariableUsages['use'],
): DocumentMistake[] {
  if (!isCompositeType(type)) return [];
  return set.selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.FIELD) return checkField(schema, selection, type, path, use);
    const on = selection.typeCondition?.name.value;
    const inner = on === undefined ? type : schema.getType(on);
    return checkSelections(
      schema,
      selection.selectionSet,
      inner,
      [...path, on === undefined ? '...' : `... on ${on}`],
      use,
    );
  });
}

function checkField(
  schema: GraphQLSchema,
  field: FieldNode,
  holder: GraphQLCompositeType,
  outer: readonly string[],
  use: VariableUsages['use'],
): DocumentMistake[] {
  const name = field.name.value;
  // Questions about the schema itself are the library's.
  if (name.startsWith('__')) return [];
  const path = [...outer, field.alias?.value ?? name];
  const definition: GraphQLField<unknown, unknown> | undefined = isUnionType(holder)
    ? undefined
    : holder.getFields()[name];
  if (definition === undefined)
    return [
      makeMistake(field, path, `Field '${name}' doesn't exist on type '${holder.name}'`, {
        code: 'undefinedField',
        typeName: holder.name,
        fieldName: name,
      }),
    ];
  const type = getNamedType(definition.type);
  const mistakes = [...checkDirectives(schema, field, path), ...checkArguments(field, definition, path, use)];
  const { selectionSet } = field;
  if (isCompositeType(type) === (selectionSet !== undefined))
    return selectionSet === undefined
      ? mistakes
      : [...mistakes, ...checkSelections(schema, selectionSet, type, path, use)];
  return [...mistakes, refuseSelections(field, type, path)];
}

function checkDirectives(schema: GraphQLSchema, field: FieldNode, path: readonly string[]): DocumentMistake[] {
  return (field.directives ?? [])
    .filter((directive) => !schema.getDirective(directive.name.value))
    .map((directive) =>
      makeMistake(directive, path, `Directive @${directive.name.value} is not defined`, {
        code: 'undefinedDirective',
        directiveName: directive.name.value,
      }),
    );
}

function refuseSelections(field: FieldNode, type: GraphQLNamedType, path: readonly string[]): DocumentMistake {
  const name = field.name.value;
  const nodeName = `field '${name}'`;
  const picked = (field.selectionSet?.selections ?? []).map((one) =>
    'name' in one ? `"${one.name?.value}"` : '"..."',
  );
  const message =
    field.selectionSet === undefined
      ? `Field must have selections (${nodeName} returns ${type.name} but has no selections. Did you mean '${name} { ... }'?)`
      : `Selections can't be made on ${isEnumType(type) ? 'enums' : 'scalars'} (${nodeName} returns ${type.name} but has selections [${picked.join(', ')}])`;
  return makeMistake(field, path, message, { code: 'selectionMismatch', nodeName, typeName: type.name });
}
