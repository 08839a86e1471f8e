import { contentHash, type EntityName, externalReference, validateEntity } from '@entrepot/canonical';
import { expect } from 'vitest';
import { z } from 'zod';
import type { ConnectionView } from '../../connection.ts';
import type { VendorClient } from '../../open-client.ts';
import type { OpenSourceEntity, Source } from '../../source/open.ts';
import type { Fetched } from '../../source/records.ts';
import type { Vendor } from '../../vendor.ts';
import { VendorError } from '../../vendor-error.ts';
import { expectNoSecrets, failure } from '../failures.ts';
import { checkDeclaredStates, checkSharedStates } from '../states-suite.ts';
import type { SuiteCase } from '../suite-case.ts';
import { describeResult, fetchWhole, found, pollAll, single } from './fetch-whole.ts';

export type SourceFault = 'down' | 'unauthorized' | 'throttled' | 'garbage' | 'repeats-request' | 'silent';

/** What the suite needs to know and do; made anew for each test, against a simulator of the vendor. */
export interface SourceEntityHarness<E extends EntityName = EntityName> {
  readonly connection: ConnectionView;
  readonly entity: E;
  /**
   * Opens the client under test; called several times in tests of restarts. Timeouts should be short (≤ 1 s).
   * @param settings of this entity, beside the defaults
   */
  open(settings?: Readonly<Record<string, unknown>>): VendorClient;
  /** Makes a record at the vendor without a webhook; gives its source id. */
  createRecord(): Promise<string>;
  /** Changes something of it that the canonical record shows. */
  changeRecord(sourceId: string): Promise<void>;
  /** Removes it, where absence is declared as `deletes` or `sweep`; hides it from the credentials, where it is `unknown`. */
  removeRecord(sourceId: string): Promise<void>;
  /** An id of the right form that does not exist. */
  readonly unknownId: string;
  /** Makes a record that cannot be mapped (its totals do not add up …); left out where a vendor has none. */
  createUnmappable?(): Promise<string>;
  /** For each setting of the entity: another value than its default, and a record that reads differently by it. */
  readonly settings?: Readonly<Record<string, { readonly value: unknown; makeRecord(): Promise<string> }>>;
  /**
   * For each role that the entity confirms: makes a document of ours at the vendor, which carries the reference, and gives the record that
   * shows it.
   */
  readonly confirms?: Readonly<Record<string, (reference: string) => Promise<ShownDocument>>>;
  /** Makes every further request fail in this way; null = works again. */
  setFault(fault: SourceFault | null): Promise<void>;
  /** Faults the vendor cannot have. */
  readonly impossibleFaults?: readonly SourceFault[];
  close(): Promise<void>;
}

/** A document of ours, as the vendor shows it. */
export interface ShownDocument {
  readonly sourceId: string;
  readonly targetId: string;
  readonly number: string | null;
}

const KINDS: Readonly<Record<SourceFault, readonly string[]>> = {
  down: ['unavailable', 'timeout'],
  unauthorized: ['unauthorized'],
  throttled: ['throttled'],
  garbage: ['unavailable'],
  'repeats-request': ['rejected', 'unexpected', 'unauthorized', 'unavailable'],
  silent: ['timeout'],
};
const FAULTS = ['down', 'unauthorized', 'throttled', 'garbage', 'repeats-request', 'silent'] as const;

interface Opened<E extends EntityName> {
  readonly harness: SourceEntityHarness<E>;
  readonly client: VendorClient;
  readonly source: Source;
  readonly records: OpenSourceEntity<E>;
  readonly signal: AbortSignal;
  fetchOne(id: string): Promise<Fetched<E>>;
  /** Closes the client and opens another, as after a restart. */
  reopen(settings?: Readonly<Record<string, unknown>>): Promise<Opened<E>>;
}

