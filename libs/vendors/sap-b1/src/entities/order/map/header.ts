import { type Decimal, externalReference, type Order } from '@entrepot/canonical';
import { placeColumns, readAddressParts, type SapAddressParts } from '../../../map/party.ts';
import {
  addDays,
  dayIn,
  fitOwnFields,
  hasValueMap,
  joinRemarks,
  labelOf,
  lookUpValue,
  namesOf,
  type ValueMapKind,
} from '../../../map/translate.ts';
import { toWireNumber } from '../../../service-layer/wire.ts';
import { type OrderSettings } from '../settings.ts';
import { type OrderContext, type OrderHeader, type OrderMapContext } from './plan.ts';

/** Fields of the document itself. Gaps are noted in the context's problems. */
export function mapHeader(context: OrderContext, mapContext: OrderMapContext, cashRounding: Decimal): OrderHeader {
  const { order, connection, settings, texts, problems } = context;
  const currency = chooseCurrency(context);
  if (currency === null)
    problems.add(
      'unmapped-currency',
      'documentCurrency',
      'the order names no currency',
      'Set the value map "currency" with "*".',
    );
  if (!cashRounding.isZero() && settings.cashRounding === 'refuse')
    problems.add(
      'unmapped-cash-rounding',
      'totals.current.cashRounding',
      `the order has a cash rounding of ${cashRounding.toFixed()}`,
      'Set "cashRounding" of the flow to "document".',
    );
  const own = mapContext.fields ?? {};
  const header: Record<string, unknown> = {
    CardCode: chooseCardCode(context, mapContext),
    NumAtCard: texts.fit('NumAtCard', makeReference(context), 'source.number'),
    [connection.udfExternalRef]: externalReference(order.source.connection, order.source.id),
    DocCurrency: currency,
    ...mapDates(context, mapContext.now()),
    ...mapRate(context, currency),
    ...mapReferences(context),
    ...(context.grossLines ? { PriceMode: 'pmdGross' } : {}),
    ...(cashRounding.isZero() ? {} : { Rounding: 'tYES', RoundingDiffAmount: toWireNumber(cashRounding) }),
    ...mapAddresses(context),
    Comments: order.note?.trim() ? texts.fit('Comments', order.note, 'note') : null,
    ...fitOwnFields(texts, own, 'OpeningRemarks'),
  };
  return { ...header, OpeningRemarks: joinRemarks(own.OpeningRemarks, texts.remarks('OpeningRemarks')) };
}

/** Currency of the document as SAP spells it. */
function chooseCurrency(context: OrderContext): string | null {
  const { order, flow, tax, profile } = context;
  const currency = (tax.side === 'document' ? order.documentCurrency : null) ?? order.baseCurrency;
  return lookUpValue(flow, 'currency', [currency]) ?? currency ?? profile.localCurrency;
}

function chooseCardCode(context: OrderContext, mapContext: OrderMapContext): string | null {
  const { settings, order, problems } = context;
  const { customers } = settings;
  const resolved = findPartner(mapContext);
  if (resolved !== null) return resolved;
  if (customers.mode === 'collective') return customers.cardCode;
  if (isNameless(order) && customers.guestCardCode !== undefined) return customers.guestCardCode;
  problems.add(
    'unmapped-customer',
    'customer',
    'the order names neither customer nor e-mail',
    'Set "customers.guestCardCode" of the flow to the customer for such orders, or use one collective customer.',
  );
  return null;
}

/** The business partner that the order's customer or company turned out to be; null when none was looked for, or needed. */
export function findPartner({ resolved }: Pick<OrderMapContext, 'resolved'>): string | null {
  return resolved.find(({ dependency }) => dependency.entity === 'customer')?.targetId ?? null;
}

/** What the customer's reference shows: people search by the shop's number as well as by the customer's. */
function makeReference({ order, settings }: OrderContext): string {
  const number = settings.numberPrefix + (order.source.number ?? order.source.id);
  const poNumber = order.poNumber?.trim() ?? '';
  if (poNumber === '' || settings.customerReference === 'order-number') return number;
  return settings.customerReference === 'po-number' ? poNumber : `${number} / ${poNumber}`;
}

/** True for an order without any data to find a customer by. */
export function isNameless(order: Order): boolean {
  return customerIdOf(order) === null && readEmail(order) === null;
}

/** The buyer's id in the shop. */
export function customerIdOf(order: Order): string | null {
  return order.customer?.id ?? null;
}

/** E-mail address of the buyer, lower case; null when there is none. */
export function readEmail(order: Order): string | null {
  const email = order.email ?? order.billTo?.email ?? order.shipTo?.email ?? null;
  return email === null || email.trim() === '' ? null : email.trim().toLowerCase();
}

function mapDates(context: OrderContext, nowMs: number): Record<string, string> {
  const { order, connection, settings } = context;
  const today = dayIn(connection.timeZone, nowMs * 1000);
  const dayOf = (micros: number | null) => (micros === null ? null : dayIn(connection.timeZone, micros));
  const placed = dayOf(order.placedAt ?? order.source.createdAt);
  // Imports and back-dated orders: the source's business date counts, not the date of entry.
  const business = dayOf(order.processedAt) ?? placed ?? today;
  const documentDay = settings.docDate === 'placed' ? (placed ?? business) : business;
  const docDate = settings.docDate === 'today' ? today : documentDay;
  const due = addDays(dayOf(readWishedDate(order, settings)) ?? docDate, settings.dueDate.plusDays);
  // SAP refuses a delivery date before the posting date.
  return { DocDate: docDate, TaxDate: documentDay, DocDueDate: due < docDate ? docDate : due };
}

