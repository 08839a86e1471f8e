import { contentHash, type EntityName, type EntityOf, validateEntity } from '@entrepot/canonical';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionView } from '../connection.ts';
import type { Fetched, Hint, Source } from '../source.ts';
import type { Vendor } from '../vendor.ts';
import { VendorError } from '../vendor-error.ts';
import { expectNoSecrets, failure } from './failures.ts';
import { fetchWhole } from './fetch-whole.ts';

export type SourceFault = 'down' | 'unauthorized' | 'throttled' | 'garbage' | 'repeats-request' | 'silent';

/** What the suite needs to know and do; made anew for each test, against a simulator of the vendor. */
export interface SourceHarness {
  readonly vendor: Vendor;
  readonly connection: ConnectionView;
  readonly entity: EntityName;
  /** Opens the source under test; called several times in tests of restarts. Timeouts should be short (≤ 1 s). */
  open(): Source;
  /** Makes a record at the vendor without telling anybody; gives its source id. */
  createRecord(): Promise<string>;
  /** Changes something of it that the canonical record shows. */
  changeRecord(sourceId: string): Promise<void>;
  /** An id of the right form that does not exist. */
  readonly unknownId: string;
  /** Makes a record that cannot be mapped (its totals do not add up …); left out where a vendor has none. */
  createUnmappable?(): Promise<string>;
  /** Makes every further request fail in this way; null = works again. */
  setFault(fault: SourceFault | null): Promise<void>;
  /** Faults the vendor cannot have. */
  readonly impossibleFaults?: readonly SourceFault[];
  close(): Promise<void>;
}

const KINDS: Readonly<Record<SourceFault, readonly string[]>> = {
  down: ['unavailable', 'timeout'],
  unauthorized: ['unauthorized'],
  throttled: ['throttled'],
  garbage: ['unavailable'],
  'repeats-request': ['rejected', 'unexpected', 'unauthorized', 'unavailable'],
  silent: ['timeout'],
};

/**
 * The contract of a {@link Source}, run by each vendor against its simulator:
 * `describeSource('shopify orders', () => openHarness())`.
 */
