import { type AttemptReport, deliveryId } from '@entrepot/canonical';
import { PERSONAL_DATA } from '@entrepot/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestLedger, type TestLedger } from './ledger-process.ts';
import { attemptReport, rejected, routedReport } from './reports.ts';
import { waitFor } from './wait.ts';

/** A made-up person, recognisable wherever it is found. */
const PERSON = {
  /** Of the orders that the test ledger publishes. */
  email: 'ada@example.com',
  firstName: 'Canaryfirst',
  lastName: 'Canarylast',
  street: '1 Canary Street',
  operator: 'canary-operator',
  reason: 'the canary asked for it',
};

let test: TestLedger;
beforeAll(async () => {
  test = await startTestLedger();
}, 60_000);
afterAll(() => test?.close());

/** Paths of fields that hold something of the person, without the numbers of entries. */
function findPerson(value: unknown, path: readonly string[] = []): string[] {
  const holds = (text: string): string[] =>
    Object.values(PERSON).some((canary) => text.includes(canary)) ? [path.join('.')] : [];
  if (typeof value === 'string') return holds(value);
  if (Buffer.isBuffer(value)) return holds(value.toString('utf8'));
  if (typeof value !== 'object' || value === null || value instanceof Date) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => findPerson(entry, path));
  if ('buffer' in value && Buffer.isBuffer(value.buffer)) return holds(value.buffer.toString('utf8'));
  return Object.entries(value).flatMap(([name, field]) => findPerson(field, [...path, name]));
}

/** Collections with the fields in which the person is found. */
async function searchDatabase(): Promise<Map<string, Set<string>>> {
  const { db } = test.store.mongoose;
  if (db === undefined) throw new Error('the store has no database');
  const found = new Map<string, Set<string>>();
  for (const { name } of await db.listCollections().toArray()) {
    for await (const document of db.collection(name).find()) {
      const fields = findPerson(document);
      if (fields.length > 0) found.set(name, new Set([...(found.get(name) ?? []), ...fields]));
    }
  }
  return found;
}

const isRegistered = (collection: string, path: string): boolean =>
  PERSONAL_DATA.some(
    ({ name, fields }) =>
      name === collection && Object.keys(fields).some((field) => path === field || path.startsWith(`${field}.`)),
  );

describe('the register of personal data', () => {
  it('names every field in which a person is found once its order failed, was retried and discarded', async () => {
    const { items } = (await test.call('GET', '/v1/connections')).body;
    const [shop, erp] = ['shopify', 'sap-b1'].map(
      (name) => items.find(({ vendor }: { vendor: string }) => vendor === name).id,
    );
    const event = await test.publishOrder('1001', '#1001', 100);
    const id = deliveryId(`order:${shop}:${erp}`, event.eventId, event.publishedAtMicros);
    const known = { eventId: event.eventId, connection: shop, version: 100 };
    const [decision] = routedReport().decisions;
    await test.report(
      routedReport({
        ...known,
        publishedAtMicros: event.publishedAtMicros,
        decisions:
          decision === undefined ? [] : [{ ...decision, deliveryId: id, flow: `order:${shop}:${erp}`, to: erp }],
      }),
    );
    const exchange: AttemptReport['exchanges'][number] = {
      method: 'POST',
      url: `https://erp.example.com/BusinessPartners?$filter=EmailAddress eq '${PERSON.email}'`,
      status: 400,
      startedAtMicros: 1,
      durationMs: 1,
      requestBody: JSON.stringify({ Name: PERSON.lastName }),
      responseBody: JSON.stringify({ error: `no ${PERSON.street}` }),
    };
    await test.report(
      attemptReport({
        ...known,
        deliveryId: id,
        flow: `order:${shop}:${erp}`,
        to: erp,
        outcome: 'failed',
        error: rejected(`The partner ${PERSON.firstName} is locked`),
        exchanges: [exchange],
        waitingOn: [],
      }),
    );
    await waitFor(async () => {
      const { status, body } = await test.call('GET', `/v1/deliveries/${id}`);
      return status === 200 && body.state === 'failed' ? body : null;
    });
    const operator = (await test.call('POST', '/v1/tokens', { label: PERSON.operator, role: 'admin' })).body.token;
    const asOperator = (path: string) => test.call('POST', path, { reason: PERSON.reason }, operator);
    await asOperator(`/v1/deliveries/${id}/retry`);
    await asOperator(`/v1/deliveries/${id}/discard`);
    await test.store.connections.setAttention(shop, `The shop refuses ${PERSON.email}`);

    const found = await searchDatabase();
    const fields = [...found].flatMap(([collection, paths]) => [...paths].map((path) => ({ collection, path })));
    expect(fields.filter(({ collection, path }) => !isRegistered(collection, path))).toEqual([]);
    // The search sees what there is.
    expect(fields).toEqual(
      expect.arrayContaining([
        { collection: 'messages', path: 'bytes' },
        { collection: 'deliveries', path: 'attempts.exchanges.requestBody' },
        { collection: 'deliveries', path: 'attempts.error.message' },
        { collection: 'audit', path: 'reason' },
        { collection: 'tokens', path: 'label' },
        { collection: 'connections', path: 'attention' },
      ]),
    );
  }, 60_000);
});