function readWishedDate(order: Order, { dueDate }: OrderSettings): number | null {
  return { order: null, promised: order.promisedAt, requested: order.requestedAt }[dueDate.from];
}

/** Dates of the header that come from the day of writing, and so would move with every later change. */
export function listDatesOfWriting(order: Order, settings: OrderSettings): string[] {
  if (settings.docDate !== 'today') return [];
  return readWishedDate(order, settings) === null ? ['DocDate', 'DocDueDate'] : ['DocDate'];
}

function mapRate(context: OrderContext, currency: string | null): Record<string, unknown> {
  const { order, settings, profile, tax } = context;
  if (settings.currency.rate !== 'order' || tax.side !== 'document' || order.exchangeRate === null) return {};
  return currency === profile.localCurrency ? {} : { DocRate: toWireNumber(order.exchangeRate.toDecimalPlaces(6)) };
}

/** References to data of the company: series, branch, terms, sales employee, shipping type. */
function mapReferences(context: OrderContext): Record<string, unknown> {
  const { order, settings } = context;
  const gateways = order.payments.flatMap((payment) => [payment.gateway, payment.methodRaw, payment.method]);
  const terms = order.terms === null ? [] : [order.terms.id, order.terms.number, order.terms.name, order.terms.kind];
  const firstShipping = order.shippingLines.find((line) => !line.removed);
  const fields = {
    Series: settings.series ?? null,
    BPL_IDAssignedToInvoice: mapNumber(context, 'branch', namesOf(order.source.businessUnit), settings.branch),
    PaymentGroupCode: mapNumber(context, 'paymentTerms', [...terms, ...gateways], settings.paymentTerms),
    SalesPersonCode: mapNumber(context, 'salesPerson', namesOf(order.salesperson), settings.salesPerson),
    TransportationCode: mapNumber(
      context,
      'shipVia',
      [...namesOf(order.shipVia), firstShipping?.code ?? null, firstShipping?.title ?? null],
      settings.shipVia,
    ),
  };
  // A company has its own terms in SAP; they apply where the map has no entry.
  if (order.terms !== null && order.company === null)
    reportGap(context, 'paymentTerms', 'terms', fields.PaymentGroupCode, order.terms.name ?? order.terms.kind ?? '');
  if (order.salesperson !== null)
    reportGap(context, 'salesPerson', 'salesperson', fields.SalesPersonCode, labelOf(order.salesperson));
  if (order.source.businessUnit !== null)
    reportGap(
      context,
      'branch',
      'source.businessUnit',
      fields.BPL_IDAssignedToInvoice,
      labelOf(order.source.businessUnit),
    );
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  // What a flow maps and the order does not have is none, not the customer's own: else what the source empties would stay.
  return {
    ...(hasValueMap(context.flow, 'salesPerson') ? { SalesPersonCode: NO_SALES_EMPLOYEE } : {}),
    ...(hasValueMap(context.flow, 'shipVia') ? { TransportationCode: null } : {}),
    ...given,
  };
}

/** SAP's own code of "no sales employee". */
const NO_SALES_EMPLOYEE = -1;

function mapNumber(
  context: OrderContext,
  kind: ValueMapKind,
  candidates: (string | null)[],
  fallback: number | undefined,
): number | null {
  const mapped = lookUpValue(context.flow, kind, candidates);
  if (mapped === null) return fallback ?? null;
  if (/^-?\d+$/.test(mapped)) return Number(mapped);
  context.problems.add(
    'bad-value-map',
    kind,
    `the value map "${kind}" gives "${mapped}", SAP wants a whole number`,
    `Correct the value map "${kind}": take the code, not the name.`,
    { actual: mapped },
  );
  return null;
}

/** A source value that an existing map does not contain and no default covers is a gap. */
function reportGap(
  context: OrderContext,
  kind: ValueMapKind,
  path: string,
  mapped: number | null,
  label: string,
): void {
  if (mapped !== null || !hasValueMap(context.flow, kind)) return;
  context.problems.add(
    `unmapped-${kind.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    path,
    `nothing of SAP is set for "${label}"`,
    `Add "${label}" to the flow's value map "${kind}", or set a default.`,
    { actual: label },
  );
}

function mapAddresses(context: OrderContext): Record<string, unknown> {
  const { order, flow, texts, settings } = context;
  const reading = { texts, flow, writeStates: settings.writeStates };
  const shipTo = order.shipTo === null ? null : readAddressParts(order.shipTo, reading, 'shipTo');
  const billTo = order.billTo === null ? null : readAddressParts(order.billTo, reading, 'billTo');
  const extension = toAddressExtension(shipTo, billTo);
  return extension === undefined ? {} : { AddressExtension: extension };
}

/**
 * The order's own addresses (AddressExtension): they stand on the document, whatever the customer's master data say. Of an address that the
 * order has, every field is named, the empty ones too; one that it does not have is left to SAP, which takes the customer's.
 */
export function toAddressExtension(
  shipTo: SapAddressParts | null,
  billTo: SapAddressParts | null,
): Record<string, string | null> | undefined {
  const extension = { ...nameParts('ShipTo', shipTo), ...nameParts('BillTo', billTo) };
  return Object.keys(extension).length === 0 ? undefined : extension;
}

function nameParts(prefix: 'ShipTo' | 'BillTo', parts: SapAddressParts | null): Record<string, string | null> {
  if (parts === null) return {};
  const fields = {
    ...placeColumns(parts),
    // Names have no column of their own in a document's address.
    Address2: parts.recipient,
    Address3: parts.company,
  };
  const named: Record<string, string | null> = {};
  for (const [name, value] of Object.entries(fields)) named[prefix + name] = value;
  return named;
}
