import type { EntitySet } from '../../schema/entity-sets.ts';
import type { Navigation } from '../../schema/navigation.ts';
import { BOUND_ACTIONS, edmTypeOf, NAMESPACE, SERVICE_ACTIONS } from './edm.ts';
import type { Model, TypeModel } from './model.ts';
import { type Element, element, writeXml } from './xml.ts';

const TIMES = { day: 'Edm.DateTime', time: 'Edm.Time' };
const METADATA = 'http://schemas.microsoft.com/ado/2007/08/dataservices/metadata';

/** `$metadata` of `/b1s/v1`: navigation is by associations, actions are function imports. */
export function writeOData3(model: Model): string {
  const links = model.entityTypes.flatMap((type) =>
    type.navigations.filter(({ toOne }) => toOne).map((navigation) => ({ type: type.name, navigation })),
  );
  const schema = element('Schema', { Namespace: NAMESPACE, xmlns: 'http://schemas.microsoft.com/ado/2009/11/edm' }, [
    ...[...model.enums].map(([name, members]) =>
      element(
        'EnumType',
        { Name: name },
        members.map((member) => element('Member', { Name: member.name, Value: String(member.value) })),
      ),
    ),
    ...model.complexTypes.map((type) => element('ComplexType', { Name: type.name }, writeProperties(type))),
    ...model.entityTypes.map((type) =>
      element('EntityType', { Name: type.name }, [
        element(
          'Key',
          {},
          type.keys.map((name) => element('PropertyRef', { Name: name })),
        ),
        ...writeProperties(type),
        ...type.navigations.filter(({ toOne }) => toOne).map((navigation) => writeNavigation(type.name, navigation)),
      ]),
    ),
    ...links.map(({ type, navigation }) =>
      element('Association', { Name: associationName(type, navigation) }, [
        element('End', { Role: type, Type: `${NAMESPACE}.${type}`, Multiplicity: '*' }),
        element('End', {
          Role: navigation.name,
          Type: `${NAMESPACE}.${navigation.target.type}`,
          Multiplicity: '0..1',
        }),
      ]),
    ),
    element('EntityContainer', { Name: 'ServiceLayer', 'm:IsDefaultEntityContainer': 'true' }, [
      ...model.sets.map((set) => element('EntitySet', { Name: set.name, EntityType: `${NAMESPACE}.${set.type}` })),
      ...links.flatMap(({ type, navigation }) =>
        model.sets.filter((set) => set.type === type).map((set) => writeAssociationSet(set, navigation)),
      ),
      ...BOUND_ACTIONS.flatMap(({ type, parameter, names }) =>
        names.map((name) =>
          element('FunctionImport', { Name: name, IsBindable: 'true', 'm:HttpMethod': 'POST' }, [
            element('Parameter', { Name: parameter, Type: `${NAMESPACE}.${type}` }),
          ]),
        ),
      ),
      ...SERVICE_ACTIONS.map((name) => element('FunctionImport', { Name: name, 'm:HttpMethod': 'POST' })),
    ]),
  ]);
  const services = element('edmx:DataServices', { 'm:DataServiceVersion': '3.0', 'xmlns:m': METADATA }, [schema]);
  return writeXml(
    element('edmx:Edmx', { Version: '1.0', 'xmlns:edmx': 'http://schemas.microsoft.com/ado/2007/06/edmx' }, [services]),
  );
}

function associationName(type: string, navigation: Navigation): string {
  return `${type}_${navigation.name}`;
}

function writeNavigation(type: string, navigation: Navigation): Element {
  return element('NavigationProperty', {
    Name: navigation.name,
    Relationship: `${NAMESPACE}.${associationName(type, navigation)}`,
    FromRole: type,
    ToRole: navigation.name,
  });
}

function writeAssociationSet(set: EntitySet, navigation: Navigation): Element {
  const association = associationName(set.type, navigation);
  return element(
    'AssociationSet',
    { Name: `${set.name}_${navigation.name}`, Association: `${NAMESPACE}.${association}` },
    [
      element('End', { Role: set.type, EntitySet: set.name }),
      element('End', { Role: navigation.name, EntitySet: navigation.target.name }),
    ],
  );
}

function writeProperties(type: TypeModel): Element[] {
  return type.properties.map((property) =>
    element('Property', {
      Name: property.name,
      Type: edmTypeOf(property.kind, TIMES),
      ...(type.keys.includes(property.name) ? { Nullable: 'false' } : {}),
      ...(property.name === 'DataVersion' ? { ConcurrencyMode: 'Fixed' } : {}),
    }),
  );
}
