import type { EntityName } from '@entrepot/canonical';
import { expect } from 'vitest';
import type { CallContext } from '../../call.ts';
import type { PlannedDocument } from '../../target/documents.ts';
import type { VendorError } from '../../vendor-error.ts';
import { expectNoSecrets, failure } from '../failures.ts';
import type { SuiteCase } from '../suite-case.ts';
import { inTargetWorld, type MakeTargetHarness, type TargetWorld } from './target-world.ts';

/** What a target does when its vendor or the way to it fails, and what it shows of it. */
export function listTargetFaultCases<E extends EntityName>(
  entityName: E,
  makeHarness: MakeTargetHarness<E>,
): readonly SuiteCase[] {
  const testing = (name: string, run: (world: TargetWorld<E>) => Promise<void>): SuiteCase => ({
    name: `${entityName}: ${name}`,
    run: () => inTargetWorld(makeHarness, run),
  });
  return [
    testing('drafts are found, and are not created again', async ({ harness, entity, main, call, findOnly }) => {
      if (harness.draftNext === undefined) return;
      await harness.draftNext();
      expect((await entity.create(main, call)).status).toBe('accepted');
      expect(await findOnly(main)).toMatchObject({ state: 'pending' });
    }),
    testing('cut after the commit: in doubt, and the look-up finds the one document', async (world) => {
      const { harness, entity, main, call, findOnly } = world;
      await harness.setFault('cut-after-commit');
      expect(await failure(entity.create(main, call))).toMatchObject({ answerUnknown: true });
      await harness.setFault(null);
      await findOnly(main);
      expect(await harness.countCreated(main.externalRef)).toBe(1);
    }),
    testing(
      'cut before the commit: in doubt, and the look-up finds nothing',
      async ({ harness, entity, main, call }) => {
        await harness.setFault('cut-before-commit');
        expect(await failure(entity.create(main, call))).toMatchObject({ answerUnknown: true });
        await harness.setFault(null);
        expect(await entity.find(main, call)).toEqual([]);
      },
    ),
    testing('down: unavailable or timeout', async ({ harness, entity, main, call }) => {
      await harness.setFault('down');
      expect(['unavailable', 'timeout']).toContain((await failure(entity.create(main, call))).kind);
      await harness.setFault(null);
      expect(await harness.countCreated(main.externalRef)).toBe(0);
    }),
    testing('refused credentials: unauthorized, without knocking again and again', async (world) => {
      const { harness, entity, main, call, sends } = world;
      await harness.setFault('unauthorized');
      const before = sends();
      expect(await failure(entity.create(main, call))).toMatchObject({ kind: 'unauthorized' });
      expect(sends() - before).toBeLessThanOrEqual(3);
    }),
    testing('what answers with a page is told as an outage in words, at log-in and later', async (world) => {
      const { harness, target, entity, main, call } = world;
      if (harness.without?.includes('garbage') === true) return;
      await harness.setFault('garbage');
      const early = await failAtLogIn(world, main);
      await harness.setFault(null);
      await entity.find(main, call);
      await harness.setFault('garbage');
      const late = await failure(entity.find(main, call));
      const write = await failure(entity.create(main, call));
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
      expect(await entity.find(main, call)).toEqual([]);
    }),
    testing('no secret is in its errors, reports and evidence when the vendor repeats them', async (world) => {
      const { harness, target, entity, main, call, exchanges } = world;
      await harness.setFault('repeats-request');
      const early = await failAtLogIn(world, main);
      await harness.setFault(null);
      await entity.find(main, call);
      await harness.setFault('repeats-request');
      const late = [await failure(entity.find(main, call)), await failure(entity.create(main, call))];
      expectNoSecrets(harness.connection.secrets, {
        errors: [early, ...late],
        report: await target.test(call),
        exchanges: exchanges.map((exchange) => ({ ...exchange })),
      });
    }),
    testing('a writer that may no longer send sends nothing', async ({ harness, entity, main, call }) => {
      const refusal = new Error('the lease is over');
      const over: CallContext = {
        ...call,
        beforeSend: () => {
          throw refusal;
        },
      };
      await expect(entity.create(main, over)).rejects.toBe(refusal);
      expect(await harness.countCreated(main.externalRef)).toBe(0);
    }),
    testing('a call that the budget of its connection does not admit sends nothing', async (world) => {
      const { harness, entity, main, call } = world;
      const refusal = new Error('there is no budget');
      const notAdmitted: CallContext = { ...call, admit: () => Promise.reject(refusal) };
      await expect(entity.create(main, notAdmitted)).rejects.toBe(refusal);
      expect(await harness.countCreated(main.externalRef)).toBe(0);
    }),
    testing('leaves evidence of its writes, without secrets', async ({ harness, entity, main, call, exchanges }) => {
      await entity.create(main, call);
      const answered = exchanges.filter(({ status, responseBody }) => status !== null || responseBody !== null);
      expect(answered.some(({ method }) => method !== 'GET')).toBe(true);
      const text = JSON.stringify(exchanges);
      for (const secret of harness.secretTexts)
        expect(text.includes(secret), 'a secret is in the evidence').toBe(false);
    }),
    testing('its test passes, and tells refused credentials in words', async ({ harness, target, call }) => {
      expect(await target.test(call)).toMatchObject({ ok: true });
      await harness.setFault('unauthorized');
      const report = await target.test(call);
      expect(report.ok).toBe(false);
    }),
  ];
}

/** Of a target that has no session yet. */
async function failAtLogIn<E extends EntityName>(
  { harness, call }: TargetWorld<E>,
  document: PlannedDocument,
): Promise<VendorError> {
  const fresh = harness.open();
  try {
    return await failure(fresh.target?.entity(harness.entity)?.find(document, call) ?? Promise.resolve(null));
  } finally {
    await fresh.close();
  }
}
