import { type EntityName } from '@entrepot/canonical';
import { expect } from 'vitest';
import type { CallContext } from '../../call.ts';
import type { PlannedDocument } from '../../target/documents.ts';
import { nameDocument } from '../../target/open.ts';
import type { Vendor } from '../../vendor.ts';
import { failure } from '../failures.ts';
import { keepsWhatTargetHas } from '../states-suite.ts';
import type { SuiteCase } from '../suite-case.ts';
import { updateAsDeclared } from './target-confirmation-suite.ts';

import { inTargetWorld, type MakeTargetHarness, type TargetWorld } from './target-world.ts';

/** What an entity declares, and how it is proved. Each case looks at every document of the plan. */
export function listTargetEntityCases<E extends EntityName>(
  { target: definition }: Vendor,
  entityName: E,
  makeHarness: MakeTargetHarness<E>,
): readonly SuiteCase[] {
  const declared = definition?.entities[entityName];
  const testing = (name: string, run: (world: TargetWorld<E>) => Promise<void>): SuiteCase => ({
    name: `${entityName}: ${name}`,
    run: () => inTargetWorld(makeHarness, run),
  });
  /** An entity that confirms what it accepts accepts everything. */
  const written = declared?.confirmation === undefined ? 'created' : 'accepted';
  const createAll = async ({ entity, documents, call }: TargetWorld<E>): Promise<void> => {
    for (const document of documents) expect((await entity.create(document, call)).status).toBe(written);
  };
  return [
    testing(
      'the same record becomes the same plan, each document under a key and a reference of its own, for ever',
      async (world) => {
        const { documents, record, harness, plan } = world;
        expect(await plan(record)).toEqual(documents);
        const later = await plan(harness.changeEntity(record));
        const refs = new Map(documents.map((document) => [nameDocument(document), document.externalRef]));
        expect(refs.size).toBe(documents.length);
        expect(new Set(refs.values()).size).toBe(documents.length);
        expect(new Map(later.map((document) => [nameDocument(document), document.externalRef]))).toEqual(refs);
      },
    ),
    testing('create → find → read → compare: nothing differs, in any document', async (world) => {
      const { entity, documents, call, harness, findOnly } = world;
      for (const document of documents) {
        expect(await entity.find(document, call)).toEqual([]);
        const answer = await entity.create(document, call);
        expect(answer.status).toBe(written);
        const hit = await findOnly(document);
        expect(hit.targetId).toBe(answer.targetId ?? hit.targetId);
        const read = await entity.read(document, hit.targetId, call);
        if (read === null) throw new Error(`${document.externalRef} cannot be read by the id that was given`);
        expect(entity.compare(document, read, harness.flow)).toEqual([]);
        if (answer.lines !== undefined && read.lines !== undefined) expect(read.lines).toEqual(answer.lines);
        expect(hit.lines).toEqual(read.lines);
        expect(entity.stateHash(document, read)).toBe(entity.stateHash(document, hit));
        expect(await harness.countCreated(document.externalRef)).toBe(1);
      }
    }),
    testing(
      'an update by the same plan changes nothing; by a changed one what it shall, in every document',
      async (world) => {
        const { entity, documents, call, harness, record, plan, findOnly } = world;
        await createAll(world);
        const later = await plan(harness.changeEntity(record));
        for (const [index, document] of documents.entries()) {
          const changed = later[index] as PlannedDocument;
          const before = await findOnly(document);
          expect(await entity.update(document, before, call)).toEqual({ status: 'unchanged' });
          expect(entity.compare(changed, before, harness.flow)).not.toEqual([]);
          await updateAsDeclared(declared?.confirmation, world, changed, before);
          const after = await findOnly(document);
          expect(entity.compare(changed, after, harness.flow)).toEqual([]);
          expect(entity.stateHash(document, after)).not.toBe(entity.stateHash(document, before));
          expect(await harness.countCreated(document.externalRef)).toBe(1);
        }
      },
    ),
    testing('an id that no document has reads as nothing', async ({ entity, documents, call, harness }) => {
      for (const document of documents)
        expect(await entity.read(document, harness.unknownId(document.role), call)).toBeNull();
    }),
    testing(
      'its dependencies create only what it declares as prerequisites',
      async ({ entity, record, harness, target }) => {
        for (const { entity: needed, whenAbsent, prerequisite } of entity.dependencies(record, harness.flow)) {
          expect(target.finder(needed), `a look-up of ${needed}`).not.toBeNull();
          expect(prerequisite !== null).toBe(whenAbsent === 'create');
          if (prerequisite !== null) expect(declared?.prerequisites ?? []).toContain(needed);
        }
      },
    ),
    testing(
      'a counterpart is looked for and never made, and only it is known by references of ours',
      async ({ entity, record, harness }) => {
        for (const { via = 'record', whenAbsent, externalReferences = [] } of entity.dependencies(
          record,
          harness.flow,
        )) {
          if (via === 'counterpart') expect(whenAbsent).not.toBe('create');
          else expect(externalReferences).toEqual([]);
        }
      },
    ),
    testing(
      "the main document's role is the entity's name, by which others find what the record became",
      async ({ documents, harness }) => {
        const main = documents.find(({ subId }) => subId === null);
        if (main !== undefined) expect(main.role).toBe(harness.entity);
      },
    ),
    testing('what shows later than it declares is not counted on', async (world) => {
      await createAll(world);
      for (const document of world.documents) await world.findOnly(document);
    }),
    ...(declared?.collects ?? []).map((collected) =>
      testing(`plans with the states of ${collected} that it declares to collect`, async (world) => {
        const { entity, record, harness, documents, planWithout } = world;
        const keys = entity.collect(record, harness.flow).filter((key) => key.entity === collected);
        expect(keys, `asks for none of ${collected}`).not.toEqual([]);
        expect(
          keys.flatMap((key) => harness.collected?.(key) ?? []),
          'states of the harness',
        ).not.toEqual([]);
        expect(await planWithout(collected), `does without ${collected}`).not.toEqual({ ok: true, documents });
      }),
    ),
    ...(declared?.naturalKeys === undefined
      ? []
      : [testing('what was made is found by its natural keys', findByNaturalKeys)]),
    ...(declared?.fieldGroups === undefined
      ? []
      : [testing('what the target has is kept by groups of fields', keepsWhatTargetHas)]),
    ...(declared?.guard === 'unique'
      ? [testing('unique: a second create is refused, and finds the first', refuseSecond)]
      : []),
    ...(declared?.guard === 'session'
      ? [
          testing(
            "session: fencing ends the predecessor's session, so that what it has begun writes nothing",
            (world) => fence(world),
          ),
        ]
      : []),
  ];
}

