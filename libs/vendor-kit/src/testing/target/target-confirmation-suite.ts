import type { EntityName } from '@entrepot/canonical';
import { expect } from 'vitest';
import type { Confirmation } from '../../target/confirmation.ts';
import type { FoundDocument } from '../../target/documents.ts';
import type { Vendor } from '../../vendor.ts';
import type { SuiteCase } from '../suite-case.ts';
import { inTargetWorld, type MakeTargetHarness, type TargetWorld } from './target-world.ts';

/** What an entity declares of the confirmation of what it accepts, and how it is proved. */
export function listConfirmationCases<E extends EntityName>(
  { target }: Vendor,
  name: E,
  makeHarness: MakeTargetHarness<E>,
): readonly SuiteCase[] {
  const confirmation = target?.entities[name]?.confirmation;
  const testing = (what: string, run: (world: TargetWorld<E>) => Promise<void>): SuiteCase => ({
    name: `${name}: ${what}`,
    run: () => inTargetWorld(makeHarness, run),
  });
  if (confirmation === undefined) return [testing('what it creates has no handle that nothing polls', createPlainly)];
  const within = testing('its confirmation may take as long as what it accepts takes to show', async ({ entity }) => {
    expect(confirmation.withinMs).toBeGreaterThan(0);
    expect(confirmation.withinMs).toBeGreaterThanOrEqual(entity.visibleWithinMs);
  });
  return confirmation.by === 'inbound'
    ? [within, testing('inbound: it accepts, without a handle, and knows no document yet', acceptPlainly)]
    : [
        within,
        testing('poll: it accepts with a handle, which says when the document is there', pollUntilMade),
        testing('poll: the handle says so where the target refuses after all', pollUntilRefused),
      ];
}

async function createPlainly<E extends EntityName>({ entity, documents, call }: TargetWorld<E>): Promise<void> {
  for (const document of documents) expect((await entity.create(document, call)).handle ?? null).toBeNull();
}

async function acceptPlainly<E extends EntityName>({ entity, documents, call }: TargetWorld<E>): Promise<void> {
  for (const document of documents) {
    const { status, handle = null } = await entity.create(document, call);
    expect({ status, handle }).toEqual({ status: 'accepted', handle: null });
    expect(await entity.find(document, call)).toEqual([]);
  }
}

async function pollUntilMade<E extends EntityName>(world: TargetWorld<E>): Promise<void> {
  const { entity, documents, call, findOnly } = world;
  const handles = new Set<string>();
  for (const document of documents) {
    const { poll, handle } = await accept(world, document);
    handles.add(handle);
    expect(await poll(handle, call)).toEqual({ status: 'pending' });
    const made = await findOnly(document);
    const answer = await poll(handle, call);
    expect(answer).toMatchObject({ status: 'confirmed', document: { targetId: made.targetId } });
    if (answer.status === 'confirmed')
      expect(entity.stateHash(document, answer.document)).toBe(entity.stateHash(document, made));
  }
  expect(handles.size).toBe(documents.length);
}

async function pollUntilRefused<E extends EntityName>(world: TargetWorld<E>): Promise<void> {
  const { harness, main, entity, call } = world;
  if (harness.confirmation?.refuse === undefined) return;
  const { poll, handle } = await accept(world, main);
  await harness.confirmation.refuse(main.externalRef);
  const answer = await poll(handle, call);
  expect(answer).toMatchObject({ status: 'refused', error: { message: expect.stringMatching(/.{5}/) } });
  expect(await entity.find(main, call)).toEqual([]);
}

/** What a changed plan is answered with; a change that is only accepted is to come until the simulator makes it. */
export async function updateAsDeclared<E extends EntityName>(
  confirmation: Pick<Confirmation, 'by' | 'ofUpdates'> | undefined,
  { entity, harness, call }: TargetWorld<E>,
  changed: TargetWorld<E>['main'],
  before: FoundDocument,
): Promise<void> {
  const outcome = await entity.update(changed, before, call);
  if (!confirmation?.ofUpdates) return expect(outcome).toEqual({ status: 'applied' });
  const { poll = null } = entity.confirmation ?? {};
  const handle = confirmation.by === 'poll' ? expect.any(String) : null;
  expect({ handle: null, ...outcome }, 'its change is accepted').toEqual({ status: 'accepted', handle });
  const asked = outcome.status === 'accepted' ? (outcome.handle ?? null) : null;
  if (poll === null || asked === null) return;
  expect(await poll(asked, call), 'its change is to come').toEqual({ status: 'pending' });
  await harness.confirmation?.make(changed.externalRef);
  expect(await poll(asked, call)).toMatchObject({ status: 'confirmed', document: { targetId: before.targetId } });
}

async function accept<E extends EntityName>(
  { entity, harness, call }: TargetWorld<E>,
  document: TargetWorld<E>['main'],
) {
  if (harness.confirmation === undefined) throw new TypeError('a confirmation is declared, and no harness makes one');
  const { poll = null } = entity.confirmation ?? {};
  const { status, handle = null } = await entity.create(document, call);
  expect(status).toBe('accepted');
  if (poll === null || handle === null) throw new TypeError('it is confirmed by a handle, and gives none');
  return { poll, handle };
}
