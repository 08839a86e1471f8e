import type { EntityName, EntityOf } from '@entrepot/canonical';
import type { FlowSettings } from '@entrepot/mapping';
import { expect } from 'vitest';
import type { CallContext } from '../call.ts';
import type { Fetched } from '../source/records.ts';
import type { FoundDocument, PlannedDocument } from '../target/documents.ts';
import type { OpenEntity, OpenFieldGroups, Target } from '../target/open.ts';
import type { ShownState } from '../target/states.ts';
import { freeCall } from './free-call.ts';

const GROUP_NAME = /^[a-z][A-Za-z]*$/;

/** A record that is planned, in a target that has taken over. */
interface PlannedWorld<E extends EntityName> {
  readonly harness: { readonly flow: FlowSettings<E>; changeEntity(entity: EntityOf<E>): EntityOf<E> };
  readonly entity: OpenEntity<E>;
  readonly call: CallContext;
  readonly record: EntityOf<E>;
  readonly documents: readonly PlannedDocument[];
  plan(record: EntityOf<E>): Promise<readonly PlannedDocument[]>;
  findOnly(document: PlannedDocument): Promise<FoundDocument>;
}

/** The vendor's own functions for states, where a target entity declares field groups. */
function groupsOf<E extends EntityName>({ entity }: Pick<PlannedWorld<E>, 'entity'>): OpenFieldGroups {
  if (entity.fieldGroups === null) throw new TypeError('no field groups are declared');
  return entity.fieldGroups;
}

/** A change shows in a group, and keeping what the target has takes every difference out of the plan. */
export async function keepsWhatTargetHas<E extends EntityName>(world: PlannedWorld<E>): Promise<void> {
  const { entity, documents, call, harness, record, plan, findOnly } = world;
  const groups = groupsOf(world);
  expect(groups.names.length).toBeGreaterThan(0);
  for (const name of groups.names) expect(name).toMatch(GROUP_NAME);
  for (const document of documents) expect((await entity.create(document, call)).status).toBe('created');
  const later = await plan(harness.changeEntity(record));
  for (const [index, document] of documents.entries()) {
    const changed = later[index] as typeof document;
    const before = await findOnly(document);
    const kept = groups.keep(changed, before, groups.names);
    expect(entity.compare(kept, before, harness.flow), 'with every group kept, nothing differs').toEqual([]);
    expect(await entity.update(kept, before, call)).toEqual({ status: 'unchanged' });
    expect(entity.compare(groups.keep(changed, before, []), before, harness.flow)).not.toEqual([]);
    await entity.update(changed, before, call);
    const after = await findOnly(document);
    const foreseen = groups.expected(changed);
    expect(groups.stateOf(document, after).fields, 'what is expected of a plan is what is found of it').toEqual(
      foreseen,
    );
    const was = groups.stateOf(document, before);
    const is = groups.stateOf(document, after);
    expect(was.hash).toBe(entity.stateHash(document, before));
    expect(
      groups.names.filter((name) => was.fields[name] !== is.fields[name]),
      'the change shows in a group',
    ).not.toEqual([]);
  }
}

/** Whether a record carries states exactly where its entity declares that it shows them. */
export function checkDeclaredStates(declared: boolean, { states }: { readonly states?: readonly ShownState[] }): void {
  if (declared) expect(states ?? [], 'showsStates is declared, and a record shows none').not.toEqual([]);
  else expect(states, 'a record shows states that its entity does not declare').toBeUndefined();
}

/** Both sides read one document as the same state. */
export async function checkSharedStates<E extends EntityName>(
  name: E,
  target: Target,
  fetched: Extract<Fetched<E>, { status: 'found' }>,
): Promise<void> {
  const call = freeCall();
  const entity = target.entity(name);
  if (entity === null) throw new TypeError(`states of ${name} are shown, and the target does not write it`);
  for (const { role, targetId, hash, fields } of fetched.states ?? []) {
    const document = { role, subId: null };
    const read = await entity.read(document, targetId, call);
    if (read === null) throw new TypeError(`the target does not read ${role} ${targetId}, of which a state is shown`);
    expect({ hash, fields }, `${role} ${targetId}`).toEqual(groupsOf({ entity }).stateOf(document, read));
  }
}
