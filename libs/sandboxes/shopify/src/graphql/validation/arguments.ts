import {
  type ASTNode,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  Kind,
  type ObjectValueNode,
  print,
  type ValueNode,
  valueFromAST,
} from 'graphql';
import { type DocumentMistake, makeMistake } from './mistake.ts';

/** Who has an argument: a field, or an input object written out in the text. */
interface Owner {
  readonly kind: 'Field' | 'InputObject';
  readonly name: string;
  readonly node: ASTNode;
}

type Path = readonly string[];
type UseVariable = (
  name: string,
  type: GraphQLInputType,
  argument: GraphQLArgument | GraphQLInputField,
  path: Path,
) => void;

/** Arguments of a field: unknown, missing or of the wrong kind. `useVariable` hears of each variable that stands for one. */
export function checkArguments(
  field: FieldNode,
  definition: GraphQLField<unknown, unknown>,
  path: Path,
  useVariable: UseVariable,
): DocumentMistake[] {
  const owner: Owner = { kind: 'Field', name: field.name.value, node: field };
  const given = field.arguments ?? [];
  const mistakes = given.flatMap((argument) => {
    const known = definition.args.find((one) => one.name === argument.name.value);
    return known === undefined
      ? [refuseUnknown(owner, argument, argument.name.value, path)]
      : checkValue(argument.value, known, owner, [...path, known.name], useVariable);
  });
  const missing = definition.args
    .filter((one) => isRequiredArgument(one) && given.every((argument) => argument.name.value !== one.name))
    .map((one) => one.name)
    .join(', ');
  if (missing === '') return mistakes;
  const message = `Field '${owner.name}' is missing required arguments: ${missing}`;
  const extensions = { code: 'missingRequiredArguments', className: 'Field', name: owner.name, arguments: missing };
  return [...mistakes, makeMistake(field, path, message, extensions)];
}

function refuseUnknown(owner: Owner, node: ASTNode, argumentName: string, path: Path): DocumentMistake {
  return makeMistake(
    node,
    [...path, argumentName],
    `${owner.kind} '${owner.name}' doesn't accept argument '${argumentName}'`,
    {
      code: 'argumentNotAccepted',
      name: owner.name,
      typeName: owner.kind,
      argumentName,
    },
  );
}

function checkValue(
  value: ValueNode,
  argument: GraphQLArgument | GraphQLInputField,
  owner: Owner,
  path: Path,
  useVariable: UseVariable,
): DocumentMistake[] {
  if (value.kind === Kind.VARIABLE) {
    useVariable(value.name.value, argument.type, argument, path);
    return [];
  }
  const inner = checkInside(value, argument, path, useVariable);
  if (inner !== null) return inner;
  return fits(value, argument.type) ? [] : [refuseValue(value, argument, owner, path)];
}

/** For object literals it judges their fields only; null: no mistake. */
function checkInside(
  value: ValueNode,
  argument: GraphQLArgument | GraphQLInputField,
  path: Path,
  useVariable: UseVariable,
): DocumentMistake[] | null {
  const type = getNullableType(argument.type);
  if (isListType(type) && value.kind === Kind.LIST) {
    const item = { ...argument, type: type.ofType } as GraphQLArgument;
    const parts = value.values.map((one) =>
      one.kind === Kind.VARIABLE
        ? checkValue(one, item, { kind: 'Field', name: '', node: one }, path, useVariable)
        : checkInside(one, item, path, useVariable),
    );
    return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
  }
  const single = isListType(type) ? getNullableType(type.ofType) : type;
  if (!isInputObjectType(single) || value.kind !== Kind.OBJECT) return null;
  return checkObject(value, single.name, single.getFields(), path, useVariable);
}

function checkObject(
  value: ObjectValueNode,
  name: string,
  fields: Readonly<Record<string, GraphQLInputField>>,
  path: Path,
  useVariable: UseVariable,
): DocumentMistake[] {
  const owner: Owner = { kind: 'InputObject', name, node: value };
  const mistakes = value.fields.flatMap((field) => {
    const known = fields[field.name.value];
    return known === undefined
      ? [refuseUnknown(owner, field, field.name.value, path)]
      : checkValue(field.value, known, owner, [...path, known.name], useVariable);
  });
  const missing = Object.values(fields)
    .filter((field) => isRequiredInputField(field) && value.fields.every((one) => one.name.value !== field.name))
    .map((field) =>
      makeMistake(
        value,
        [...path, field.name],
        `Argument '${field.name}' on InputObject '${name}' is required. Expected type ${String(field.type)}`,
        {
          code: 'missingRequiredInputObjectAttribute',
          argumentName: field.name,
          argumentType: String(field.type),
          inputObjectType: name,
        },
      ),
    );
  return [...mistakes, ...missing];
}

function fits(value: ValueNode, type: GraphQLInputType): boolean {
  if (value.kind === Kind.NULL) return !isNonNullType(type);
  // A variable within a list is judged on its own.
  if (value.kind === Kind.LIST && value.values.some((one) => one.kind === Kind.VARIABLE)) return true;
  return valueFromAST(value, type) !== undefined;
}

function refuseValue(
  value: ValueNode,
  argument: GraphQLArgument | GraphQLInputField,
  owner: Owner,
  path: Path,
): DocumentMistake {
  const message = `Argument '${argument.name}' on ${owner.kind} '${owner.name}' has an invalid value (${print(value)}). Expected type '${String(argument.type)}'.`;
  const extensions = { code: 'argumentLiteralsIncompatible', typeName: owner.kind, argumentName: argument.name };
  return makeMistake(owner.node, path, message, extensions);
}