export function describeSource(name: string, makeHarness: () => Promise<SourceHarness>): void {
  describe(`${name}: source contract`, () => {
    let harness: SourceHarness;
    let source: Source;
    const { signal } = new AbortController();
    const fetchOne = async (id: string): Promise<Fetched> =>
      single(await fetchWhole(source, harness.entity, [id], signal));

    beforeEach(async () => {
      harness = await makeHarness();
      source = harness.open();
    });
    afterEach(async () => {
      await harness.setFault(null);
      await source.close();
      await harness.close();
    });

    it('fetches records by id, one result an id, and says which do not exist', async () => {
      const [a, b] = [await harness.createRecord(), await harness.createRecord()];
      const results = await fetchWhole(source, harness.entity, [a, harness.unknownId, b], signal);
      const byId = new Map(results.map((result) => [result.sourceId, result.status]));
      expect(results).toHaveLength(3);
      expect(byId).toEqual(
        new Map([
          [a, 'found'],
          [harness.unknownId, 'not-found'],
          [b, 'found'],
        ]),
      );
    });

    it('gives valid entities that name their source and leave version and hash to the runtime', async () => {
      const id = await harness.createRecord();
      const { entity } = found(await fetchOne(id));
      expect(validateEntity(harness.entity as never, entity as never)).toEqual([]);
      expect(entity.source).toMatchObject({
        connection: harness.connection.id,
        vendor: harness.vendor.name,
        id,
        version: 0,
        contentHash: '',
      });
      expect(entity.deleted).toBe(false);
    });

    it('reads the same content twice as the same, and a change as a change', async () => {
      const id = await harness.createRecord();
      const first = found(await fetchOne(id));
      const again = found(await fetchOne(id));
      expect(hash(harness.entity, again.entity)).toBe(hash(harness.entity, first.entity));
      await harness.changeRecord(id);
      const changed = found(await fetchOne(id));
      expect(hash(harness.entity, changed.entity)).not.toBe(hash(harness.entity, first.entity));
      if (first.stampMicros !== null && changed.stampMicros !== null)
        expect(changed.stampMicros).toBeGreaterThanOrEqual(first.stampMicros);
    });

    it('a record that cannot be mapped says why and does not keep its neighbours', async () => {
      if (harness.createUnmappable === undefined) return;
      const [bad, good] = [await harness.createUnmappable(), await harness.createRecord()];
      const results = await fetchWhole(source, harness.entity, [bad, good], signal);
      const unmapped = results.find((result) => result.sourceId === bad);
      expect(unmapped).toMatchObject({ status: 'unmapped' });
      if (unmapped?.status === 'unmapped') expect(unmapped.error.message.length).toBeGreaterThan(10);
      expect(results.find((result) => result.sourceId === good)).toMatchObject({ status: 'found' });
    });

    it('polls make good what no webhook told: new records, then changed ones, from the cursor, also after a restart', async () => {
      const before = await pollAll(source, harness.entity, null, null);
      const id = await harness.createRecord();
      const created = await pollAll(source, harness.entity, before.cursor, null);
      expect(created.hints.map((hint) => hint.sourceId)).toContain(id);
      expect(created.hints.every((hint) => hint.entity === harness.entity)).toBe(true);
      await source.close();
      source = harness.open();
      await harness.changeRecord(id);
      const changed = await pollAll(source, harness.entity, created.cursor, null);
      expect(changed.hints.map((hint) => hint.sourceId)).toContain(id);
    });

    it('a poll ends when it has caught up', async () => {
      for (let i = 0; i < 3; i += 1) await harness.createRecord();
      const first = await pollAll(source, harness.entity, null, null);
      const second = await pollAll(source, harness.entity, first.cursor, null);
      expect(first.hints.length).toBeGreaterThanOrEqual(3);
      expect(second.hints.length).toBeLessThanOrEqual(first.hints.length);
    });

    for (const fault of Object.keys(KINDS) as SourceFault[]) {
      it(`${fault}: a VendorError of the right kind`, async () => {
        if (harness.impossibleFaults?.includes(fault)) return;
        const id = await harness.createRecord();
        await harness.setFault(fault);
        await expectKind(source.fetch(harness.entity, [id], AbortSignal.timeout(8_000)), KINDS[fault]);
        await harness.setFault(null);
        // Credentials once refused may stay refused until they change: a new source stands for that.
        await source.close();
        source = harness.open();
        expect(await fetchOne(id)).toMatchObject({ status: 'found' });
      });
    }

    it('what answers with a page is told as an outage in words', async () => {
      const id = await harness.createRecord();
      await harness.setFault('garbage');
      const error = await failure(source.fetch(harness.entity, [id], signal));
      expect(error).toMatchObject({ kind: 'unavailable', code: 'not-json' });
      expect(error.message).toMatch(/no JSON.*content type/);
      const report = await source.test(signal);
      expect(report.checks).toContainEqual(
        expect.objectContaining({ ok: false, message: expect.stringContaining('no JSON') }),
      );
    });

    it('no secret is in its errors and reports when the vendor repeats them', async () => {
      const id = await harness.createRecord();
      await harness.setFault('repeats-request');
      const error = await failure(source.fetch(harness.entity, [id], signal));
      expectNoSecrets(harness.connection.secrets, { error, report: await source.test(signal) });
    });

    it('stops when told to', async () => {
      const id = await harness.createRecord();
      if (!harness.impossibleFaults?.includes('silent')) await harness.setFault('silent');
      const started = Date.now();
      await expect(source.fetch(harness.entity, [id], AbortSignal.abort())).rejects.toBeInstanceOf(VendorError);
      expect(Date.now() - started).toBeLessThan(1_000);
    });

    it('its test passes, and tells refused credentials in words', async () => {
      expect(await source.test(signal)).toMatchObject({ ok: true });
      await harness.setFault('unauthorized');
      const report = await source.test(signal);
      expect(report.ok).toBe(false);
      expect(report.checks.some((check) => !check.ok && check.message.length > 10)).toBe(true);
    });
  });
}

async function pollAll(
  source: Source,
  entity: EntityName,
  cursor: string | null,
  sinceMicros: number | null,
): Promise<{ hints: Hint[]; cursor: string | null }> {
  const hints: Hint[] = [];
  let last = cursor;
  for await (const page of source.poll(entity, cursor, sinceMicros, AbortSignal.timeout(20_000))) {
    hints.push(...page.hints);
    last = page.cursor;
  }
  return { hints, cursor: last };
}

function single<T>(items: readonly T[]): T {
  expect(items).toHaveLength(1);
  return items[0] as T;
}

function found(result: Fetched): Extract<Fetched, { status: 'found' }> {
  expect(result, JSON.stringify(result)).toMatchObject({ status: 'found' });
  return result as Extract<Fetched, { status: 'found' }>;
}

function hash(entityName: EntityName, entity: EntityOf): string {
  return contentHash(entityName as 'order', entity as EntityOf<'order'>);
}

async function expectKind(promise: Promise<unknown>, kinds: readonly string[]): Promise<void> {
  const error = await failure(promise);
  expect(kinds, error.message).toContain(error.kind);
}
