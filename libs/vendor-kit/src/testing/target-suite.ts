import { type EntityName, type EntityOf, type Exchange, eventKey } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallContext } from '../call.ts';
import type { ConnectionView } from '../connection.ts';
import type { PlannedDocument, ResolvedDependency, Target, TargetEntity } from '../target.ts';
import type { Vendor } from '../vendor.ts';
import type { VendorError } from '../vendor-error.ts';
import { expectNoSecrets, failure } from './failures.ts';

export type TargetFault =
  | 'down'
  | 'unauthorized'
  | 'garbage'
  | 'repeats-request'
  | 'cut-before-commit'
  | 'cut-after-commit';

/** What the suite needs to know and do; made anew for each test, against a simulator of the vendor. */
export interface TargetHarness<E extends EntityName = EntityName> {
  readonly vendor: Vendor;
  readonly connection: ConnectionView;
  readonly entity: E;
  readonly flow: FlowSettings;
  /** Opens the target under test. Timeouts should be short (≤ 1 s). */
  open(): Target;
  /** A new record whose dependencies exist in the target, with an id of its own. */
  makeEntity(): Promise<{ readonly entity: EntityOf<E>; readonly resolved: readonly ResolvedDependency[] }>;
  /** A later state of it that the target shall show. */
  changeEntity(entity: EntityOf<E>): EntityOf<E>;
  /** Documents committed with this external reference, drafts included, asked of the simulator. */
  countDocuments(externalRef: string): Promise<number>;
  /** Fails the next write (cuts) or every request (the others; garbage: a page of 200) in this way; null = works again. */
  setFault(fault: TargetFault | null): Promise<void>;
  /** Makes the next create end as an approval draft; left out where the vendor has none. */
  draftNext?(): Promise<void>;
  /** Texts that must never appear in evidence (password, session id …). */
  readonly secretTexts: readonly string[];
  close(): Promise<void>;
}

/**
 * The contract of a {@link TargetEntity}, run by each vendor against its simulator. Every document a plan holds is written, found,
 * read back and compared.
 */
