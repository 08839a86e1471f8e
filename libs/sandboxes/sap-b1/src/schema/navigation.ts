import { type EntitySet, findEntitySet, listEntitySets } from './entity-sets.ts';

/** A navigation property: rows of another set, found by a property of this row or by one of theirs. */
export interface Navigation {
  readonly name: string;
  /** One row, whose key is `property` of this row. */
  readonly toOne: boolean;
  readonly target: EntitySet;
  /** Of this type when `toOne`, of the target's type otherwise. */
  readonly property: string;
  /** The navigation property that leads back. */
  readonly partner: string;
}

/** Navigation properties to one row, by type: name, property, entity set. Those to many rows are their other ends. */
const TO_ONE: Readonly<Record<string, readonly (readonly [name: string, property: string, set: string])[]>> = {
  Document: [
    ['BusinessPartner', 'CardCode', 'BusinessPartners'],
    ['Currency', 'DocCurrency', 'Currencies'],
    ['PaymentTermsType', 'PaymentGroupCode', 'PaymentTermsTypes'],
    ['SalesPerson', 'SalesPersonCode', 'SalesPersons'],
    ['ShippingType', 'TransportationCode', 'ShippingTypes'],
    ['BusinessPlace', 'BPL_IDAssignedToInvoice', 'BusinessPlaces'],
  ],
  BusinessPartner: [
    ['BusinessPartnerGroup', 'GroupCode', 'BusinessPartnerGroups'],
    ['PaymentTermsType', 'PayTermsGrpCode', 'PaymentTermsTypes'],
    ['PriceList', 'PriceListNum', 'PriceLists'],
    ['SalesPerson', 'SalesPersonCode', 'SalesPersons'],
    ['Currency2', 'Currency', 'Currencies'],
    ['VatGroup2', 'VatGroup', 'VatGroups'],
    ['ShippingType2', 'ShippingType', 'ShippingTypes'],
  ],
  Item: [['VatGroup', 'SalesVATGroup', 'VatGroups']],
  AdditionalExpense: [['VatGroup', 'OutputVATGroup', 'VatGroups']],
  PaymentTermsType: [['PriceList', 'PriceListNo', 'PriceLists']],
  BusinessPlace: [['Warehouse', 'DefaultWarehouseID', 'Warehouses']],
};

/** Navigation properties of a type, those to one row first. */
export function listNavigations(type: string): Navigation[] {
  const toOne = (TO_ONE[type] ?? []).map(([name, property, set]) => {
    const target = findEntitySet(set) as EntitySet;
    return { name, property, target, toOne: true, partner: collectionName(type) };
  });
  const toMany = Object.entries(TO_ONE).flatMap(([source, ends]) =>
    ends
      .filter(([, , set]) => findEntitySet(set)?.type === type)
      .flatMap(([partner, property]) =>
        setsOf(source).map((target) => ({ name: target.name, property, target, toOne: false, partner })),
      ),
  );
  return [...toOne, ...toMany];
}

function setsOf(type: string): EntitySet[] {
  return listEntitySets().filter((set) => set.type === type);
}

function collectionName(type: string): string {
  return setsOf(type)[0]?.name ?? type;
}