/** What a vendor declares of one entity it reads, each with its proof. */
export function listEntityCases<E extends EntityName>(
  vendor: Vendor,
  entity: E,
  makeHarness: () => Promise<SourceEntityHarness<E>>,
): readonly SuiteCase[] {
  const declared = vendor.source?.entities[entity];
  if (declared === undefined) return [];
  const { absence, batch, pollIntervalMs, confirms = [] } = declared;
  const ownSettings = Object.keys(z.toJSONSchema(declared.settings, { io: 'input' }).properties ?? {});

  const test = (name: string, work: (opened: Opened<E>) => Promise<void>): SuiteCase => ({
    name: `${entity}: ${name}`,
    run: async () => {
      const harness = await makeHarness();
      const opened: VendorClient[] = [];
      const { signal } = new AbortController();
      const open = (settings: Readonly<Record<string, unknown>> = {}): Opened<E> => {
        const client = harness.open(settings);
        opened.push(client);
        const { source } = client;
        const records = source?.entity(entity) ?? null;
        if (source === null || records === null)
          throw new Error(`${entity} is declared, and the opened source does not read it`);
        return {
          harness,
          client,
          source,
          records,
          signal,
          fetchOne: async (id) => single(await fetchWhole(records, [id], signal)),
          reopen: async (next) => {
            await client.close();
            return open(next);
          },
        };
      };
      try {
        await work(open());
      } finally {
        await harness.setFault(null);
        await Promise.all(opened.map((client) => client.close()));
        await harness.close();
      }
    },
  });

  return [
    test('fetches records by id, one result an id, and says which do not exist', async (opened) => {
      const { harness, records, signal } = opened;
      const [a, b] = [await harness.createRecord(), await harness.createRecord()];
      const results = await fetchWhole(records, [a, harness.unknownId, b], signal);
      const byId = new Map(results.map((result) => [result.sourceId, result.status]));
      expect(results).toHaveLength(3);
      expect(byId.get(a)).toBe('found');
      expect(byId.get(b)).toBe('found');
      expect(byId.get(harness.unknownId)).not.toBe('found');
    }),
    test(`takes a batch of ${batch.count} ids`, async ({ harness, records, signal }) => {
      expect(Number.isInteger(batch.count) && batch.count > 0).toBe(true);
      const id = await harness.createRecord();
      const unknown = Array.from({ length: batch.count - 1 }, (_, index) => `${harness.unknownId}${index}`);
      const results = await fetchWhole(records, [...unknown, id], signal);
      expect(results.map((result) => result.sourceId).sort()).toEqual([...unknown, id].sort());
      expect(results.find((result) => result.sourceId === id)).toMatchObject({ status: 'found' });
    }),
    test('gives valid entities that name their source and leave version and hash to the runtime', async (opened) => {
      const { harness, fetchOne } = opened;
      const id = await harness.createRecord();
      const { entity: record } = found(await fetchOne(id));
      expect(validateEntity(entity, record)).toEqual([]);
      const named = { connection: harness.connection.id, vendor: vendor.name, id, version: 0, contentHash: '' };
      expect(record.source).toMatchObject(named);
      expect(record.deleted).toBe(false);
    }),
    test('reads the same content twice as the same, and a change as a change', async ({ harness, fetchOne }) => {
      const id = await harness.createRecord();
      const first = found(await fetchOne(id));
      const again = found(await fetchOne(id));
      expect(contentHash(entity, again.entity)).toBe(contentHash(entity, first.entity));
      await harness.changeRecord(id);
      const changed = found(await fetchOne(id));
      expect(contentHash(entity, changed.entity)).not.toBe(contentHash(entity, first.entity));
      if (first.stampMicros !== null && changed.stampMicros !== null)
        expect(changed.stampMicros).toBeGreaterThanOrEqual(first.stampMicros);
    }),
    test('shows states exactly where it declares them', async ({ harness, fetchOne }) => {
      checkDeclaredStates(declared.showsStates === true, found(await fetchOne(await harness.createRecord())));
    }),
    ...(declared.showsStates === true
      ? [
          test('shows each document in the state in which the target reads it, before and after a change', (opened) =>
            checkStates(entity, opened)),
        ]
      : []),
    test(`absence ${absence}: a record that is gone is not found, and its neighbours are`, async (opened) => {
      const { harness, records, signal } = opened;
      const [gone, there] = [await harness.createRecord(), await harness.createRecord()];
      await fetchWhole(records, [gone], signal);
      await harness.removeRecord(gone);
      const results = await fetchWhole(records, [gone, there], signal);
      expect(results.find((result) => result.sourceId === gone)).toMatchObject({ status: 'not-found' });
      expect(results.find((result) => result.sourceId === there)).toMatchObject({ status: 'found' });
      expect(records.listIds !== null, 'listIds is declared exactly where a sweep tells').toBe(absence === 'sweep');
      const listed: string[] = [];
      for await (const ids of records.listIds?.(signal) ?? []) listed.push(...ids);
      if (absence === 'sweep') expect([there, gone].map((id) => listed.includes(id))).toEqual([true, false]);
    }),
    test('a record that cannot be mapped says why and does not keep its neighbours', async (opened) => {
      const { harness, records, signal } = opened;
      if (harness.createUnmappable === undefined) return;
      const [bad, good] = [await harness.createUnmappable(), await harness.createRecord()];
      const results = await fetchWhole(records, [bad, good], signal);
      const unmapped = results.find((result) => result.sourceId === bad);
      expect(unmapped).toMatchObject({ status: 'unmapped' });
      if (unmapped?.status === 'unmapped') expect(unmapped.error.message.length).toBeGreaterThan(10);
      expect(results.find((result) => result.sourceId === good)).toMatchObject({ status: 'found' });
    }),
    test('each of its settings has a default, and reads something differently', async (opened) => {
      const { harness } = opened;
      expect(declared.settings.safeParse({}).success).toBe(true);
      expect(Object.keys(harness.settings ?? {}).sort()).toEqual([...ownSettings].sort());
      for (const [name, { value, makeRecord }] of Object.entries(harness.settings ?? {})) {
        const id = await makeRecord();
        const usual = await (await opened.reopen()).fetchOne(id);
        const other = await (await opened.reopen({ [name]: value })).fetchOne(id);
        expect(describeResult(entity, other), `the setting ${name} changes nothing`).not.toBe(
          describeResult(entity, usual),
        );
      }
    }),
    test('confirms documents of the roles it declares, by our reference and the vendor’s id, and no others', async (opened) => {
      const { harness, fetchOne } = opened;
      expect(Object.keys(harness.confirms ?? {}).sort()).toEqual([...confirms].sort());
      expect(found(await fetchOne(await harness.createRecord())).confirms ?? []).toEqual([]);
      for (const [role, makeDocument] of Object.entries(harness.confirms ?? {})) {
        const reference = externalReference('suite', `of-${role}`);
        const { sourceId, targetId, number } = await makeDocument(reference);
        const { confirms: shown = [] } = found(await fetchOne(sourceId));
        expect(shown, `the ${role} is confirmed`).toMatchObject([{ reference, role, targetId, number }]);
      }
    }),
    test('polls find new records, then changed ones, from the cursor, also after a restart', async (opened) => {
      const { harness, records } = opened;
      expect(pollIntervalMs).toBeGreaterThanOrEqual(1_000);
      const before = await pollAll(records, null);
      const id = await harness.createRecord();
      const created = await pollAll(records, before.cursor);
      expect(created.hints.map((hint) => hint.sourceId)).toContain(id);
      expect(created.hints.every((hint) => hint.entity === entity)).toBe(true);
      const anew = await opened.reopen();
      await harness.changeRecord(id);
      const changed = await pollAll(anew.records, created.cursor);
      expect(changed.hints.map((hint) => hint.sourceId)).toContain(id);
    }),
    test('a poll ends when it has caught up', async ({ harness, records }) => {
      for (let i = 0; i < 3; i += 1) await harness.createRecord();
      const first = await pollAll(records, null);
      const second = await pollAll(records, first.cursor);
      expect(first.hints.length).toBeGreaterThanOrEqual(3);
      expect(second.hints.length).toBeLessThanOrEqual(first.hints.length);
    }),
    ...FAULTS.map((fault) =>
      test(`${fault}: a VendorError of the right kind`, async (opened) => {
        const { harness, records } = opened;
        if (harness.impossibleFaults?.includes(fault)) return;
        const id = await harness.createRecord();
        await harness.setFault(fault);
        const error = await failure(records.fetch([id], AbortSignal.timeout(8_000)));
        expect(KINDS[fault], error.message).toContain(error.kind);
        await harness.setFault(null);
        // Credentials once refused may stay refused until they change: a new source stands for that.
        expect(await (await opened.reopen()).fetchOne(id)).toMatchObject({ status: 'found' });
      }),
    ),
    test('what answers with a page is shown as an outage in words', async ({ harness, records, source, signal }) => {
      const id = await harness.createRecord();
      await harness.setFault('garbage');
      const error = await failure(records.fetch([id], signal));
      expect(error).toMatchObject({ kind: 'unavailable', code: 'not-json' });
      expect(error.message).toMatch(/no JSON.*content type/);
      const { checks } = await source.test(signal);
      expect(checks.some(({ ok, message }) => !ok && message.includes('no JSON'))).toBe(true);
    }),
    test('no secret is in its errors and reports when the vendor repeats them', async (opened) => {
      const { harness, records, source, signal } = opened;
      const id = await harness.createRecord();
      await harness.setFault('repeats-request');
      const error = await failure(records.fetch([id], signal));
      expectNoSecrets(harness.connection.secrets, { error, report: await source.test(signal) });
    }),
    test('stops when its signal says so', async ({ harness, records }) => {
      const id = await harness.createRecord();
      if (!harness.impossibleFaults?.includes('silent')) await harness.setFault('silent');
      const started = Date.now();
      await expect(records.fetch([id], AbortSignal.abort())).rejects.toBeInstanceOf(VendorError);
      expect(Date.now() - started).toBeLessThan(1_000);
    }),
    test('its test passes, and shows refused credentials in words', async ({ harness, source, signal }) => {
      expect(await source.test(signal)).toMatchObject({ ok: true });
      await harness.setFault('unauthorized');
      const report = await source.test(signal);
      expect(report.ok).toBe(false);
      expect(report.checks.some((check) => !check.ok && check.message.length > 10)).toBe(true);
    }),
  ];
}

async function checkStates<E extends EntityName>(entity: E, { harness, client, fetchOne }: Opened<E>): Promise<void> {
  const { target } = client;
  if (target === null) throw new TypeError('showsStates is declared, and the vendor has no target');
  const id = await harness.createRecord();
  const before = found(await fetchOne(id));
  await checkSharedStates(entity, target, before);
  await harness.changeRecord(id);
  const after = found(await fetchOne(id));
  await checkSharedStates(entity, target, after);
  expect(after.states, 'a change of the record changes a state').not.toEqual(before.states);
}
