import type { EntityName } from '@entrepot/canonical';
import { expect } from 'vitest';
import { listEntities } from '../../source/entity.ts';
import type { TargetDefinition } from '../../target/definition.ts';
import type { Target } from '../../target/open.ts';
import type { Vendor } from '../../vendor.ts';
import { type ClientHarness, listClientCases } from '../client-suite.ts';
import { failure } from '../failures.ts';
import { freeCall } from '../free-call.ts';
import { describeCases, type SuiteCase } from '../suite-case.ts';
import { listConfirmationCases } from './target-confirmation-suite.ts';
import { listTargetEntityCases } from './target-entity-suite.ts';
import { listTargetFaultCases } from './target-faults-suite.ts';
import type { MakeTargetHarness } from './target-world.ts';

/** What the suite needs beside the entities: a simulator with something of everything in it. */
export interface TargetSideHarness extends ClientHarness {
  /** Makes what is only looked up, and gives its natural key and its id. */
  makeReference(entity: EntityName): Promise<{ readonly naturalKey: string; readonly targetId: string }>;
}

/** Everything that proves a vendor's target side: what it declares, it needs a harness for. */
export interface TargetSuite {
  readonly vendor: Vendor;
  readonly entities: { readonly [E in EntityName]?: MakeTargetHarness<E> };
  side(): Promise<TargetSideHarness>;
}

/** The contract of a target side, run by each vendor against its simulator. */
export function describeTarget(suite: TargetSuite): void {
  describeCases(`${suite.vendor.name}: target contract`, listTargetCases(suite));
}

export function listTargetCases(suite: TargetSuite): readonly SuiteCase[] {
  const definition = suite.vendor.target;
  if (definition === null) throw new TypeError(`${suite.vendor.title} has no target side`);
  const listCases = <E extends EntityName>(entity: E): readonly SuiteCase[] => {
    const makeHarness = suite.entities[entity];
    if (makeHarness === undefined) return [];
    return [
      ...listTargetEntityCases(suite.vendor, entity, makeHarness),
      ...listConfirmationCases(suite.vendor, entity, makeHarness),
      ...listTargetFaultCases(entity, makeHarness),
    ];
  };
  return [
    ...listDeclarationCases(definition, suite),
    ...listClientCases(suite.vendor, suite.side),
    ...listSideCases(definition, suite),
    ...listEntities(definition.entities).flatMap((entity) => listCases(entity)),
  ];
}

/** What must be right before anything is opened. */
function listDeclarationCases(definition: TargetDefinition, suite: TargetSuite): readonly SuiteCase[] {
  const written = listEntities(definition.entities);
  const entities = written.map((name) => ({ name, entity: definition.entities[name] }));
  return [
    {
      name: 'has a harness for each entity that it writes, and writes each that it has a harness for',
      run: async () => expect(listEntities(suite.entities)).toEqual(written),
    },
    {
      name: 'ends sessions exactly where an entity is guarded by one',
      run: async () =>
        expect(definition.fence !== undefined).toBe(entities.some(({ entity }) => entity?.guard === 'session')),
    },
    {
      name: 'has natural keys exactly where it can search by them',
      run: async () => {
        for (const { name, entity } of entities)
          expect(entity?.naturalKeys !== undefined, name).toBe(entity?.findByNaturalKey !== undefined);
      },
    },
    {
      name: 'collects states exactly where it declares of which entities',
      run: async () => {
        for (const { name, entity } of entities)
          expect(entity?.collect !== undefined, name).toBe((entity?.collects ?? []).length > 0);
      },
    },
    {
      name: 'writes the prerequisites that it declares, and does not refer to what it writes',
      run: async () => {
        for (const { entity } of entities)
          expect(written).toEqual(expect.arrayContaining([...(entity?.prerequisites ?? [])]));
        for (const name of listEntities(definition.references ?? {})) expect(written).not.toContain(name);
      },
    },
    {
      name: 'has settings of flows that need not be given',
      run: async () => {
        for (const { name, entity } of entities) expect(entity?.settings.safeParse({}).success, name).toBe(true);
      },
    },
  ];
}

function listSideCases(definition: TargetDefinition, suite: TargetSuite): readonly SuiteCase[] {
  const call = freeCall();
  const testing = (name: string, run: (target: Target, side: TargetSideHarness) => Promise<void>): SuiteCase => ({
    name,
    run: async () => {
      const side = await suite.side();
      const client = side.open();
      try {
        if (client.target === null) throw new TypeError('the opened client has no target');
        await run(client.target, side);
      } finally {
        await client.close();
        await side.close();
      }
    },
  });
  return [
    ...Object.keys(definition.values).map((kind) =>
      testing(`lists values of the kind ${kind}`, async (target) => {
        const listed = await target.listValues(kind, call);
        expect(listed.length).toBeGreaterThan(0);
        expect(listed.filter(({ value, label }) => value === '' || label === '')).toEqual([]);
        expect(new Set(listed.map(({ value }) => value)).size).toBe(listed.length);
      }),
    ),
    testing('refuses a kind that it does not have, and names those it has', async (target) => {
      const error = await failure(target.listValues('no-such-kind', call));
      for (const kind of Object.keys(definition.values)) expect(error.advice).toContain(kind);
    }),
    ...listEntities(definition.references ?? {}).map((entity) =>
      testing(`finds ${entity} by its natural key, and nothing by another`, async (target, side) => {
        const { naturalKey, targetId } = await side.makeReference(entity);
        const find = target.finder(entity);
        expect((await find?.(naturalKey, call))?.map((hit) => hit.targetId)).toEqual([targetId]);
        expect(await find?.(`${naturalKey}-none`, call)).toEqual([]);
      }),
    ),
  ];
}
