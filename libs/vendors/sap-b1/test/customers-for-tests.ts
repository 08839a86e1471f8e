import { type Customer, type Sparse } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import type { FoundDocument, MapOutcome, PlannedDocument } from '@entrepot/vendor-kit';
import { expect } from 'vitest';
import { makeCustomer, makeFlow } from './orders-for-tests.ts';
import { documentOf } from './sandbox-for-tests.ts';
import { call, target, test } from './sandbox-under-test.ts';

export const plain = makeFlow({}, { target: {} });

export function map(customer: Customer, flow: FlowSettings<'order'> = plain): MapOutcome {
  const sourceKey = `${customer.source.connection}/${customer.source.id}`;
  return target.entity('customer').map(customer, {
    flow,
    resolved: [],
    profile: null,
    sourceKey,
    existing: () => null,
    now: () => Date.now(),
  });
}

export function plan(more: Sparse<Customer> = {}, flow: FlowSettings<'order'> = plain): PlannedDocument {
  const outcome = map(makeCustomer(more), flow);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.documents[0] as PlannedDocument;
}

export async function deliver(document: PlannedDocument): Promise<FoundDocument> {
  await target.entity('customer').create(document, call);
  const [hit] = await target.entity('customer').find(document, call);
  return hit as FoundDocument;
}

/** What a person changes in SAP at C77. */
export async function patchByHand(body: Record<string, unknown>): Promise<void> {
  const login = await fetch(`${test.url}/sap-b1/b1s/v2/Login`, {
    method: 'POST',
    body: JSON.stringify({ CompanyDB: 'SBODEMO', UserName: 'manager', Password: 'sandbox' }),
  });
  const cookie = `B1SESSION=${((await login.json()) as { SessionId: string }).SessionId}`;
  const changed = await fetch(`${test.url}/sap-b1/b1s/v2/BusinessPartners('C77')`, {
    method: 'PATCH',
    headers: { cookie },
    body: JSON.stringify(body),
  });
  expect(changed.status).toBe(204);
}

export async function readPartner(cardCode: string): Promise<FoundDocument> {
  return (await target.entity('customer').read(documentOf('customer'), cardCode, call)) as FoundDocument;
}

export const bodyOf = (document: FoundDocument) =>
  document.body as { BPAddresses: Record<string, unknown>[]; ContactEmployees: Record<string, unknown>[] } & Record<
    string,
    unknown
  >;
export const source = (id: string) => ({ connection: 'shop', vendor: 'shopify', id, version: 1 });
