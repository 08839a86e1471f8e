import type { EntityRecords } from '../generated/entities.gen.ts';
import type { JsonValue } from './json-form.ts';
import { findEntityRecord } from './records.ts';
import type { FieldModel, RecordModel, TypeModel } from './type-model.ts';

/**
 * `personal`: names, reaches or describes a person, or is free text that may · `as-used`: takes the class of the field that leads to it, since
 * the same kind of pointer names a warehouse here and a customer there.
 */
export type TextClass = 'plain' | 'personal' | 'as-used';
type TextClasses = Readonly<Partial<Record<TextClass, string>>>;

/** What stands in place of personal data. */
export const PERSONAL_MASK = '[personal]';

/**
 * Every text of the released entities, and every field that points by {@link TextClass} `as-used`, in one class: a test compares it with the
 * schemas. What is not named here is personal.
 */
export const TEXT_CLASSES: Readonly<Record<string, TextClasses>> = {
  ExternalId: { plain: 'connection kind', 'as-used': 'id' },
  Ref: { plain: 'id', 'as-used': 'number name externalIds' },
  Source: { plain: 'connection vendor id number businessUnit scope contentHash origin' },
  Contact: { plain: 'id roles', personal: 'firstName lastName name title email phone mobile' },
  Address: {
    plain: 'id roles country taxSchedule shipVia warehouse',
    personal: 'code firstName lastName company attention lines city regionCode regionName postalCode phone email taxId',
  },
  Money: { plain: 'currency' },
  PaymentSchedule: { plain: 'id' },
  PaymentTerms: { plain: 'id number name kind' },
  TaxExemption: { plain: 'code jurisdiction', personal: 'certificate' },
  TaxRegistration: { plain: 'country kind', personal: 'number' },
  CustomerSalesperson: { personal: 'salesperson' },
  MarketingConsent: { plain: 'channel state' },
  Attribute: { plain: 'namespace key type', personal: 'value' },
  Customer: {
    plain:
      'kindRaw division statusRaw customerClass groups currency locale priceList priceClass priceLevel paymentMethod taxZone shipVia warehouse',
    personal:
      'mergedInto mergedFrom externalIds parent billToCustomer name firstName lastName company email phone mobile fax website note tags',
  },
  Hold: { plain: 'kind code', personal: 'reason' },
  OrderRisk: { plain: 'level recommendation' },
  ItemRef: { plain: 'productId variantId sku barcode alternateIds' },
  Unit: { plain: 'code' },
  Discount: { plain: 'id code title kind' },
  Tax: { plain: 'name code jurisdiction' },
  LineComponent: { plain: 'title' },
  Duty: { plain: 'id hsCode origin' },
  OrderLine: {
    plain:
      'id kindRaw title variantTitle parentLineId bundleGroup warehouse vendor fulfilmentModeRaw taxCode weightUnit returnId',
    personal: 'description salesperson note',
  },
  ShippingLine: { plain: 'id code title carrier' },
  OrderFee: { plain: 'id code title kind' },
  FulfilmentGroupLine: { plain: 'lineId' },
  FulfilmentGroup: { plain: 'id location status deliveryMethod' },
  OrderPayment: { plain: 'id parentId kindRaw statusRaw methodRaw gateway', personal: 'reference' },
  OrderRefundLine: { plain: 'lineId location' },
  RefundAdjustment: { plain: 'kind', personal: 'reason' },
  OrderRefund: { plain: 'id number paymentIds returnId', personal: 'reason' },
  OrderReturnLine: { plain: 'lineId', personal: 'reason' },
  OrderExchangeLine: { plain: 'id lineIds title variantTitle' },
  OrderReturn: { plain: 'id number status exchangeLineIds' },
  Order: {
    plain:
      'mergedInto externalIds basedOn replaces replacedBy orderTypeRaw channel storeView website orderStatusRaw paymentStatusRaw fulfilmentStatusRaw locale baseCurrency documentCurrency paymentMethod deliveryTerms priority shipVia warehouse',
    personal:
      'cancelReason customer company companyLocation contact poNumber email phone salesperson note internalNote tags',
  },
};

/** The class of a record's field. */
export function textClassOf(record: string, field: string): TextClass {
  const classes = TEXT_CLASSES[record] ?? {};
  for (const name of ['plain', 'as-used'] as const) {
    if (classes[name]?.split(' ').includes(field) === true) return name;
  }
  return 'personal';
}

/** The JSON form of an entity with {@link PERSONAL_MASK} for each text that is personal; amounts, times, flags and lists' lengths stay. */
export function maskPersonal(entityName: keyof EntityRecords, json: JsonValue): JsonValue {
  return maskValue(findEntityRecord(entityName), json, false);
}

function maskValue(type: TypeModel, json: JsonValue, isPersonal: boolean): JsonValue {
  if (json === null) return null;
  switch (type.kind) {
    case 'nullable':
      return maskValue(type.of, json, isPersonal);
    case 'list':
      return Array.isArray(json) ? json.map((item) => maskValue(type.of, item, isPersonal)) : json;
    case 'record':
      return typeof json === 'object' && !Array.isArray(json) ? maskRecord(type, json, isPersonal) : json;
    case 'string':
      return isPersonal && json !== '' ? PERSONAL_MASK : json;
    default:
      return json;
  }
}

function maskRecord(record: RecordModel, json: { [key: string]: JsonValue }, isPersonal: boolean): JsonValue {
  const masked: { [key: string]: JsonValue } = {};
  for (const [name, value] of Object.entries(json)) {
    const field = record.byName.get(name);
    if (field !== undefined) masked[name] = maskValue(field.type, value, isPersonalField(record, field, isPersonal));
  }
  return masked;
}

/** Only what takes the class of its use looks at where it is: the lines of a personal list are classed by their own fields. */
function isPersonalField(record: RecordModel, field: FieldModel, isPersonal: boolean): boolean {
  const named = textClassOf(record.name, field.name);
  return named === 'as-used' ? isPersonal : named === 'personal';
}
