import { BOUND_ACTIONS, edmTypeOf, NAMESPACE, SERVICE_ACTIONS } from './edm.ts';
import type { Model, TypeModel } from './model.ts';
import { type Element, element, writeXml } from './xml.ts';

const TIMES = { day: 'Edm.DateTimeOffset', time: 'Edm.TimeOfDay' };

/** `$metadata` of `/b1s/v2`. */
export function writeOData4(model: Model): string {
  const schema = element('Schema', { Namespace: NAMESPACE, xmlns: 'http://docs.oasis-open.org/odata/ns/edm' }, [
    ...[...model.enums].map(([name, members]) =>
      element(
        'EnumType',
        { IsFlags: 'false', Name: name, UnderlyingType: 'Edm.Int32' },
        members.map((member) => element('Member', { Name: member.name, Value: String(member.value) })),
      ),
    ),
    ...model.complexTypes.map((type) => element('ComplexType', { Name: type.name }, writeProperties(type))),
    ...model.entityTypes.map((type) => element('EntityType', { Name: type.name }, writeEntityType(type))),
    ...BOUND_ACTIONS.flatMap(({ type, parameter, names }) =>
      names.map((name) =>
        element('Action', { IsBound: 'true', Name: name }, [
          element('Parameter', { Name: parameter, Type: `${NAMESPACE}.${type}` }),
        ]),
      ),
    ),
    ...SERVICE_ACTIONS.map((name) => element('Action', { Name: name })),
    element('EntityContainer', { Name: 'ServiceLayer' }, [
      ...model.sets.map((set) =>
        element('EntitySet', { EntityType: `${NAMESPACE}.${set.type}`, Name: set.name }, [
          ...(set.etag ? [CONCURRENCY] : []),
          ...(model.entityTypes.find((type) => type.name === set.type)?.navigations ?? []).map((navigation) =>
            element('NavigationPropertyBinding', { Path: navigation.name, Target: navigation.target.name }),
          ),
        ]),
      ),
      ...SERVICE_ACTIONS.map((name) => element('ActionImport', { Action: `${NAMESPACE}.${name}`, Name: name })),
    ]),
  ]);
  return writeXml(
    element('edmx:Edmx', { Version: '4.0', 'xmlns:edmx': 'http://docs.oasis-open.org/odata/ns/edmx' }, [
      element('edmx:DataServices', {}, [schema]),
    ]),
  );
}

const CONCURRENCY = element('Annotation', { Term: 'Org.OData.Core.V1.OptimisticConcurrency' }, [
  element('Collection', {}, [element('PropertyPath', {}, 'DataVersion')]),
]);

function writeEntityType(type: TypeModel): Element[] {
  return [
    element(
      'Key',
      {},
      type.keys.map((name) => element('PropertyRef', { Name: name })),
    ),
    ...writeProperties(type),
    ...type.navigations.map(({ name, toOne, target, property, partner }) => {
      const targetType = `${NAMESPACE}.${target.type}`;
      const attributes = { Name: name, Partner: partner, Type: toOne ? targetType : `Collection(${targetType})` };
      const [key] = target.keys;
      const constraint = { Property: property, ReferencedProperty: key?.name ?? '' };
      return element('NavigationProperty', attributes, toOne ? [element('ReferentialConstraint', constraint)] : []);
    }),
  ];
}

function writeProperties(type: TypeModel): Element[] {
  return type.properties.map((property) =>
    element('Property', {
      Name: property.name,
      ...(type.keys.includes(property.name) ? { Nullable: 'false' } : {}),
      Type: edmTypeOf(property.kind, TIMES),
    }),
  );
}