export function describeTarget<E extends EntityName>(name: string, makeHarness: () => Promise<TargetHarness<E>>): void {
  describe(`${name}: target contract`, () => {
    let harness: TargetHarness<E>;
    let target: Target;
    let entity: TargetEntity<E>;
    let exchanges: Exchange[];
    let sends: number;
    let call: CallContext;

    beforeEach(async () => {
      harness = await makeHarness();
      target = harness.open();
      entity = target.entity(harness.entity);
      exchanges = [];
      sends = 0;
      call = {
        signal: new AbortController().signal,
        beforeSend: () => {
          sends += 1;
        },
        record: (exchange) => exchanges.push(exchange),
      };
      await target.fence(call);
    });
    afterEach(async () => {
      await harness.setFault(null);
      await target.close();
      await harness.close();
    });

    async function plan(
      source: EntityOf<E>,
      resolved: readonly ResolvedDependency[],
    ): Promise<readonly PlannedDocument[]> {
      const { connection, flow } = harness;
      const profile = await target.prepare(call);
      const sourceKey = eventKey(source.source.connection, source.source.id);
      const outcome = entity.map(source, {
        connection,
        flow,
        resolved,
        profile,
        sourceKey,
        existing: {},
        lineMap: [],
        now: () => Date.now(),
      });
      if (!outcome.ok) throw new Error(`cannot be mapped: ${JSON.stringify(outcome.error)}`);
      expect(outcome.documents.length).toBeGreaterThan(0);
      return outcome.documents;
    }
    async function planNew(): Promise<{
      source: EntityOf<E>;
      resolved: readonly ResolvedDependency[];
      first: PlannedDocument;
    }> {
      const { entity: source, resolved } = await harness.makeEntity();
      const [first] = await plan(source, resolved);
      return { source, resolved, first: first as PlannedDocument };
    }
    async function findOnly(document: PlannedDocument) {
      const hits = await entity.find(document, call);
      expect(hits).toHaveLength(1);
      return hits[0] as (typeof hits)[number];
    }

    it('maps the same record to the same plan, each document with a reference of its own that begins with the source key', async () => {
      const { entity: source, resolved } = await harness.makeEntity();
      const [one, two] = [await plan(source, resolved), await plan(source, resolved)];
      expect(two).toEqual(one);
      const refs = one.map((document) => document.externalRef);
      expect(new Set(refs).size).toBe(refs.length);
      for (const ref of refs) expect(ref.startsWith(`${source.source.connection}/`)).toBe(true);
    });

    it('create → find → read → compare: nothing differs', async () => {
      const { first } = await planNew();
      expect(await entity.find(first, call)).toEqual([]);
      const written = await entity.create(first, call);
      expect(written.status).toBe('created');
      const hit = await findOnly(first);
      expect(hit).toMatchObject({ targetId: written.targetId, draft: false });
      const read = await entity.read(first.role, hit.targetId, call);
      expect(read).not.toBeNull();
      if (read === null) return;
      expect(entity.compare(first, read, harness.flow)).toEqual([]);
      expect(entity.stateHash(read)).toBe(entity.stateHash(hit));
      expect(await harness.countDocuments(first.externalRef)).toBe(1);
    });

    it('an update by the same plan changes nothing; by a changed one, what it shall', async () => {
      const { source, resolved, first } = await planNew();
      await entity.create(first, call);
      expect(await entity.update(first, await findOnly(first), call)).toEqual({ status: 'unchanged' });
      const [changed] = await plan(harness.changeEntity(source), resolved);
      const before = await findOnly(first);
      expect(entity.compare(changed as PlannedDocument, before, harness.flow)).not.toEqual([]);
      expect(await entity.update(changed as PlannedDocument, before, call)).toEqual({ status: 'applied' });
      const after = await findOnly(first);
      expect(entity.compare(changed as PlannedDocument, after, harness.flow)).toEqual([]);
      expect(entity.stateHash(after)).not.toBe(entity.stateHash(before));
      expect(await harness.countDocuments(first.externalRef)).toBe(1);
    });

    it('drafts are found, and are not created again', async () => {
      if (harness.draftNext === undefined) return;
      const { first } = await planNew();
      await harness.draftNext();
      expect((await entity.create(first, call)).status).toBe('accepted');
      expect(await findOnly(first)).toMatchObject({ draft: true });
    });

    it('cut after the commit: in doubt, and the look-up finds the one document', async () => {
      const { first } = await planNew();
      await harness.setFault('cut-after-commit');
      expect(await failure(entity.create(first, call))).toMatchObject({ answerUnknown: true });
      await harness.setFault(null);
      await findOnly(first);
      expect(await harness.countDocuments(first.externalRef)).toBe(1);
    });

    it('cut before the commit: in doubt, and the look-up finds nothing', async () => {
      const { first } = await planNew();
      await harness.setFault('cut-before-commit');
      expect(await failure(entity.create(first, call))).toMatchObject({ answerUnknown: true });
      await harness.setFault(null);
      expect(await entity.find(first, call)).toEqual([]);
    });

    it('down: unavailable or timeout', async () => {
      const { first } = await planNew();
      await harness.setFault('down');
      expect(['unavailable', 'timeout']).toContain((await failure(entity.create(first, call))).kind);
      await harness.setFault(null);
      expect(await harness.countDocuments(first.externalRef)).toBe(0);
    });

    it('refused credentials: unauthorized, without knocking again and again', async () => {
      const { first } = await planNew();
      await harness.setFault('unauthorized');
      const before = sends;
      expect(await failure(entity.create(first, call))).toMatchObject({ kind: 'unauthorized' });
      expect(sends - before).toBeLessThanOrEqual(3);
    });

    /** Of a target that has no session yet. */
    const failAtLogIn = async (document: PlannedDocument): Promise<VendorError> => {
      const fresh = harness.open();
      try {
        return await failure(fresh.entity(harness.entity).find(document, call));
      } finally {
        await fresh.close();
      }
    };

    it('what answers with a page is told as an outage in words, at log-in and later', async () => {
      const { first } = await planNew();
      await harness.setFault('garbage');
      const early = await failAtLogIn(first);
      await harness.setFault(null);
      await entity.find(first, call);
      await harness.setFault('garbage');
      const late = await failure(entity.find(first, call));
      const write = await failure(entity.create(first, call));
      for (const error of [early, late, write]) {
        expect(error).toMatchObject({ kind: 'unavailable', httpStatus: 200 });
        expect(error.message).toMatch(/gave an answer that is no .*content type/);
      }
      expect(write.answerUnknown).toBe(true);
      const report = await target.test(call);
      expect(report.checks).toContainEqual(
        expect.objectContaining({ ok: false, message: expect.stringContaining('no JSON') }),
      );
      await harness.setFault(null);
      expect(await entity.find(first, call)).toEqual([]);
    });

    it('no secret is in its errors, reports and evidence when the vendor repeats them', async () => {
      const { first } = await planNew();
      await harness.setFault('repeats-request');
      const early = await failAtLogIn(first);
      await harness.setFault(null);
      await entity.find(first, call);
      await harness.setFault('repeats-request');
      const late = [await failure(entity.find(first, call)), await failure(entity.create(first, call))];
      expectNoSecrets(harness.connection.secrets, {
        errors: [early, ...late],
        report: await target.test(call),
        exchanges: exchanges.map((exchange) => ({ ...exchange })),
      });
    });

    it('a writer that may no longer send sends nothing', async () => {
      const { first } = await planNew();
      const refusal = new Error('the lease is over');
      const over: CallContext = {
        ...call,
        beforeSend: () => {
          throw refusal;
        },
      };
      await expect(entity.create(first, over)).rejects.toBe(refusal);
      expect(await harness.countDocuments(first.externalRef)).toBe(0);
    });

    it('leaves evidence of its calls, without secrets', async () => {
      const { first } = await planNew();
      await entity.create(first, call);
      expect(exchanges.some((exchange) => exchange.method === 'POST' && exchange.status !== null)).toBe(true);
      const text = JSON.stringify(exchanges);
      for (const secret of harness.secretTexts)
        expect(text.includes(secret), 'a secret is in the evidence').toBe(false);
    });

    it('an id that does not exist reads as nothing', async () => {
      const { first } = await planNew();
      await entity.create(first, call);
      const { targetId } = await findOnly(first);
      expect(await entity.read(first.role, /^\d+$/.test(targetId) ? '99999999' : `${targetId}-none`, call)).toBeNull();
    });

    it('its test passes, and tells refused credentials in words', async () => {
      expect(await target.test(call)).toMatchObject({ ok: true });
      await harness.setFault('unauthorized');
      const report = await target.test(call);
      expect(report.ok).toBe(false);
    });
  });
}
