import type { CallContext, ListedValue, ListTargetValues } from '@entrepot/vendor-kit';
import type { SapB1Client } from './client.ts';
import { listTaxCodes } from './company.ts';
import type { ServiceLayer } from './service-layer/client.ts';
import { isYes, readText, type SapEntity, type SapList } from './service-layer/wire.ts';

interface ReferenceSet {
  readonly set: string;
  readonly key: string;
  readonly label: string;
  /** Rows that are inactive. */
  readonly inactive?: { readonly field: string; readonly when: (value: unknown) => boolean };
}

const isNo = (value: unknown): boolean => value === 'tNO';
const frozen = { field: 'Active', when: isNo };

const SETS: Readonly<Record<string, ReferenceSet>> = {
  warehouse: {
    set: 'Warehouses',
    key: 'WarehouseCode',
    label: 'WarehouseName',
    inactive: { field: 'Inactive', when: isYes },
  },
  paymentTerms: { set: 'PaymentTermsTypes', key: 'GroupNumber', label: 'PaymentTermsGroupName' },
  salesPerson: { set: 'SalesPersons', key: 'SalesEmployeeCode', label: 'SalesEmployeeName', inactive: frozen },
  freight: { set: 'AdditionalExpenses', key: 'ExpensCode', label: 'Name' },
  priceList: { set: 'PriceLists', key: 'PriceListNo', label: 'PriceListName', inactive: frozen },
  branch: { set: 'BusinessPlaces', key: 'BPLID', label: 'BPLName', inactive: { field: 'Disabled', when: isYes } },
  customerGroup: { set: 'BusinessPartnerGroups', key: 'Code', label: 'Name' },
  shipVia: { set: 'ShippingTypes', key: 'Code', label: 'Name' },
  currency: { set: 'Currencies', key: 'Code', label: 'Name' },
};

/** Kinds of reference data that settings forms and value maps can ask for, read live from the company. */
export const values: Readonly<Record<string, ListTargetValues<SapB1Client>>> = {
  ...Object.fromEntries(
    Object.entries(SETS).map(([kind, reference]) => [
      kind,
      ({ layer }: SapB1Client, call: CallContext) => listSet(layer, reference, call),
    ]),
  ),
  tax: async ({ layer, settings }, call) => {
    const codes = await listTaxCodes(layer, settings, call);
    return codes.map(({ code, name, rate }) => ({ value: code, label: `${name} (${rate} %)` }));
  },
  series: ({ layer }, call) => listSeries(layer, '17', call),
  customerSeries: ({ layer }, call) => listSeries(layer, '2', call),
};

async function listSet(layer: ServiceLayer, reference: ReferenceSet, call: CallContext): Promise<ListedValue[]> {
  const { set, key, label, inactive } = reference;
  // Only what the label needs, and whether the row is active; the whole rows of warehouses or partners' groups are long.
  const select = [key, label, ...(inactive === undefined ? [] : [inactive.field])];
  const rows = await layer.list({ entitySet: set, keyField: key, query: { select } }, call);
  return rows.filter((row) => inactive?.when(row[inactive.field]) !== true).map((row) => toListed(row, key, label));
}

async function listSeries(layer: ServiceLayer, documentType: string, call: CallContext): Promise<ListedValue[]> {
  const action = 'listing series';
  const response = await layer.send({
    method: 'POST',
    path: 'SeriesService_GetDocumentSeries',
    body: { DocumentTypeParams: { Document: documentType } },
    readOnly: true,
    call,
    action,
  });
  const rows = layer.readJson<SapList>(response, { action }).value;
  return rows.filter((row) => !isYes(row.Locked)).map((row) => toListed(row, 'Series', 'Name'));
}

function toListed(row: SapEntity, key: string, label: string): ListedValue {
  const value = readText(row[key]) ?? '';
  return { value, label: readText(row[label]) ?? value };
}
