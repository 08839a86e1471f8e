import type { CompanyData } from '../../company/company.ts';
import { tableOf } from '../../company/read-body.ts';
import { kindOfUserField, listUserFields } from '../../company/user-fields.ts';
import { type EntitySet, listEntitySets } from '../../schema/entity-sets.ts';
import { listNavigations, type Navigation } from '../../schema/navigation.ts';
import { TYPES } from '../../schema/properties.ts';
import type { PropertyKind } from '../../schema/types.ts';

/** What `$metadata` says, before it is written in either schema language. */
export interface Model {
  readonly enums: ReadonlyMap<string, readonly EnumMember[]>;
  readonly complexTypes: readonly TypeModel[];
  readonly entityTypes: readonly TypeModel[];
  readonly sets: readonly EntitySet[];
}

export interface EnumMember {
  readonly name: string;
  readonly value: number;
}

export interface TypeModel {
  readonly name: string;
  readonly keys: readonly string[];
  readonly properties: readonly PropertyModel[];
  readonly navigations: readonly Navigation[];
}

export interface PropertyModel {
  readonly name: string;
  readonly kind: PropertyKind;
}

/** Types of the sets, and the types nested in them; with the company's user-defined fields. */
export function readModel(company: CompanyData): Model {
  const sets = listEntitySets();
  const entityTypes = new Map<string, TypeModel>();
  const complexTypes = new Map<string, TypeModel>();
  const read = (set: EntitySet, name: string): TypeModel => {
    const keys = name === set.type ? set.keys.map((key) => key.name) : [];
    const properties = readProperties(company, set, name);
    for (const { kind } of properties)
      if ((kind.kind === 'record' || kind.kind === 'list') && !complexTypes.has(kind.type))
        complexTypes.set(kind.type, read(set, kind.type));
    return { name, keys, properties, navigations: name === set.type ? listNavigations(name) : [] };
  };
  for (const set of sets) if (!entityTypes.has(set.type)) entityTypes.set(set.type, read(set, set.type));
  const types = { entityTypes: [...entityTypes.values()], complexTypes: [...complexTypes.values()] };
  return { ...types, enums: listEnums([...types.entityTypes, ...types.complexTypes]), sets };
}

function readProperties(company: CompanyData, set: EntitySet, type: string): PropertyModel[] {
  const table = tableOf(set, type);
  const fields = table === null ? [] : listUserFields(company, table);
  return [
    ...Object.entries(TYPES[type] ?? {}).map(([name, kind]) => ({ name, kind })),
    ...fields.map((field) => ({ name: `U_${field.name}`, kind: kindOfUserField(field) })),
  ];
}

/** Object types have their own numbers as values, the others count. */
function listEnums(types: readonly TypeModel[]): Map<string, EnumMember[]> {
  const enums = new Map<string, EnumMember[]>();
  for (const { kind } of types.flatMap((type) => type.properties)) {
    if (kind.kind !== 'enum') continue;
    const isNumbered = /ObjectType/.test(kind.type);
    const members = Object.entries(kind.values).map(([name, value], index) => ({
      name,
      value: isNumbered ? Number(value) : index,
    }));
    enums.set(kind.type, members);
  }
  return enums;
}
