import { type EntityName, externalReference } from '@entrepot/canonical';
import { type DocumentDraft, noSettings, type ResolvedDependency, type TargetEntity } from '@entrepot/vendor-kit';
import { readRecord, type SimRecord } from './records.ts';
import { compareContent, hashState, isAsPlanned, type Plan, type TargetDocument } from './target-document.ts';
import type { TargetClient } from './target-system.ts';

const VISIBLE_WITHIN_MS = 5_000;

/** The types of the vendor of all systems. */
export interface ModelTypes {
  readonly settings: unknown;
  readonly client: TargetClient;
  readonly profile: unknown;
  readonly state: TargetDocument;
}

/** The record's main document, and one of each part: all of a cancelled record are cancelled. */
function planDocuments(
  role: string,
  { state, source: { version } }: SimRecord,
  resolved: readonly ResolvedDependency[],
): DocumentDraft<Plan>[] {
  const { content, cancelled, email, parts, lines = [] } = state;
  const item = resolved.find(({ dependency }) => dependency.document !== undefined)?.targetId ?? null;
  const desired = cancelled ? ('cancelled' as const) : ('posted' as const);
  return [
    { role, subId: null, desired, body: { version, content, email, item, lines } },
    ...parts.map((part) => ({
      role: part.role,
      subId: part.subId,
      desired,
      body: { version, content: part.content, email: null, item: null, lines: [] },
    })),
  ];
}

/** How the model vendor writes an entity, but for what is the entity's own. */
export function describeEntity<E extends EntityName>(name: E): TargetEntity<E, ModelTypes, unknown, Plan> {
  return {
    settings: noSettings,
    guard: 'session',
    visibleWithinMs: () => VISIBLE_WITHIN_MS,
    verifyByDefault: true,
    reference: ({ connection, id }, { role, subId }) =>
      externalReference(connection, id, role === name ? null : role, subId),
    map: (entity, { resolved }) => ({ ok: true, documents: planDocuments(name, readRecord(entity), resolved) }),
    find: ({ externalRef }, { system, request }, call) =>
      request('find', call, () => system.findByReference(name, externalRef)),
    create: (planned, { system, request }, call) => request('create', call, () => system.create(name, planned)),
    read: (_document, targetId, { system, request }, call) => request('read', call, () => system.read(name, targetId)),
    update: async (planned, current, { system, request }, call) => {
      if (isAsPlanned(system.name, planned, current)) return { status: 'unchanged' };
      const answer = await request('update', call, () => system.update(planned, current));
      return { status: 'applied', ...answer };
    },
    compare: (planned, current, { connection }) => compareContent(connection.id, planned, current),
    stateHash: (_document, { body }) => hashState(body),
  };
}