async function findByNaturalKeys<E extends EntityName>(world: TargetWorld<E>): Promise<void> {
  const { entity, target, record, documents, call, harness, findOnly } = world;
  const keys = entity.naturalKeys(record, harness.flow);
  const find = target.finder(harness.entity);
  if (find === null) throw new TypeError('natural keys are declared, and no way to search by them');
  expect(keys.length).toBeGreaterThan(0);
  for (const document of documents) await entity.create(document, call);
  for (const { document, key } of keys) {
    const planned = documents.find((each) => nameDocument(each) === nameDocument(document));
    if (planned === undefined) throw new TypeError(`a natural key is of ${nameDocument(document)}, which no plan has`);
    const { targetId } = await findOnly(planned);
    expect((await find(key, call)).map((hit) => hit.targetId)).toEqual([targetId]);
  }
}

async function refuseSecond<E extends EntityName>(world: TargetWorld<E>): Promise<void> {
  const { entity, main, call, harness, findOnly } = world;
  const { targetId } = await entity.create(main, call);
  expect(await failure(entity.create(main, call))).toMatchObject({ kind: 'conflict' });
  expect(await harness.countCreated(main.externalRef)).toBe(1);
  expect(await findOnly(main)).toMatchObject({ targetId });
}

/** The predecessor may finish the request it has begun, and send nothing after it: its lease is over. */
async function fence<E extends EntityName>(world: TargetWorld<E>): Promise<void> {
  const { harness, entity, target, sessions, main, call } = world;
  await target.companyProfile(call);
  const successor = harness.open();
  try {
    if (successor.target?.fence == null) throw new TypeError('the guard is a session, and nothing ends it');
    await successor.target.fence(sessions, call);
    let rest = 1;
    const over = new Error('the lease is over');
    const last: CallContext = {
      ...call,
      beforeSend: () => {
        if (rest === 0) throw over;
        rest -= 1;
      },
    };
    await expect(entity.create(main, last)).rejects.toThrow();
    expect(await harness.countCreated(main.externalRef)).toBe(0);
  } finally {
    await successor.close();
  }
}
