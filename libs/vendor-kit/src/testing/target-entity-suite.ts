import { type EntityName, type EntityOf, type Exchange, eventKey } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { expect } from 'vitest';
import type { CallContext } from '../call.ts';
import type { ConnectionView } from '../connection.ts';
import { answerCollected, nameCollectKey } from '../target/collected.ts';
import type { FoundDocument, MapOutcome, PlannedDocument } from '../target/documents.ts';
import type { CollectKey, ResolvedDependency } from '../target/entity.ts';
import { nameDocument, type OpenEntity, type Target } from '../target/open.ts';
import type { Vendor } from '../vendor.ts';
import { failure } from './failures.ts';
import { freeCall } from './free-call.ts';
import { keepsWhatTargetHas } from './states-suite.ts';
import type { SuiteCase } from './suite-case.ts';

export type TargetFault =
  | 'down'
  | 'unauthorized'
  | 'garbage'
  | 'repeats-request'
  | 'cut-before-commit'
  | 'cut-after-commit';

/** What the suite needs to know and do; made anew for each case, against a simulator of the vendor. */
export interface TargetEntityHarness<E extends EntityName = EntityName> {
  readonly connection: ConnectionView;
  readonly entity: E;
  readonly flow: FlowSettings<E>;
  /** Opens the target under test, each time on the same session vault, as successors do. Timeouts should be short (≤ 1 s). */
  open(): Target;
  /** A new record whose dependencies exist in the target, with an id of its own. */
  makeEntity(): Promise<{ readonly entity: EntityOf<E>; readonly resolved: readonly ResolvedDependency[] }>;
  /** The states that its plan is based on, for the keys that it collects; only where the entity declares that it does. */
  collected?(key: CollectKey): readonly EntityOf<EntityName>[];
  /** A later state of it that every of its documents in the target shall show. */
  changeEntity(entity: EntityOf<E>): EntityOf<E>;
  /** Creates committed with this external reference, drafts included, asked of the simulator. */
  countCreated(externalRef: string): Promise<number>;
  /** An id of the right form that the target never gave to a document of this role. */
  unknownId(role: string): string;
  /** Fails the next write (cuts) or every request (the others; garbage: a page of 200) in this way; null = works again. */
  setFault(fault: TargetFault | null): Promise<void>;
  /** Makes the next create end as an approval draft; left out where the vendor has none. */
  draftNext?(): Promise<void>;
  /** Where the entity confirms what it accepted: what the simulator does with what it took, at once. */
  readonly confirmation?: {
    make(externalRef: string): Promise<void>;
    /** Refuses it after all; left out where the vendor never does. */
    refuse?(externalRef: string): Promise<void>;
  };
  /** Texts that must never appear in evidence (password, session id …). */
  readonly secretTexts: readonly string[];
  close(): Promise<void>;
}

export type MakeTargetHarness<E extends EntityName> = () => Promise<TargetEntityHarness<E>>;

/** One case's world: a target that has taken over, and a record that is planned. */
export interface TargetWorld<E extends EntityName> {
  readonly harness: TargetEntityHarness<E>;
  readonly target: Target;
  readonly entity: OpenEntity<E>;
  readonly call: CallContext;
  readonly exchanges: Exchange[];
  /** Requests written so far. */
  readonly sends: () => number;
  readonly record: EntityOf<E>;
  readonly documents: readonly PlannedDocument[];
  readonly main: PlannedDocument;
  plan(record: EntityOf<E>): Promise<readonly PlannedDocument[]>;
  /** What becomes of the record if no state of this entity is collected. */
  planWithout(collected: EntityName): Promise<MapOutcome<PlannedDocument>>;
  /** The one document that carries the reference, as soon as it shows, within what the entity declares. */
  findOnly(document: PlannedDocument): Promise<FoundDocument>;
}

const LOOK_EVERY_MS = 20;

export async function inTargetWorld<E extends EntityName>(
  makeHarness: MakeTargetHarness<E>,
  run: (world: TargetWorld<E>) => Promise<void>,
): Promise<void> {
  const harness = await makeHarness();
  const target = harness.open();
  try {
    const entity = target.entity(harness.entity);
    if (entity === null) throw new TypeError(`the target does not write ${harness.entity}`);
    const exchanges: Exchange[] = [];
    let sends = 0;
    const call = freeCall({
      beforeSend: () => {
        sends += 1;
      },
      record: (exchange) => exchanges.push(exchange),
    });
    await target.fence?.(call);
    const { entity: record, resolved } = await harness.makeEntity();
    const mapRecord = async (source: EntityOf<E>, without: EntityName | null) => {
      const keys = entity.collect(source, harness.flow);
      const states = new Map(
        keys.map((key) => [nameCollectKey(key), key.entity === without ? [] : (harness.collected?.(key) ?? [])]),
      );
      return entity.map(source, {
        flow: harness.flow,
        resolved,
        profile: await target.companyProfile(call),
        sourceKey: eventKey(source.source.connection, source.source.id),
        existing: () => null,
        collected: answerCollected(states),
        now: () => Date.now(),
      });
    };
    const plan = async (source: EntityOf<E>): Promise<readonly PlannedDocument[]> => {
      const outcome = await mapRecord(source, null);
      if (!outcome.ok) throw new Error(`cannot be mapped: ${JSON.stringify(outcome.error)}`);
      return outcome.documents;
    };
    const findOnly = async (document: PlannedDocument): Promise<FoundDocument> => {
      await harness.confirmation?.make(document.externalRef);
      const untilMs = Date.now() + entity.visibleWithinMs;
      let hits = await entity.find(document, call);
      while (hits.length === 0 && Date.now() < untilMs) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        hits = await entity.find(document, call);
      }
      expect(hits, document.externalRef).toHaveLength(1);
      return hits[0] as FoundDocument;
    };
    const documents = await plan(record);
    const [main] = documents;
    if (main === undefined) throw new TypeError('the record becomes no document');
    await run({
      harness,
      target,
      entity,
      call,
      exchanges,
      sends: () => sends,
      record,
      documents,
      main,
      plan,
      planWithout: (collected) => mapRecord(record, collected),
      findOnly,
    });
  } finally {
    await harness.setFault(null);
    await target.close();
    await harness.close();
  }
}

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
          expect(await entity.update(changed, before, call)).toEqual({ status: 'applied' });
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
async function fence<E extends EntityName>({ harness, entity, target, main, call }: TargetWorld<E>): Promise<void> {
  await target.companyProfile(call);
  const successor = harness.open();
  try {
    if (successor.fence === null) throw new TypeError('the guard is a session, and nothing ends it');
    await successor.fence(call);
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
