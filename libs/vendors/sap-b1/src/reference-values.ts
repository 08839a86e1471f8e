import type { CallContext, ListedValue } from '@entrepot/vendor-kit';
import { VendorError } from '@entrepot/vendor-kit';
import type { SapB1Settings } from './config.ts';
import { listTaxCodes } from './entities/company.ts';
import type { ServiceLayer } from './service-layer/client.ts';
import { isYes, readText } from './service-layer/odata.ts';
import type { SapEntity, SapList } from './service-layer/wire.ts';

interface ReferenceSet {
  readonly set: string;
  readonly key: string;
  readonly label: string;
  /** Rows that cannot be used any more. */
  readonly isDead?: (row: SapEntity) => boolean;
}

const SETS: Readonly<Record<string, ReferenceSet>> = {
  warehouse: { set: 'Warehouses', key: 'WarehouseCode', label: 'WarehouseName', isDead: (row) => isYes(row.Inactive) },
  paymentTerms: { set: 'PaymentTermsTypes', key: 'GroupNumber', label: 'PaymentTermsGroupName' },
  salesPerson: {
    set: 'SalesPersons',
    key: 'SalesEmployeeCode',
    label: 'SalesEmployeeName',
    isDead: (row) => row.Active === 'tNO',
  },
  freight: { set: 'AdditionalExpenses', key: 'ExpensCode', label: 'Name' },
  priceList: { set: 'PriceLists', key: 'PriceListNo', label: 'PriceListName', isDead: (row) => row.Active === 'tNO' },
  branch: { set: 'BusinessPlaces', key: 'BPLID', label: 'BPLName', isDead: (row) => isYes(row.Disabled) },
  customerGroup: { set: 'BusinessPartnerGroups', key: 'Code', label: 'Name' },
  shipVia: { set: 'ShippingTypes', key: 'Code', label: 'Name' },
  currency: { set: 'Currencies', key: 'Code', label: 'Name' },
};

const SERIES_OF: Readonly<Record<string, string>> = { series: '17', customerSeries: '2' };

/** Kinds of reference data that settings forms can ask for. */
export const VALUE_KINDS: readonly string[] = [...Object.keys(SETS), 'tax', ...Object.keys(SERIES_OF)];

/** Reads selectable values live from the company. @throws VendorError `rejected` for a kind that SAP does not have */
export async function listReferenceValues(
  layer: ServiceLayer,
  settings: SapB1Settings,
  kind: string,
  call: CallContext,
): Promise<ListedValue[]> {
  if (kind === 'tax') {
    const codes = await listTaxCodes(layer, settings, call);
    return codes.map(({ code, name, rate }) => ({ value: code, label: `${code} – ${name} (${rate} %)` }));
  }
  const documentType = SERIES_OF[kind];
  if (documentType !== undefined) return listSeries(layer, documentType, call);
  const reference = SETS[kind];
  if (reference === undefined)
    throw new VendorError('rejected', `there are no values of kind "${kind}" in SAP Business One`, {
      advice: `Known kinds: ${VALUE_KINDS.join(', ')}.`,
    });
  const rows = await layer.list(
    { entitySet: reference.set, keyField: reference.key, query: { select: undefinedFree(reference) } },
    call,
  );
  return rows
    .filter((row) => reference.isDead?.(row) !== true)
    .map((row) => toListed(row, reference.key, reference.label));
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

/** Only what the label and the liveness need; the whole rows of warehouses or partners' groups are long. */
function undefinedFree(reference: ReferenceSet): string[] {
  const liveness =
    { Warehouses: ['Inactive'], SalesPersons: ['Active'], PriceLists: ['Active'], BusinessPlaces: ['Disabled'] }[
      reference.set
    ] ?? [];
  return [reference.key, reference.label, ...liveness];
}

function toListed(row: SapEntity, key: string, label: string): ListedValue {
  const value = readText(row[key]) ?? '';
  const name = readText(row[label]);
  return { value, label: name === null || name === value ? value : `${value} – ${name}` };
}
